/// A checkpoint or seal as read, with the answer whether its signature is the gateway's.
struct SignedStatement {
    let statement: Checkpoint
    /// Nil for a checkpoint.
    let ending: RecordingEnding?
    let isGenuine: Bool

    /// Nil if the record is neither, or not well formed.
    init?(kind: Record.Kind, body: [UInt8], verifier: SignatureVerifier) {
        guard body.count > SignatureVerifier.signatureSize else { return nil }
        let unsigned = body.dropLast(SignatureVerifier.signatureSize)
        let domain: [UInt8]
        switch kind {
        case .checkpoint:
            var reader = ByteReader(unsigned)
            guard let checkpoint = Checkpoint(&reader), reader.remaining == 0 else { return nil }
            self.statement = checkpoint
            self.ending = nil
            domain = Checkpoint.domain
        case .seal:
            guard let seal = RecordingSeal(unsigned: unsigned) else { return nil }
            self.statement = seal.statement
            self.ending = seal.ending
            domain = RecordingSeal.domain
        case .header, .gateway, .frame, .reserved:
            return nil
        }
        let signature = body.suffix(SignatureVerifier.signatureSize)
        self.isGenuine = verifier.verifies(signature, of: domain + unsigned)
    }
}

/// Looks for genuine checkpoints and seals of a file in bytes whose record structure is lost.
struct StatementScanner {
    private let fileID: FileID
    private let verifier: SignatureVerifier
    private var window: [UInt8] = []
    /// No more bytes will come: a record that is not whole is none.
    var isAtEnd = false

    init(fileID: FileID, verifier: SignatureVerifier) {
        self.fileID = fileID
        self.verifier = verifier
    }

    mutating func append(_ bytes: ArraySlice<UInt8>) { self.window.append(contentsOf: bytes) }

    /// The next genuine statement in the bytes so far; nil if more are needed.
    mutating func next() -> Checkpoint? {
        var position = 0
        defer { self.window.removeSubrange(..<position) }
        while position + RecordHeader.maximumSize + FileID.size <= self.window.count {
            switch self.statement(at: position) {
            case .found(let statement, let size):
                position += size
                return statement
            case .incomplete:
                guard self.isAtEnd else { return nil }  // looked at again when more bytes come
                position += 1
            case .nothing:
                position += 1
            }
        }
        return nil
    }

    private enum Finding {
        case found(Checkpoint, size: Int)
        case incomplete, nothing
    }

    private func statement(at position: Int) -> Finding {
        let kind = Record.Kind(type: self.window[position])
        guard kind == .checkpoint || kind == .seal, let header = try? RecordHeader(self.window[position...]) else {
            return .nothing
        }
        let start = position + header.size
        let end = start + header.bodyCount
        guard self.window[start...].starts(with: self.fileID.bytes) else { return .nothing }
        guard end <= self.window.count else { return .incomplete }
        let signed = SignedStatement(
            kind: header.kind, body: Array(self.window[start..<end]), verifier: self.verifier)
        guard let signed, signed.isGenuine else { return .nothing }
        return .found(signed.statement, size: end - position)
    }
}
