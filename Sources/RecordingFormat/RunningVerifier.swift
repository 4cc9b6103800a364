/// Verifies a file while it is read, without any decryption key. Not thread safe.
///
/// Feed it the bytes in order, however they are cut; `report` holds at any time. After the last byte call `finish`.
public final class RunningVerifier {
    private enum Phase {
        case reading
        /// Records can't be followed any further; a genuine statement later on would name the interval's end.
        case lost(StatementScanner)
        case judged
    }

    private let expectedSigner: [UInt8]?
    private var phase: Phase = .reading
    private var parser = RecordParser()
    private let hash = RunningHash()
    private var verifier: SignatureVerifier?
    private var boundaries = RecordBoundaries()
    /// The checkpoints and seals that nothing vouches for, and whose own signature or number is wrong, in file order.
    private var badStatements: [(kind: Record.Kind, end: UInt64)] = []
    private var lastRecord: Record?
    /// Statements that this process signed itself, oldest first: no need to check their signatures.
    private var ownStatements: [[UInt8]] = []
    public private(set) var report = VerificationReport()
    /// Hash and count of everything up to the last whole record with which nothing is wrong.
    private(set) var soundHead = RecordingHead(covered: 0, frames: 0, sha256: RunningHash().digest)
    /// From now on only what a session worker may write is sound: frames and checkpoints.
    var expectsWorker = false
    /// Something that is not the worker's to write was found, with `expectsWorker`.
    private(set) var sawMisconduct = false

    /// - Parameter expectedSigner: the gateway's Ed25519 public key, 32 bytes; nil to trust the one in the header.
    public init(expectedSigner: [UInt8]? = nil) {
        self.expectedSigner = expectedSigner
    }

    /// Takes the next bytes of the file.
    public func feed(_ bytes: some Collection<UInt8>) {
        self.report.size += UInt64(bytes.count)
        switch self.phase {
        case .judged:
            if self.report.isComplete, !bytes.isEmpty {
                self.fail(.trailingData, ": \(bytes.count) bytes or more follow the seal")
            }
        case .lost(var scanner):
            scanner.append(Array(bytes)[...])
            self.phase = .lost(scanner)
            self.scan()
        case .reading:
            self.parser.append(bytes)
            self.followRecords()
        }
    }

    /// Judges the file as it is, now that no more bytes will come: what was `live` becomes `cut`.
    @discardableResult
    public func finish() -> VerificationReport {
        switch self.phase {
        case .judged: break
        case .lost(var scanner):
            scanner.isAtEnd = true
            self.phase = .lost(scanner)
            self.scan()
            if case .lost = self.phase { self.alteredToTheEnd() }
        case .reading: self.finishReading()
        }
        return self.report
    }

    /// A record that this process has just signed, which will turn up in the file.
    func trust(_ body: [UInt8]) { self.ownStatements.append(body) }

    /// A checkpoint or seal is in the file that the gateway did not sign, or not for this place.
    var sawBadStatement: Bool { !self.badStatements.isEmpty }

    /// The records can't be followed any further.
    var isLost: Bool {
        if case .lost = self.phase { return true }
        return false
    }

    private func followRecords() {
        do {
            while case .reading = self.phase, !self.sawMisconduct, let record = try self.parser.next() {
                self.take(record)
            }
            if self.report.isComplete, self.parser.buffered > 0 {
                self.fail(.trailingData, ": \(self.parser.buffered) bytes or more follow the seal")
            }
        } catch {
            self.recordsLost(error)
        }
        self.report.tornBytes = UInt64(self.parser.buffered)
    }

    private func take(_ record: Record) {
        if self.expectsWorker, !self.isWorkers(record.kind) {
            self.sawMisconduct = true
            return
        }
        if record.kind == .header { self.hash.update(RecordParser.magic) }
        let before = record.kind == .seal ? self.hash.digest : []
        self.hash.update(record.header)
        self.hash.update(record.body)
        self.lastRecord = record
        switch record.kind {
        case .header: self.takeHeader(record)
        case .frame: self.report.frames += 1
        case .checkpoint: self.takeStatement(record, before)
        case .seal: self.takeStatement(record, before)
        case .gateway, .reserved: break
        }
        guard case .reading = self.phase else { return }
        let head = RecordingHead(covered: record.end, frames: self.report.frames, sha256: self.hash.digest)
        self.boundaries.append(head)
        if self.badStatements.isEmpty { self.soundHead = head }
        if self.boundaries.count > RecordingLimits.maximumUnvouchedRecords {
            self.fail(.limit, ": too many records without a checkpoint")
        }
    }

