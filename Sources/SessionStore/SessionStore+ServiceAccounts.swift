import AccessPolicy
import AuditLog
import GRDB

extension SessionStore {
    /// Binds a service account to other sources, or gives it another number of sessions. Throws `conflict` for a person.
    public func setService(_ service: ServiceAccount, ofUser name: String, by actor: String) throws(StoreError) {
        try self.change(by: actor) { database in
            let id = try Self.requiredUserID(name, database)
            guard try Self.services(database, ofUser: id)[id] != nil else {
                throw StoreError(.conflict, "user \(name) is no service account")
            }
            try Self.insert(service, ofUser: id, database)
            let sources = service.sources.map(\.text).joined(separator: ",")
            return (.userChanged(user: name, change: "from \(sources), \(service.maximumSessions) sessions"), ())
        }
    }

    static func insert(_ service: ServiceAccount, ofUser id: Int64, _ database: Database) throws {
        try database.execute(
            sql: "INSERT OR REPLACE INTO service_accounts (user, sources, sessions) VALUES (?, ?, ?)",
            arguments: [
                id, service.sources.map(\.text).joined(separator: ","), service.maximumSessions,
            ])
    }

    /// By the user's number; of all users, or of one.
    static func services(_ database: Database, ofUser id: Int64? = nil) throws -> [Int64: ServiceAccount] {
        let rows = try Row.fetchAll(
            database, sql: "SELECT * FROM service_accounts WHERE ?1 IS NULL OR user = ?1", arguments: [id])
        return try rows.reduce(into: [:]) { found, row in
            let sources: String = row["sources"]
            let entries = sources.split(separator: ",").map(String.init)
            guard let service = try? ServiceAccount(sources: entries, maximumSessions: row["sessions"]) else {
                throw StoreError(.database, "a service account can't be read: use the version that wrote it")
            }
            found[row["user"]] = service
        }
    }

    /// Throws `conflict` for a service account.
    static func requirePerson(_ id: Int64, name: String, _ database: Database) throws {
        guard try Self.services(database, ofUser: id).isEmpty else { throw Self.serviceSecret(name) }
    }

    static func serviceSecret(_ name: String) -> StoreError {
        StoreError(.conflict, "user \(name) is a service account, which signs in by key or certificate alone")
    }
}
