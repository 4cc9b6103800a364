import AuditLog
import GRDB
import Platform

extension SessionStore {
    /// Sets or replaces the credential of an account. `sealed` is the vault's, bound to this target and account.
    public func setCredential(
        target: String, account: String, kind: StoredCredentialKind, sealed: [UInt8], publicKey: StoredKey?,
        by actor: String
    ) throws(StoreError) {
        try Self.validate(account, as: .account)
        try self.change(by: actor) { database in
            let id = try Self.requiredTargetID(target, database)
            try database.execute(
                sql: """
                    INSERT OR REPLACE INTO credentials
                    (target, account, kind, sealed, key_type, key_blob, key_comment, key_fingerprint, changed)
                    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
                    """,
                arguments: [
                    id, account, kind.rawValue, Blob(sealed), publicKey?.type, publicKey.map { Blob($0.blob) },
                    publicKey?.comment, publicKey?.fingerprint, Clock.wallNanoseconds(),
                ])
            return (.credentialSet(target: target, account: account, kind: kind.rawValue), ())
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
            try database.execute(
                sql: "DELETE FROM credentials WHERE target = ? AND account = ?", arguments: [id, account])
            guard database.changesCount > 0 else {
                throw StoreError(.notFound, "there is no credential for \(target)/\(account)")
            }
            return (.credentialRemoved(target: target, account: account), ())
        }
    }

    private static let selectCredentials = """
        SELECT credentials.*, targets.name AS target_name FROM credentials JOIN targets ON targets.id = target
        """

    private static func credential(_ row: Row) throws -> StoredCredential {
        let word: String = row["kind"]
        guard let kind = StoredCredentialKind(rawValue: word) else {
            throw StoreError(.database, "a credential has the unknown kind \(word): use the version that wrote it")
        }
        let blob: Blob? = row["key_blob"]
        let key = blob.map {
            StoredKey(
                type: row["key_type"], blob: $0.bytes, comment: row["key_comment"],
                fingerprint: row["key_fingerprint"])
        }
        return StoredCredential(
            target: row["target_name"], account: row["account"], kind: kind, sealed: row.bytes("sealed"),
            publicKey: key, changedNanoseconds: row["changed"])
    }
}
