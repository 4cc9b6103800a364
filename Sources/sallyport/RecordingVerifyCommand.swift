import AdminAPI
import ArgumentParser
import RecordingFormat

struct RecordingVerifyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify", abstract: "Check that a recording is complete and as the gateway signed it.",
        discussion: """
            Needs no decryption key, and for a file no gateway. Exit code 0: sound; 4: not, with the reason.

            Examples:
              sallyport recording verify ID
              sallyport recording verify copy.spr --public-key recording_signing.pub
            """)

    @ParentCommand var root: Sallyport
    @OptionGroup var output: OutputOptions
    @OptionGroup var argument: RecordingArgument

    func run() async throws {
        let loader = RecordingLoader(root: self.root, argument: self.argument, decryption: nil)
        let recording = try await loader.load(for: .verify)
        if self.output.json {
            try StandardOutput.json(VerificationResult(recording))
        } else {
            StandardOutput.line(Printable.line(recording.report.description))
            if recording.signer == .recording {
                StandardError.line(
                    "note: checked against the key that the file names; give --public-key to prove who signed it")
            }
        }
        guard case .failed(let failure) = recording.report.verdict else { return }
        throw CommandFailure(
            "\(recording.name) does not verify: \(recording.report.description)",
            hint: self.hint(for: failure, signer: recording.signer), status: .verificationFailed)
    }

    private func hint(for failure: RecordingFailure, signer: SignerSource) -> String? {
        switch failure {
        case .wrongSigner where signer == .stateDirectory:
            "it comes from another gateway; give that one's key with --public-key"
        case .cut where signer != .gateway:
            "if the session still runs, verify it by its id"
        default: nil
        }
    }
}

/// `recording verify --json`
struct VerificationResult: Encodable {
    struct Vouched: Encodable {
        var bytes: UInt64
        var frames: UInt64
        var time: Timestamp
        var checkpoint: UInt32
    }

    struct Affected: Encodable {
        var from: UInt64
        var to: UInt64
    }

    var recording: String
    /// The word of docs/recording-format.md section 9.
    var verdict: String
    var verified: Bool
    var detail: String
    var bytes: UInt64
    var frames: UInt64
    var tornBytes: UInt64
    var how: String?
    var by: String?
    var reason: String?
    var vouched: Vouched?
    var affected: Affected?
    var interval: UInt32?
    var fileID: String?
    var signingKey: String?
    var trusted: String

    private enum CodingKeys: String, CodingKey {
        case recording, verdict, verified, detail, bytes, frames, how, by, reason, vouched, affected, interval, trusted
        case tornBytes = "torn_bytes"
        case fileID = "file_id"
        case signingKey = "signing_key"
    }

    init(_ recording: LoadedRecording) {
        let report = recording.report
        self.recording = recording.name
        self.verdict = report.word
        self.detail = report.description
        self.bytes = report.size
        self.frames = report.frames
        self.tornBytes = report.tornBytes
        switch report.verdict {
        case .complete(let ending):
            self.verified = true
            self.how = String(describing: ending.how)
            self.by = String(decoding: ending.by, as: UTF8.self)
            self.reason = String(decoding: ending.reason, as: UTF8.self)
        case .live: self.verified = true
        case .failed: self.verified = false
        }
        self.vouched = report.vouched.map {
            Vouched(
                bytes: $0.covered, frames: $0.frames,
                time: Timestamp(nanosecondsSince1970: Int64(clamping: $0.wallClock)), checkpoint: $0.checkpoint)
        }
        self.affected = report.affected.map { Affected(from: $0.lowerBound, to: $0.upperBound) }
        self.interval = report.interval
        self.fileID = report.header?.fileID.description
        self.signingKey = report.header.flatMap { SigningKey(bytes: $0.signingKey)?.line }
        self.trusted = recording.signer.rawValue
    }
}
