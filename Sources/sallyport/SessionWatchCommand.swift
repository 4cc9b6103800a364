import AdminAPI
import ArgumentParser
import NIOCore
import Playback
import RecordingFormat

struct SessionWatchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "watch", abstract: "See a session as it happens, from its recording.",
        discussion: """
            On a terminal it shows the session's screen; q leaves. Otherwise it prints the text as it comes, from the
            beginning of the session, and ends with it.
            """)

    @ParentCommand var root: Sallyport
    @Argument(help: "Id of the session.") var id: String

    func run() async throws {
        let client = self.root.client
        let access = try await client.openRecording(self.id, for: .watch)
        guard access.recording.ended == nil else {
            throw CommandFailure(
                "session \(self.id) has ended", hint: "see it with sallyport recording play \(self.id)")
        }
        let stream = RecordingStream(
            expectedSigner: try access.signer().bytes, keys: try access.subkeys(for: .watch))
        var screen = PlainWatch()
        let path = AdminRoutes.recordingContent.path(self.id, query: [(name: "follow", value: "true")])
        try await client.stream(path) { piece in
            StandardOutput.text(screen.append(try stream.feed(piece.readableBytesView)))
            return true
        }
        try Self.reportEnd(of: self.id, stream)
    }

    /// Says how the session ended, from its seal.
    static func reportEnd(of id: String, _ stream: RecordingStream) throws {
        let report = stream.finish()
        guard case .complete(let ending) = report.verdict, stream.badRecords.isEmpty else {
            throw CommandFailure("the recording of \(id) does not verify: \(report)", status: .verificationFailed)
        }
        func text(_ label: String, _ bytes: [UInt8]) -> String {
            bytes.isEmpty ? "" : label + String(decoding: bytes, as: UTF8.self)
        }
        StandardError.line("session \(id) \(ending.how)\(text(" by ", ending.by))\(text(": ", ending.reason))")
    }
}

/// A session as plain text for pipes and logs: what its channels put out, with the controls taken out.
struct PlainWatch {
    private var texts: [UInt32: SafeText] = [:]
    private var lastChannel: UInt32?
    private var isAtLineStart = true

    /// The text of the next events.
    mutating func append(_ events: [RecordedEvent]) -> String {
        events.map { self.text(of: $0) }.joined()
    }

    private mutating func text(of event: RecordedEvent) -> String {
        switch event.body {
        case .output(let bytes), .stderr(let bytes):
            let text = self.texts[event.channel, default: SafeText()].append(bytes)
            guard !text.isEmpty else { return "" }
            let heading = self.heading(for: event.channel)
            self.isAtLineStart = text.last == "\n"
            return heading + text
        case .request(.exec(let command)):
            return self.ownLine("$ \(SafeText.line(command))", on: event.channel)
        default:
            return ""
        }
    }

    /// Nothing while one channel goes on; its name on a line of its own when another one speaks.
    private mutating func heading(for channel: UInt32) -> String {
        defer { self.lastChannel = channel }
        guard let last = self.lastChannel, last != channel else { return "" }
        return (self.isAtLineStart ? "" : "\n") + "[channel \(channel)]\n"
    }

    private mutating func ownLine(_ line: String, on channel: UInt32) -> String {
        let heading = self.heading(for: channel)
        defer { self.isAtLineStart = true }
        return heading + (self.isAtLineStart || !heading.isEmpty ? "" : "\n") + line + "\n"
    }
}
