/// The gateway's side of a recording: makes its start, follows what the session worker appends, signs
/// checkpoints and seal.
///
/// It believes nothing that the worker says: it hashes the bytes of the file itself. Not thread safe.
public final class RecordingNotary {
    /// Signs a message with the gateway's Ed25519 key; 64 bytes.
    public typealias Sign = @Sendable (_ message: [UInt8]) throws -> [UInt8]

    /// A file that was found without its notary, after a crash of the gateway.
    public enum Found {
        /// It was sealed already; what its seal says of the bytes before it.
        case sealed(RecordingEnding, RecordingHead)
        /// Ready for `observe` if its worker is alive, else for `seal`.
        case unsealed(RecordingNotary)
    }

    private let sign: Sign
    private let verifier: RunningVerifier
    private let header: RecordingHeader
    private var nextNumber: UInt32
    private var lastSigned: RecordingHead
    private var isSealed = false

    /// Starts a file: the notary, and the bytes to write before the worker gets the descriptor (header, encrypted
    /// metadata, checkpoint 0).
    /// - Parameter wallClock: nanoseconds since 1970.
    /// - Throws: what `sign` throws; `limit` if the metadata are too large; `header` if the signing key is not one.
    public static func start(
        header: RecordingHeader, metadata: RecordingMetadata, gatewayKey: RecordingKey, wallClock: UInt64,
        sign: @escaping Sign
    ) throws -> (notary: RecordingNotary, bytes: [UInt8]) {
        let opening =
            RecordParser.magic + header.record + (try GatewayRecord.metadata(metadata).sealed(by: gatewayKey))
        let verifier = RunningVerifier(expectedSigner: header.signingKey)
        verifier.feed(opening)
        if case .failed(let failure) = verifier.report.verdict {
            throw RecordingError(failure, verifier.report.description)
        }
        let notary = RecordingNotary(header: header, verifier: verifier, nextNumber: 0, sign: sign)
        let checkpoint = try notary.checkpoint(wallClock: wallClock)
        verifier.feed(checkpoint)
        return (notary, opening + checkpoint)
    }

    /// Takes up a file again that this gateway made. What a power cut left behind the last sound record, such as a run of
    /// zeros, counts as torn.
    /// - Parameters:
    ///   - signingKey: the gateway's public key.
    ///   - read: gives the next bytes of the file from its start on, in pieces of any size, and none at its end.
    /// - Throws: what `read` throws; `RecordingError` if what was signed does not verify: then it must not be sealed.
    public static func resume(
        signingKey: [UInt8], sign: @escaping Sign, reading read: () throws -> [UInt8]
    ) throws -> Found {
        let verifier = RunningVerifier(expectedSigner: signingKey)
        while true {
            let bytes = try read()
            if bytes.isEmpty { break }
            verifier.feed(bytes)
        }
        let report = verifier.report
        switch report.verdict {
        case .complete(let ending):
            guard let vouched = report.vouched else { preconditionFailure("a seal that verifies vouches") }
            return .sealed(
                ending,
                RecordingHead(covered: vouched.covered, frames: vouched.frames, sha256: vouched.sha256))
        case .failed(let failure):
            throw RecordingError(failure, at: report.affected?.lowerBound, report.description)
        case .live:
            guard let header = report.header, let vouched = report.vouched else {
                throw RecordingError(.cut, at: report.size, "the file ends before its first checkpoint")
            }
            // A live worker may still hold checkpoints of the gateway's former life: their numbers stay theirs.
            let next = vouched.checkpoint + 1024
            return .unsealed(RecordingNotary(header: header, verifier: verifier, nextNumber: next, sign: sign))
        }
    }

    private init(header: RecordingHeader, verifier: RunningVerifier, nextNumber: UInt32, sign: @escaping Sign) {
        self.header = header
        self.verifier = verifier
        verifier.expectsWorker = true
        self.nextNumber = nextNumber
        self.sign = sign
        self.lastSigned = RecordingHead(covered: 0, frames: 0, sha256: [])
    }

    /// Everything up to the last whole record that was observed, and that the worker was entitled to write.
    public var head: RecordingHead { self.verifier.soundHead }

    /// Bytes that no checkpoint of this notary covers yet.
    public var unsignedBytes: UInt64 { self.head.covered - self.lastSigned.covered }

    /// Bytes after `head`: torn by a crash, or written by a worker that had gone wrong. Cut them off before sealing.
    public var tornBytes: UInt64 { self.verifier.report.size - self.head.covered }

    /// What has become of the file so far, as a verifier sees it.
    public var report: VerificationReport { self.verifier.report }

    /// Takes the next bytes that the worker appended, in order, however they are cut.
    /// - Throws: `RecordingError` if the worker wrote what is not its to write. Kill it then, observe no more, cut the
    ///   file to `head.covered`, and seal it.
    public func observe(_ bytes: some Collection<UInt8>) throws(RecordingError) {
        precondition(!self.isSealed, "nothing is written after the seal")
        self.verifier.feed(bytes)
        let verifier = self.verifier
        if case .failed(let failure) = verifier.report.verdict {
            throw RecordingError(failure, at: self.head.covered, verifier.report.description)
        }
        if verifier.sawMisconduct || verifier.isLost || verifier.sawBadStatement {
            throw RecordingError(.malformed, at: self.head.covered, "the session worker wrote what is not its to write")
        }
    }

    /// A signed checkpoint over everything observed so far, for the worker to append as it is.
    /// - Throws: what `sign` throws.
    public func checkpoint(wallClock: UInt64) throws -> [UInt8] {
        let head = self.head
        let statement = Checkpoint(
            fileID: self.header.fileID, number: self.nextNumber, head: head, wallClock: wallClock)
        let body = try self.signed(statement.unsigned, Checkpoint.domain)
        self.nextNumber += 1
        self.lastSigned = head
        self.verifier.trust(body)
        return Record.encode(.checkpoint, body: body)
    }

    /// The seal, to be written at `head.covered` once the worker is dead and the file was cut to that length. The last
    /// thing that a notary does.
    /// - Parameter ending: its `tornBytes` are filled in here.
    /// - Throws: what `sign` throws.
    public func seal(_ ending: RecordingEnding, wallClock: UInt64) throws -> [UInt8] {
        precondition(!self.isSealed, "a file is sealed once")
        var ending = ending
        ending.tornBytes = self.tornBytes
        let statement = Checkpoint(
            fileID: self.header.fileID, number: self.nextNumber, head: self.head, wallClock: wallClock)
        let seal = RecordingSeal(statement: statement, ending: ending)
        let record = Record.encode(.seal, body: try self.signed(seal.unsigned, RecordingSeal.domain))
        self.isSealed = true
        return record
    }

    private func signed(_ unsigned: [UInt8], _ domain: [UInt8]) throws -> [UInt8] {
        let signature = try self.sign(domain + unsigned)
        guard signature.count == SignatureVerifier.signatureSize else {
            throw RecordingError(.wrongSigner, "the recording signing key does not make Ed25519 signatures")
        }
        return unsigned + signature
    }
}
