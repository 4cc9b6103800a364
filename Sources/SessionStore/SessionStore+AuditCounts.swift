import GRDB

extension SessionStore {
    /// How many rows of each code come after row `sequence` of the audit log, and the last of them (`sequence` when
    /// there are none).
    public func auditCounts(after sequence: UInt64) throws(StoreError) -> (counts: [String: UInt64], last: UInt64) {
        try self.read { database in
            let rows = try Row.fetchAll(
                database,
                sql:
                    "SELECT code, COUNT(*) AS number, MAX(sequence) AS last FROM audit WHERE sequence > ? GROUP BY code",
                arguments: [Int64(clamping: sequence)])
            var counts: [String: UInt64] = [:]
            var last = sequence
            for row in rows {
                let (number, newest): (Int64, Int64) = (row["number"], row["last"])
                counts[row["code"]] = UInt64(clamping: number)
                last = max(last, UInt64(clamping: newest))
            }
            return (counts, last)
        }
    }
}
