import AuditLog
import GRDB
import Platform

/// A token of the API. Times are in UTC.
public struct StoredToken: Hashable, Sendable {
    public var name: String
    /// How it begins; unique.
    public var prefix: String
    /// SHA-256 of the whole token.
    public var hash: [UInt8]
    public var role: String
    /// Names of permissions; nil for all of the role's.
    public var scope: [String]?
    /// Whose it is; nil for nobody's.
    public var owner: String?
    public var createdNanoseconds: Int64
    public var createdBy: String
    public var expiresNanoseconds: Int64
    public var revokedNanoseconds: Int64?
    public var lastUsedNanoseconds: Int64?
    /// Its owner is there, enabled, and not suspended; true for nobody's.
    public var isOwnerLetIn: Bool

    public init(
        name: String, prefix: String, hash: [UInt8], role: String, scope: [String]?, owner: String?,
        createdBy: String, expiresNanoseconds: Int64
    ) {
        self.name = name
        self.prefix = prefix
        self.hash = hash
        self.role = role
        self.scope = scope
        self.owner = owner
        self.createdNanoseconds = Clock.wallNanoseconds()
        self.createdBy = createdBy
        self.expiresNanoseconds = expiresNanoseconds
        self.revokedNanoseconds = nil
        self.lastUsedNanoseconds = nil
        self.isOwnerLetIn = true
    }
}

extension SessionStore {
    /// Throws `conflict` when the name is taken, `notFound` for an owner that there is not.
    /// - parameter event: what is audited with it.
    public func addToken(_ token: StoredToken, audited event: AuditEvent) throws(StoreError) {
        try Self.validate(token.name, as: .token)
        try self.change(by: token.createdBy) { database in
            let isTaken = try Bool.fetchOne(
                database, sql: "SELECT EXISTS (SELECT 1 FROM api_tokens WHERE name = ?)", arguments: [token.name])
            guard isTaken == false else {
                throw StoreError(.conflict, "a token was named \(token.name) already: take another name")
            }
            let user = try token.owner.map { try Self.requiredUserID($0, database) }
            try database.execute(
                sql: """
                    INSERT INTO api_tokens
                        (name, prefix, hash, role, scope, owner, user, created, created_by, expires)
                    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                    """,
                arguments: [
                    token.name, token.prefix, Blob(token.hash), token.role, token.scope?.joined(separator: ","),
                    token.owner, user, token.createdNanoseconds, token.createdBy, token.expiresNanoseconds,
                ])
            return (event, ())
        }
    }

    /// In order of name, revoked and expired ones among them.
    public func tokens() throws(StoreError) -> [StoredToken] {
        try self.read { try Self.tokens("ORDER BY t.name", [], $0) }
    }

    public func token(named name: String) throws(StoreError) -> StoredToken? {
        try self.read { try Self.tokens("WHERE t.name = ?", [name], $0).first }
    }

    public func token(withPrefix prefix: String) throws(StoreError) -> StoredToken? {
        try self.read { try Self.tokens("WHERE t.prefix = ?", [prefix], $0).first }
    }

    /// For good. Throws `notFound`, and `conflict` when it is revoked already.
    public func revokeToken(_ name: String, by actor: String) throws(StoreError) {
        try self.change(by: actor) { database in
            guard let token = try Self.tokens("WHERE t.name = ?", [name], database).first else {
                throw StoreError(.notFound, "there is no token \(name)")
            }
            guard token.revokedNanoseconds == nil else {
                throw StoreError(.conflict, "token \(name) is revoked already")
            }
            try database.execute(
                sql: "UPDATE api_tokens SET revoked = ? WHERE name = ?", arguments: [Clock.wallNanoseconds(), name])
            return (.tokenRevoked(token: name), ())
        }
    }

    /// Not audited, and not worth a sync of its own.
    public func noteUse(ofToken name: String, atNanoseconds time: Int64) throws(StoreError) {
        try self.write { database in
            try database.execute(
                sql: "UPDATE api_tokens SET last_used = ? WHERE name = ?", arguments: [time, name])
        }
    }

    private static func tokens(
        _ clause: String, _ arguments: StatementArguments, _ database: Database
    ) throws -> [StoredToken] {
        let sql = """
            SELECT t.*, t.owner IS NULL OR COALESCE(u.enabled AND u.suspension IS NULL, 0) AS let_in
            FROM api_tokens t LEFT JOIN users u ON u.id = t.user \(clause)
            """
        return try Row.fetchAll(database, sql: sql, arguments: arguments).map { row in
            let scope: String? = row["scope"]
            var token = StoredToken(
                name: row["name"], prefix: row["prefix"], hash: row.bytes("hash"), role: row["role"],
                scope: scope.map { $0.split(separator: ",").map(String.init) }, owner: row["owner"],
                createdBy: row["created_by"], expiresNanoseconds: row["expires"])
            token.createdNanoseconds = row["created"]
            token.revokedNanoseconds = row["revoked"]
            token.lastUsedNanoseconds = row["last_used"]
            token.isOwnerLetIn = row["let_in"]
            return token
        }
    }
}
