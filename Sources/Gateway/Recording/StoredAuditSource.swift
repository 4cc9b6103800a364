import AdminAPI
import AuditForwarding
import AuditLog
import SessionStore

/// The store's audit log, for those who get it all.
struct StoredAuditSource: AuditSource {
    let store: SessionStore
    /// Where calls may block.
    let pool: BlockingPool
    let audit: @Sendable (AuditEvent) -> Void

    func rows(after sequence: UInt64, limit: Int) async throws -> [AuditExportRow] {
        let store = self.store
        return try await self.pool.run {
            try store.auditStretch(after: sequence, limit: limit).rows.map(AuditExportRow.init)
        }
    }

    func position(of receiver: String) async throws -> UInt64 {
        let store = self.store
        return try await self.pool.run { try store.auditPosition(of: receiver) }
    }

    func setPosition(_ sequence: UInt64, of receiver: String) async throws {
        let store = self.store
        try await self.pool.run { try store.setAuditPosition(sequence, of: receiver) }
    }

    func changed(_ receiver: String, failure: String?) async {
        self.audit(
            failure.map { .auditReceiverLost(receiver: receiver, cause: $0) } ?? .auditReceiverBack(receiver: receiver))
    }
}
