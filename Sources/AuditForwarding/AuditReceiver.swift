import AdminAPI

/// Somebody who gets every row of the audit log.
protocol AuditReceiver: Sendable {
    /// How long a delivered row stays uncertain: it counts as received when the connection has lived on for so long.
    /// Zero when the receiver itself says that it has a row.
    var doubt: Duration { get }

    /// How many rows are brought at once: of those before one that could not be, none is brought again.
    var batch: Int { get }

    /// A way to the receiver. Throws ``ReceiverFailure``.
    func connect() async throws -> any AuditDelivery
}

extension AuditReceiver {
    var batch: Int { 100 }
}

/// An open way to a receiver. Used by one task at a time.
protocol AuditDelivery: Sendable {
    /// Returns once the receiver's machine has all of `rows`. Throws ``ReceiverFailure``.
    func deliver(_ rows: [AuditExportRow]) async throws
    /// Throws ``ReceiverFailure`` when the way is closed.
    func check() async throws
    func close() async
}

/// Why nothing can be delivered just now; one line that holds no secret.
struct ReceiverFailure: Error, Hashable {
    let cause: String

    init(_ cause: String) { self.cause = cause }
}
