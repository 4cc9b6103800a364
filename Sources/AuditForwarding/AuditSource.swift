import AdminAPI

/// The audit log as forwarding needs it: the log itself is the queue, so that a receiver that is down for a day loses
/// nothing and holds nobody up.
public protocol AuditSource: Sendable {
    /// Up to `limit` rows after row `sequence`, oldest first.
    func rows(after sequence: UInt64, limit: Int) async throws -> [AuditExportRow]
    /// Position of the last row that `receiver` has. One that was never heard of begins at the newest row.
    func position(of receiver: String) async throws -> UInt64
    func setPosition(_ sequence: UInt64, of receiver: String) async throws
    /// A receiver can't be reached any more, or again; to be audited.
    func changed(_ receiver: String, failure: String?) async
}
