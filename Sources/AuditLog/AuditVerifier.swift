/// Checks a log, or a stretch of one, row by row and head by head, without holding it.
public struct AuditVerifier: Sendable {
    /// Why the log is not what the gateway wrote.
    public enum Failure: Error, Hashable, Sendable {
        /// A row is missing, or was added, before this sequence number.
        case gap(expected: UInt64, found: UInt64)
        /// This row, or the hash of the row before it, was altered.
        case altered(sequence: UInt64)
        /// The gateway signed that another row stood here.
        case rewritten(sequence: UInt64)
        /// The gateway's key did not sign the statement about this row.
        case forgedHead(sequence: UInt64)
        /// The gateway signed rows up to `known`, and the log ends before.
        case cut(known: UInt64, found: UInt64)

        public init(_ failure: AuditChain.Failure) {
            self =
                switch failure {
                case .gap(let expected, let found): .gap(expected: expected, found: found)
                case .altered(let sequence): .altered(sequence: sequence)
                }
        }

        /// One line.
        public var text: String {
            switch self {
            case .gap(let expected, let found): "row \(expected) is missing, row \(found) follows"
            case .altered(let sequence): "row \(sequence) was altered"
            case .rewritten(let sequence): "the gateway signed another row \(sequence): the log was made anew"
            case .forgedHead(let sequence): "the signature at row \(sequence) is not the gateway's"
            case .cut(let known, let found): "cut: the gateway signed row \(known), the log ends at row \(found)"
            }
        }
    }

    private let publicKey: [UInt8]
    public private(set) var chain: AuditChain
    /// The newest statement that was checked.
    public private(set) var lastHead: AuditHead?
    /// Statements that were checked.
    public private(set) var heads: UInt64 = 0

    /// - parameters:
    ///   - publicKey: that the gateway signs with: Ed25519, 32 bytes raw.
    ///   - chain: where the stretch begins; the start of the log by default.
    public init(publicKey: [UInt8], chain: AuditChain = AuditChain()) {
        self.publicKey = publicKey
        self.chain = chain
    }

    /// Checks that `record` is the next row.
    public mutating func check(_ record: AuditRecord) throws(Failure) {
        do {
            try self.chain.check(record)
        } catch {
            throw Failure(error)
        }
    }

    /// Checks a statement. It must come right after the row that it is about.
    public mutating func check(_ head: AuditHead) throws(Failure) {
        guard head.isSigned(by: self.publicKey) else { throw .forgedHead(sequence: head.sequence) }
        guard head.sequence <= self.chain.length else {
            throw .cut(known: head.sequence, found: self.chain.length)
        }
        guard head.sequence == self.chain.length, head.hash == self.chain.head else {
            throw .rewritten(sequence: head.sequence)
        }
        self.lastHead = head
        self.heads += 1
    }
}
