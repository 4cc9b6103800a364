import AuditLog
import GRDB
import Platform

extension SessionStore {
    /// A stretch of the log as it is checked: rows, and the signed statements about them.
    public struct AuditStretch: Sendable {
        public let rows: [AuditRecord]
        /// About rows of the stretch; in the last stretch also those about rows that the log has lost.
        public let heads: [AuditHead]
        /// Hash of the row before the first one.
        public let before: [UInt8]
        /// The log has no further rows.
        public let isLast: Bool
    }

    /// Up to `limit` rows after row `sequence`, oldest first.
    /// - throws: `invalid` when the log has no row `sequence`.
    public func auditStretch(after sequence: UInt64, limit: Int) throws(StoreError) -> AuditStretch {
        try self.read { database in
            let after = Int64(clamping: sequence)
            let before = try Row.fetchOne(
                database, sql: "SELECT hash FROM audit WHERE sequence = ?", arguments: [after])
            guard after == 0 || before != nil else {
                throw StoreError(.invalid, "the audit log has no row \(sequence)")
            }
            let rows = try Row.fetchAll(
                database, sql: "SELECT * FROM audit WHERE sequence > ? ORDER BY sequence LIMIT ?",
                arguments: [after, limit]
            ).map(Self.auditRecord)
            let isLast = rows.count < limit
            let end = isLast ? Int64.max : Int64(clamping: rows.last?.sequence ?? 0)
            let heads = try Row.fetchAll(
                database, sql: "SELECT * FROM audit_heads WHERE sequence > ? AND sequence <= ? ORDER BY sequence",
                arguments: [after, end]
            ).map(Self.auditHead)
            return AuditStretch(
                rows: rows, heads: heads, before: before.map { $0.bytes("hash") } ?? AuditRecord.chainStart,
                isLast: isLast)
        }
    }

    /// Reads the whole log and checks its chain, but no signature.
    /// - throws: `database` with the first row that doesn't belong.
    public func verifyAuditLog() throws(StoreError) -> AuditChain {
        var chain = AuditChain()
        while true {
            let stretch = try self.auditStretch(after: chain.length, limit: 1000)
            for row in stretch.rows {
                do {
                    try chain.check(row)
                } catch {
                    throw StoreError(.database, "audit log: \(AuditVerifier.Failure(error).text)")
                }
            }
            if stretch.isLast { return chain }
        }
    }

    /// Signs the newest row, unless it is signed already or there is none.
    /// - parameter sign: gives the Ed25519 signature of the bytes.
    /// - returns: whether there was something to sign.
    @discardableResult
    public func signAuditHead(
        timeNanoseconds: Int64 = Clock.wallNanoseconds(), _ sign: ([UInt8]) -> [UInt8]
    ) throws(StoreError) -> Bool {
        let newest = try self.read { database in
            try Row.fetchOne(
                database,
                sql: """
                    SELECT sequence, hash FROM audit WHERE sequence = (SELECT max(sequence) FROM audit)
                        AND sequence NOT IN (SELECT sequence FROM audit_heads)
                    """)
        }
        guard let newest else { return false }
        let sequence: Int64 = newest["sequence"]
        let hash = newest.bytes("hash")
        let signature = sign(
            AuditHead.signedBytes(sequence: UInt64(sequence), timeNanoseconds: timeNanoseconds, hash: hash))
        try self.write { database in
            try database.execute(
                sql: "INSERT OR IGNORE INTO audit_heads (sequence, time, hash, signature) VALUES (?, ?, ?, ?)",
                arguments: [sequence, timeNanoseconds, Blob(hash), Blob(signature)])
        }
        return true
    }

    private static func auditHead(_ row: Row) throws -> AuditHead {
        let sequence: Int64 = row["sequence"]
        guard sequence > 0 else { throw StoreError(.database, "audit log: head \(sequence) can't be read") }
        return AuditHead(
            sequence: UInt64(sequence), timeNanoseconds: row["time"], hash: row.bytes("hash"),
            signature: row.bytes("signature"))
    }
}
