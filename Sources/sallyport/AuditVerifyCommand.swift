import AdminAPI
import ArgumentParser
import AuditLog
import RecordingFormat

struct AuditVerifyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify", abstract: "Check that the audit log is whole and as the gateway signed it.",
        discussion: """
            Without a file it checks the log of the running gateway, else one that sallyport audit export wrote, for
            which no gateway is needed. Exit code 0: sound; 4: not, with the reason.

            Examples:
              sallyport audit verify
              sallyport audit verify audit.ndjson --public-key recording_signing.pub
            """)

    @ParentCommand var root: Sallyport
    @OptionGroup var output: OutputOptions
    @Argument(help: ArgumentHelp("An exported log; - for standard input.", valueName: "file")) var file: String?
    @Option(
        help: ArgumentHelp(
            "The key that the gateway signs with (default: keys/recording_signing.pub of the state).",
            valueName: "file"))
    var publicKey: String?

    /// Longest line that is read: a row holds at most some twenty fields.
    private static let maximumLine = 1 << 20

    func run() async throws {
        let key = try SigningKey(file: self.publicKey ?? self.root.signingKeyPath)
        var check = AuditCheck(key: key)
        do {
            if let file = self.file {
                try Self.checkFile(file, by: &check)
            } else {
                var pages = AuditPages(client: self.root.client, after: 0)
                try await pages.lines { try check.check($0) }
            }
            guard check.verifier != nil else { throw AuditCheck.Failure(text: "it is empty") }
        } catch let failure as AuditCheck.Failure {
            let result = AuditVerification(check, failure: failure.text)
            if self.output.json { try StandardOutput.json(result) }
            throw CommandFailure("the audit log does not verify: \(failure.text)", status: .verificationFailed)
        }
        let result = AuditVerification(check, failure: nil)
        if self.output.json { try StandardOutput.json(result) } else { StandardOutput.line(result.text) }
    }

    private static func checkFile(_ path: String, by check: inout AuditCheck) throws {
        var number = 0
        try Inputs.lines(path, limit: Self.maximumLine) { line in
            number += 1
            guard let line = try? AdminJSON.decode(AuditExportLine.self, from: line) else {
                throw AuditCheck.Failure(text: "line \(number) is not one that sallyport audit export writes")
            }
            try check.check(line)
        }
    }
}

/// `audit verify --json`
struct AuditVerification: Encodable {
    var verified: Bool
    var rows: UInt64
    /// Position of the last row that was checked.
    var last: UInt64
    /// Hash of that row.
    var head: String
    /// The last row that the gateway's signature covers, when it was signed, and how many signatures were checked.
    var signed: UInt64?
    var signedAt: String?
    var signatures: UInt64
    var failure: String?

    private enum CodingKeys: String, CodingKey {
        case verified, rows, last, head, signed, signatures, failure
        case signedAt = "signed_at"
    }

    init(_ check: AuditCheck, failure: String?) {
        let verifier = check.verifier
        self.verified = failure == nil
        self.rows = check.rows
        self.last = verifier?.chain.length ?? 0
        self.head = HexText.encode(verifier?.chain.head ?? [])
        self.signed = verifier?.lastHead?.sequence
        self.signedAt = (verifier?.lastHead?.timeNanoseconds).map { Timestamp(nanosecondsSince1970: $0).precise }
        self.signatures = verifier?.heads ?? 0
        self.failure = failure
    }

    /// One line, for a log that is sound.
    var text: String {
        guard let signed = self.signed, let time = self.signedAt.flatMap({ Timestamp($0) }) else {
            return "\(self.rows) rows hang together, none of them is signed yet"
        }
        let rest = self.last - signed
        let unsigned = rest == 0 ? "" : "; \(rest) after it are not signed yet"
        return "\(self.rows) rows hang together; signed up to row \(signed) at \(Display.time(time))\(unsigned)"
    }
}
