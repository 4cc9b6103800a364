import AdminAPI
import ArgumentParser
import RecordingFormat

struct RecordingVerifyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify", abstract: "Check that a recording is complete and as the gateway signed it.",
        discussion: """
            Needs no decryption key, and for a file no gateway. Exit code 0: sound; 4: not, with the reason.

            A file that lost its end, or was made anew, is found out by the heads of it that the gateway's audit log
            holds: --against-audit asks the gateway for them, --audit-log takes them from a file.

            Examples:
              sallyport recording verify ID --against-audit
              sallyport audit list --limit 10000 --json > audit.json
              sallyport recording verify copy.spr --audit-log audit.json
              sallyport recording verify copy.spr --public-key recording_signing.pub
            """)

    @ParentCommand var root: Sallyport
    @OptionGroup var output: OutputOptions
    @OptionGroup var argument: RecordingArgument
    @Option(
        help: ArgumentHelp(
            "For a file: a recipient's identity (SPR-IDENTITY-1...), to name the frames that are not sound.",
            valueName: "file"))
    var identity: [String] = []
    @Flag(help: "Compare with the heads in the gateway's audit log.") var againstAudit = false
    @Option(
        help: ArgumentHelp("Compare with an audit log, as sallyport audit list --json writes it.", valueName: "file"))
    var auditLog: String?

    func run() async throws {
        if case .id(let id) = self.argument.recording, try await self.verifyRemains(of: id) { return }
        var loader = RecordingLoader(root: self.root, argument: self.argument, decryption: self.decryption)
        let audited = try await self.auditedHeads()
        loader.anchors = audited?.heads
        let recording = try await loader.load(for: .verify)
        let finding = audited?.compared(with: recording.report)
        if self.output.json {
            try StandardOutput.json(VerificationResult(recording, audit: finding))
        } else {
            StandardOutput.line(Printable.line(recording.report.description))
            for bad in recording.badRecords.prefix(Self.mostNamed) {
                let what = bad.frame.map { "frame \($0)" } ?? "gateway record"
                StandardOutput.line("\(what) at byte \(bad.offset): \(Printable.line("\(bad.error)"))")
            }
            if let finding { StandardOutput.line(Printable.line(finding.text)) }
            if recording.signer == .recording {
                StandardError.line(
                    "note: checked against the key that the file names; give --public-key to prove who signed it")
            }
        }
        if let finding, !finding.isSound {
            throw CommandFailure(
                "\(recording.name) does not agree with the audit log: \(finding.text)", status: .verificationFailed)
        }
        guard case .failed(let failure) = recording.report.verdict else { return try recording.confirmVerified() }
        throw CommandFailure(
            "\(recording.name) does not verify: \(recording.report.description)",
            hint: self.hint(for: failure, signer: recording.signer), status: .verificationFailed)
    }

    /// Of a recording that was deleted its seal is left. - Returns: whether it was deleted.
    private func verifyRemains(of id: String) async throws -> Bool {
        let recording: RecordingInfo = try await self.root.client.get(AdminRoutes.recording.path(id))
        guard recording.deleted != nil else { return false }
        guard !self.againstAudit, self.auditLog == nil, self.identity.isEmpty else {
            throw CommandFailure(
                "recording \(id) was deleted: there is nothing left to compare",
                hint: "sallyport recording verify \(id) checks its seal", status: .usage)
        }
        let access = try await self.root.client.openRecording(id, for: .verify)
        guard let deletion = access.recording.deleted else { return false }
        let deleted = DeletedRecording(access.recording, deletion, signer: try access.signer().bytes)
        if self.output.json {
            try StandardOutput.json(deleted)
        } else {
            StandardOutput.line(Printable.line(deleted.detail))
        }
        guard deleted.verified else {
            throw CommandFailure("what is left of recording \(id) does not verify", status: .verificationFailed)
        }
        return true
    }

    /// Bad records that are named, so that a file of nothing else is told in a page.
    private static let mostNamed = 20

    private var decryption: DecryptionOptions? {
        guard !self.identity.isEmpty else { return nil }
        var options = DecryptionOptions()
        options.identity = self.identity
        return options
    }

    /// Nil if none are asked for, or the file has no header that says whose they would be.
    private func auditedHeads() async throws -> AuditedHeads? {
        guard self.againstAudit || self.auditLog != nil, let session = try self.sessionID() else { return nil }
        if let file = self.auditLog {
            let text = try Inputs.file(file, limit: 1 << 30)
            guard let events = try? AdminJSON.decode([AuditEventInfo].self, from: text) else {
                throw CommandFailure(
                    "\(file) is not an audit log", hint: "make it with sallyport audit list --json", status: .usage)
            }
            return AuditedHeads(events, session: session)
        }
        // The newest suffice: each head speaks of all that was before it.
        let query = [(name: "limit", value: String(AuditQuery.maximumLimit)), (name: "session", value: session)]
        return AuditedHeads(try await self.root.client.get(AdminRoutes.audit.path(query: query)), session: session)
    }

    private func sessionID() throws -> String? {
        switch self.argument.recording {
        case .id(let id): return id
        case .file(let path):
            guard let file = SessionFile(path: path) else { throw RecordingLoader.failure(path) }
            var parser = RecordParser()
            parser.append(try file.read(0, RecordParser.longestStart))
            return (try? parser.next()).flatMap { try? RecordingHeader($0) }?.fileID.sessionID
        }
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
        /// Since the session's start.
        var elapsedMicroseconds: UInt64?

        private enum CodingKeys: String, CodingKey {
            case bytes, frames, time, checkpoint
            case elapsedMicroseconds = "elapsed_us"
        }
    }

    struct Audit: Encodable {
        var verified: Bool
        var detail: String
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
    /// How it compares with the audit log, if that was asked for.
    var audit: Audit?

    private enum CodingKeys: String, CodingKey {
        case recording, verdict, verified, detail, bytes, frames, how, by, reason, vouched, affected, interval, trusted,
            audit
        case tornBytes = "torn_bytes"
        case fileID = "file_id"
        case signingKey = "signing_key"
    }

    init(_ recording: LoadedRecording, audit: AuditedHeads.Finding? = nil) {
        self.audit = audit.map { Audit(verified: $0.isSound, detail: $0.text) }
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
                time: Timestamp(nanosecondsSince1970: Int64(clamping: $0.wallClock)), checkpoint: $0.checkpoint,
                elapsedMicroseconds: report.vouchedTime)
        }
        self.affected = report.affected.map { Affected(from: $0.lowerBound, to: $0.upperBound) }
        self.interval = report.interval
        self.fileID = report.header?.fileID.description
        self.signingKey = report.header.flatMap { SigningKey(bytes: $0.signingKey)?.line }
        self.trusted = recording.signer.rawValue
    }
}
