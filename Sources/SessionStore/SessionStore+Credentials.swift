import AuditLog
import GRDB
import Platform

extension SessionStore {
    /// Sets or replaces the credential of an account. `sealed` is the vault's, bound to this target and account.
    /// - parameters:
    ///   - authority: of certificates: the name of their authority.
    ///   - newAuthority: that authority, where it isn't stored yet; it is, if the credential is.
    ///   - details: what may be told of the credential.
    public func setCredential(
        target: String, account: String, kind: StoredCredentialKind, sealed: [UInt8], publicKey: StoredKey?,
        authority: String? = nil, newAuthority: NewAuthority? = nil, details: String? = nil, by actor: String
    ) throws(StoreError) {
        try Self.validate(account, as: .account)
        if let newAuthority { try Self.validate(newAuthority.name, as: .authority) }
        try self.change(by: actor) { database in
            let id = try Self.requiredTargetID(target, database)
            let now = Clock.wallNanoseconds()
            if let newAuthority { try Self.add(newAuthority, by: actor, at: now, database) }
            let authorityID = try authority.map { try Self.requiredAuthorityID($0, database) }
            let version = try Self.keepPresentVersion(of: id, account, database)
            try Self.dropRotation(of: id, account, database)
            // Kept in its row, so that what refers to it stays.
            try database.execute(
                sql: """
                    INSERT INTO credentials
                    (target, account, kind, sealed, key_type, key_blob, key_comment, key_fingerprint, authority, details,
                        changed, version)
                    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                    ON CONFLICT (target, account) DO UPDATE SET
                        kind = excluded.kind, sealed = excluded.sealed, key_type = excluded.key_type,
                        key_blob = excluded.key_blob, key_comment = excluded.key_comment,
                        key_fingerprint = excluded.key_fingerprint, authority = excluded.authority,
                        details = excluded.details, changed = excluded.changed, version = excluded.version
                    """,
                arguments: [
                    id, account, kind.rawValue, Blob(sealed), publicKey?.type, publicKey.map { Blob($0.blob) },
                    publicKey?.comment, publicKey?.fingerprint, authorityID, details, now, version,
                ])
            try Self.note(
                .set, target: id, account: account, kind: kind.rawValue, fingerprint: publicKey?.fingerprint,
                version: version, by: actor, at: now, database)
            return (
                .credentialSet(
                    target: target, account: account, kind: kind.rawValue, key: publicKey?.fingerprint), ()
            )
        }
    }

    /// Nil when the account has none.
    public func credential(target: String, account: String) throws(StoreError) -> StoredCredential? {
        try self.read { database in
            try Row.fetchOne(
                database, sql: "\(Self.selectCredentials) WHERE targets.name = ? AND account = ?",
                arguments: [target, account]
            ).map(Self.credential)
        }
    }

    /// In order of target, then account.
    public func credentials() throws(StoreError) -> [StoredCredential] {
        try self.read { database in
            try Row.fetchAll(database, sql: "\(Self.selectCredentials) ORDER BY targets.name, account")
                .map(Self.credential)
        }
    }

    public func removeCredential(target: String, account: String, by actor: String) throws(StoreError) {
        try self.change(by: actor) { database in
            let id = try Self.requiredTargetID(target, database)
            guard
                let row = try Row.fetchOne(
                    database,
                    sql: "DELETE FROM credentials WHERE target = ? AND account = ? RETURNING kind, key_fingerprint",
                    arguments: [id, account])
            else { throw StoreError(.notFound, "there is no credential for \(target)/\(account)") }
            try Self.note(
                .removed, target: id, account: account, kind: row["kind"], fingerprint: row["key_fingerprint"],
                version: nil, by: actor, at: Clock.wallNanoseconds(), database)
            return (.credentialRemoved(target: target, account: account), ())
        }
    }

    /// What became of the credential of an account of a target, oldest first. Empty for an account that never had one.
    public func credentialHistory(target: String, account: String) throws(StoreError) -> [CredentialChange] {
        try self.read { database in
            let id = try Self.requiredTargetID(target, database)
            return try Row.fetchAll(
                database,
                sql: """
                    SELECT *, version IN (
                        SELECT number FROM credential_versions WHERE target = ?1 AND account = ?2) AS is_kept
                    FROM credential_history WHERE target = ?1 AND account = ?2 ORDER BY id
                    """, arguments: [id, account]
            ).map { row in
                let (change, kind): (String, String) = (row["change"], row["kind"])
                guard let change = CredentialChange.Change(rawValue: change) else { throw Self.unknown(change) }
                return CredentialChange(
                    change: change, kind: try Self.credentialKind(kind), fingerprint: row["key_fingerprint"],
                    actor: row["actor"], timeNanoseconds: row["time"], version: row["version"],
                    isKept: row["is_kept"] ?? false)
            }
        }
    }

    static func note(
        _ change: CredentialChange.Change, target: Int64, account: String, kind: String, fingerprint: String?,
        version: Int?, by actor: String, at time: Int64, _ database: Database
    ) throws {
        try database.execute(
            sql: """
                INSERT INTO credential_history (target, account, change, kind, key_fingerprint, actor, time, version)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?)
                """,
            arguments: [target, account, change.rawValue, kind, fingerprint, actor, time, version])
    }

    private static func unknown(_ word: String) -> StoreError {
        StoreError(.database, "a credential has the unknown kind \(word): use the version that wrote it")
    }

    static func credentialKind(_ word: String) throws -> StoredCredentialKind {
        guard let kind = StoredCredentialKind(rawValue: word) else { throw Self.unknown(word) }
        return kind
    }

    private static let selectCredentials = """
        SELECT credentials.*, targets.name AS target_name, certificate_authorities.name AS authority_name
        FROM credentials JOIN targets ON targets.id = target
        LEFT JOIN certificate_authorities ON certificate_authorities.id = authority
        """

    private static func credential(_ row: Row) throws -> StoredCredential {
        let word: String = row["kind"]
        return StoredCredential(
            target: row["target_name"], account: row["account"], kind: try Self.credentialKind(word),
            sealed: row.bytes("sealed"), publicKey: Self.storedKey(row), authority: row["authority_name"],
            details: row["details"],
            changedNanoseconds: row["changed"], version: row["version"])
    }
}
