/// Checks rows of the log, one after the other, without holding them all.
public struct AuditChain: Hashable, Sendable {
    /// Why a row can't belong where it stands.
    public enum Failure: Error, Hashable, Sendable {
        /// A row is missing, or was added, before this sequence number.
        case gap(expected: UInt64, found: UInt64)
        /// This row, or the hash of the row before it, was altered.
        case altered(sequence: UInt64)
    }

    /// Sequence number of the last row that has been checked.
    public private(set) var length: UInt64 = 0
    /// Hash of the last row that has been checked.
    public private(set) var head: [UInt8] = AuditRecord.chainStart

    public init() {}

    /// Goes on after row `length`, whose hash is `head`.
    public init(after length: UInt64, head: [UInt8]) {
        self.length = length
        self.head = head
    }

    /// Checks that `record` is the next row.
    public mutating func check(_ record: AuditRecord) throws(Failure) {
        guard record.sequence == self.length + 1 else {
            throw .gap(expected: self.length + 1, found: record.sequence)
        }
        guard record.follows(self.head) else { throw .altered(sequence: record.sequence) }
        self.length = record.sequence
        self.head = record.hash
    }
}