    private func isWorkers(_ kind: Record.Kind) -> Bool {
        switch kind {
        case .frame(let track, _, _): track == .main || self.report.header?.hasInputTrack == true
        case .checkpoint: true
        case .header, .gateway, .seal, .reserved: false
        }
    }

    private func takeHeader(_ record: Record) {
        do {
            let header = try RecordingHeader(record)
            self.report.header = header
            if let expectedSigner, expectedSigner != header.signingKey {
                self.fail(.wrongSigner, ": the file was signed by another gateway's key")
                return
            }
            guard let verifier = SignatureVerifier(publicKey: header.signingKey) else {
                self.fail(.header, ": the signing key is not an Ed25519 key")
                return
            }
            self.verifier = verifier
        } catch {
            self.fail(error.code, ": the header can't be read")
        }
    }

    private func takeStatement(_ record: Record, _ hashBefore: [UInt8]) {
        guard let verifier else { preconditionFailure("the parser gives no record before a header that we accepted") }
        if let own = self.ownStatements.firstIndex(of: record.body) {
            self.ownStatements.removeSubrange(...own)
            var reader = ByteReader(record.body)
            guard let statement = Checkpoint(&reader) else { preconditionFailure("we made it") }
            self.vouch(statement)
            return
        }
        guard let signed = SignedStatement(kind: record.kind, body: record.body, verifier: verifier), signed.isGenuine
        else {
            self.badStatements.append((record.kind, record.end))
            return
        }
        let statement = signed.statement
        guard let header = self.report.header, statement.fileID == header.fileID else {
            self.report.affected = record.offset..<record.end
            self.fail(.spliced, ": the record at byte \(record.offset) belongs to another file, \(statement.fileID)")
            return
        }
        if let ending = signed.ending {
            self.judgeSeal(statement, ending, record, hashBefore)
        } else {
            self.judgeCheckpoint(statement, record)
        }
    }

    private func judgeCheckpoint(_ statement: Checkpoint, _ record: Record) {
        if let vouched = self.report.vouched,
            statement.number <= vouched.checkpoint || statement.head.covered < vouched.covered
        {
            // An old one again: the next one tells whether the gateway saw it there.
            self.badStatements.append((record.kind, record.end))
            return
        }
        if self.boundaries.agree(with: statement.head) {
            self.vouch(statement)
        } else {
            self.altered(upTo: statement)
        }
    }

    private func judgeSeal(
        _ statement: Checkpoint, _ ending: RecordingEnding, _ record: Record, _ hashBefore: [UInt8]
    ) {
        let follows = self.report.vouched.map { statement.number > $0.checkpoint } ?? true
        guard follows, statement.head.covered == record.offset, statement.head.sha256 == hashBefore,
            statement.head.frames == self.report.frames
        else {
            self.altered(upTo: statement)
            return
        }
        self.vouch(statement)
        self.report.verdict = .complete(ending)
        self.phase = .judged
    }

    private func vouch(_ statement: Checkpoint) {
        self.report.vouched = VerificationReport.Vouched(
            covered: statement.head.covered, frames: statement.head.frames, wallClock: statement.wallClock,
            checkpoint: statement.number, sha256: statement.head.sha256)
        self.badStatements.removeAll { $0.end <= statement.head.covered }
        self.boundaries.forget(before: statement.head.covered)
    }

    private func recordsLost(_ error: RecordingError) {
        guard let verifier, let header = self.report.header else {
            self.fail(error.code, ": \(error.description)")
            return
        }
        var scanner = StatementScanner(fileID: header.fileID, verifier: verifier)
        scanner.append(self.parser.unread)
        self.phase = .lost(scanner)
        self.scan()
    }

