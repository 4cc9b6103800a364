import GatewayConfiguration
import Glibc
import Platform
import RecordingFormat
import RecordingKeys

/// Whom new recordings are encrypted to.
struct RecordingReaders {
    /// A file with one recipient, in bytes.
    private static let maximumFile = 4096

    /// Of everything, or of everything but what is typed.
    let main: [RecordingRecipient]
    /// Of what is typed; empty if that goes with the rest.
    let input: [RecordingRecipient]

    /// The gateway's archive key, unless that is switched off, and those of the configuration, each once.
    /// - parameter archiveKey: its public half, 32 bytes.
    /// - throws: `GatewayError` for a recipient that is none, too many, or nobody at all.
    init(_ configuration: GatewayConfiguration, archiveKey: [UInt8]) throws {
        let archive = configuration.recordsForArchiveKey ? [try RecordingRecipient(rawRepresentation: archiveKey)] : []
        self.main = try Self.recipients(configuration.recordingRecipients, "recipients", after: archive)
        self.input = try Self.recipients(configuration.inputRecipients, "input_recipients")
        guard !self.main.isEmpty else {
            throw GatewayError(
                "nobody could read the recordings: archive_key is off, and there are no recipients",
                hint: "name one in recording.recipients; sallyport recording key generate makes it")
        }
    }

    /// - parameter setting: under `[recording]`.
    private static func recipients(
        _ entries: [String], _ setting: String, after first: [RecordingRecipient] = []
    ) throws -> [RecordingRecipient] {
        var recipients = first
        for entry in entries {
            let recipient = try Self.recipient(entry)
            if !recipients.contains(where: { $0.rawRepresentation == recipient.rawRepresentation }) {
                recipients.append(recipient)
            }
        }
        guard recipients.count <= RecordingLimits.maximumRecipients else {
            throw GatewayError(
                "recordings have at most \(RecordingLimits.maximumRecipients) recipients, not \(recipients.count)",
                hint: "shorten recording.\(setting)")
        }
        return recipients
    }

    private static func recipient(_ entry: String) throws -> RecordingRecipient {
        let hint = "a recipient is what sallyport recording key generate prints"
        var text = entry
        if entry.hasPrefix("/") {
            let content = try Self.content(of: entry)
            let lines = content.split(whereSeparator: \.isNewline).filter { !$0.hasPrefix("#") }
            guard lines.count == 1, let line = lines.first else {
                throw GatewayError("\(entry) does not hold one recording recipient", hint: hint)
            }
            text = String(line)
        }
        guard let recipient = try? RecordingRecipient(text: text) else {
            throw GatewayError("\(entry) is not a recording recipient", hint: hint)
        }
        return recipient
    }

    private static func content(of path: String) throws -> String {
        let file = OwnedDescriptor(
            takingOwnershipOf: try SystemError.check(
                open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY), "open the recipient \(path)"))
        var bytes = [UInt8](repeating: 0, count: Self.maximumFile)
        let count = try SystemError.check(read(file.rawValue, &bytes, bytes.count), "read the recipient \(path)")
        return String(decoding: bytes[..<count], as: UTF8.self)
    }
}