    /// Judges by the genuine statements that stand in the bytes whose records are lost.
    private func scan() {
        guard case .lost(var scanner) = self.phase else { return }
        while let statement = scanner.next() {
            self.phase = .lost(scanner)
            // It may still speak of bytes before those that are lost.
            guard self.boundaries.agree(with: statement.head) else {
                self.altered(upTo: statement)
                return
            }
            self.vouch(statement)
        }
        self.phase = .lost(scanner)
    }

    private func finishReading() {
        guard let verifier, let header = self.report.header else {
            self.finishHeaderless()
            return
        }
        // Perhaps a forged length swallowed what follows: a genuine statement within the last bytes proves it.
        var scanner = StatementScanner(fileID: header.fileID, verifier: verifier)
        scanner.append(self.lastOpaqueBody)
        scanner.append(self.parser.unread)
        scanner.isAtEnd = true
        self.phase = .lost(scanner)
        self.scan()
        guard case .lost = self.phase else { return }
        let endsInBadSeal =
            self.badStatements.first?.kind == .seal || self.badStatements.isEmpty && self.tornSealIsGenuine(verifier)
        if endsInBadSeal, self.report.vouched != nil {
            self.fail(.seal, ": the last record claims to be a seal, but is not what the gateway signed")
        } else if !self.badStatements.isEmpty {
            self.alteredToTheEnd()
        } else {
            self.report.affected = self.parser.offset..<self.report.size
            self.fail(.cut, self.cutDetail)
        }
    }

    /// The header is not whole. Were it only cut, the file would end within its fields.
    private func finishHeaderless() {
        let record = Record(kind: .header, offset: 0, body: self.tornBody(.header) ?? [])
        if (try? RecordingHeader(record)) != nil, self.parser.offset > 0 {
            self.fail(.header, ": the header claims to be longer than the file")
        } else {
            self.report.affected = 0..<self.report.size
            self.fail(.cut, ": the file ends before its header does")
        }
    }

    /// A whole seal whose length was raised looks torn.
    private func tornSealIsGenuine(_ verifier: SignatureVerifier) -> Bool {
        guard let body = self.tornBody(.seal) else { return false }
        return SignedStatement(kind: .seal, body: body, verifier: verifier)?.isGenuine ?? false
    }

    /// What there is of the body of the torn record; nil if that is of another kind, or has no whole header.
    private func tornBody(_ kind: Record.Kind) -> [UInt8]? {
        let unread = self.parser.unread
        guard let header = try? RecordHeader(unread), header.kind == kind else { return nil }
        return Array(unread.dropFirst(header.size))
    }

    private var lastOpaqueBody: ArraySlice<UInt8> {
        switch self.lastRecord?.kind {
        case .frame, .gateway, .reserved: self.lastRecord?.body[...] ?? []
        case .header, .checkpoint, .seal, nil: []
        }
    }

    private var cutDetail: String {
        let end = "the file ends without a seal at byte \(self.report.size)"
        let torn = self.report.tornBytes > 0 ? " within a record that begins at byte \(self.parser.offset)" : ""
        guard let vouched = self.report.vouched else { return ": \(end)\(torn), and nothing in it is signed" }
        return ": \(end)\(torn), and is sound up to byte \(vouched.covered)"
    }

    private func altered(upTo statement: Checkpoint) {
        let start = self.report.vouched?.covered ?? 0
        let end = max(start, statement.head.covered)
        self.report.affected = start..<end
        self.report.interval = statement.number
        self.fail(
            .altered,
            start < end
                ? " in interval \(statement.number): bytes \(start) to \(end - 1) are not what the gateway signed"
                : " before checkpoint \(statement.number): a statement of the gateway was repeated or moved")
    }

    private func alteredToTheEnd() {
        let start = self.report.vouched?.covered ?? 0
        self.report.affected = start..<self.report.size
        guard self.report.vouched != nil else {
            self.fail(.header, ": no signature in the file is by the key in its header")
            return
        }
        self.fail(.altered, " after byte \(start): what follows is not what a gateway writes")
    }

    private func fail(_ failure: RecordingFailure, _ detail: String) {
        self.report.verdict = .failed(failure)
        self.report.detail = detail
        self.phase = .judged
        self.boundaries = RecordBoundaries()
    }
}
