import AuditLog
import GRDB
import Platform

extension SessionStore {
    /// The former secrets of an account that are kept, newest first.
    public func credentialVersions(target: String, account: String) throws(StoreError) -> [StoredCredentialVersion] {
        try self.read { database in
            try Row.fetchAll(
                database,
                sql: """
                    SELECT credential_versions.*, targets.name AS target_name FROM credential_versions
                    JOIN targets ON targets.id = target WHERE targets.name = ? AND account = ? ORDER BY number DESC
                    """, arguments: [target, account]
            ).map(Self.version)
        }
    }

    /// Makes a former secret the account's again; the present one becomes a former one. Throws `notFound` for one that
    /// is not kept.
    public func restoreCredential(
        target: String, account: String, version: Int, isProved: Bool, by actor: String
    ) throws(StoreError) {
        try self.change(by: actor) { database in
            let id = try Self.requiredTargetID(target, database)
            guard
                let row = try Row.fetchOne(
                    database,
                    sql: "SELECT * FROM credential_versions WHERE target = ? AND account = ? AND number = ?",
                    arguments: [id, account, version])
            else { throw StoreError(.notFound, "version \(version) of \(target)/\(account) is not kept") }
            let fingerprint: String? = row["key_fingerprint"]
            try Self.replaceCredential(of: id, account, by: row, .restored, actor: actor, database)
            return (
                .credentialRestored(
                    target: target, account: account, version: version, key: fingerprint, proved: isProved), ()
            )
        }
    }

    /// Forgets the former secrets beyond the newest `count` of each account, and those that were replaced before
    /// `oldest` (UTC, nanoseconds). - returns: how many.
    @discardableResult
    public func pruneCredentialVersions(keeping count: Int, since oldest: Int64) throws(StoreError) -> Int {
        try self.write { database in
            try database.execute(
                sql: """
                    DELETE FROM credential_versions WHERE replaced < ?1 OR (
                        SELECT count(*) FROM credential_versions AS newer
                        WHERE newer.target = credential_versions.target AND newer.account = credential_versions.account
                        AND newer.number > credential_versions.number) >= ?2
                    """, arguments: [oldest, count])
            return database.changesCount
        }
    }

    // MARK: Within a transaction

    /// Kinds whose secrets are kept when they are replaced: those that the gateway itself holds, and that a target knows.
    static let keptKinds: [StoredCredentialKind] = [.password, .privateKey]

    /// Puts the account's present secret, if there is one of a kind that is kept, with the former ones.
    /// - returns: the number of the version that takes its place.
    static func keepPresentVersion(of target: Int64, _ account: String, _ database: Database) throws -> Int {
        let kinds = Self.keptKinds.map { "'\($0.rawValue)'" }.joined(separator: ", ")
        try database.execute(
            sql: """
                INSERT INTO credential_versions
                (target, account, number, kind, sealed, key_type, key_blob, key_comment, key_fingerprint, replaced)
                SELECT target, account, version, kind, sealed, key_type, key_blob, key_comment, key_fingerprint, ?
                FROM credentials WHERE target = ? AND account = ? AND kind IN (\(kinds))
                """, arguments: [Clock.wallNanoseconds(), target, account])
        return try Self.nextVersion(of: target, account, database)
    }

    static func nextVersion(of target: Int64, _ account: String, _ database: Database) throws -> Int {
        let arguments: StatementArguments = [target, account]
        let present = try Int.fetchOne(
            database, sql: "SELECT version FROM credentials WHERE target = ? AND account = ?", arguments: arguments)
        let former = try Int.fetchOne(
            database, sql: "SELECT max(number) FROM credential_versions WHERE target = ? AND account = ?",
            arguments: arguments)
        return max(present ?? 0, former ?? 0) + 1
    }

    /// Makes the secret of `row` (columns as in `credential_versions`) the account's, and keeps the present one.
    /// - returns: its version.
    @discardableResult
    static func replaceCredential(
        of target: Int64, _ account: String, by row: Row, _ change: CredentialChange.Change, actor: String,
        _ database: Database
    ) throws -> Int {
        let version = try Self.keepPresentVersion(of: target, account, database)
        let now = Clock.wallNanoseconds()
        let (kind, fingerprint): (String, String?) = (row["kind"], row["key_fingerprint"])
        try database.execute(
            sql: """
                UPDATE credentials SET kind = ?, sealed = ?, key_type = ?, key_blob = ?, key_comment = ?,
                key_fingerprint = ?, authority = NULL, details = NULL, changed = ?, version = ?
                WHERE target = ? AND account = ?
                """,
            arguments: [
                kind, row["sealed"] as Blob, row["key_type"] as String?, row["key_blob"] as Blob?,
                row["key_comment"] as String?, fingerprint, now, version, target, account,
            ])
        guard database.changesCount == 1 else {
            throw StoreError(.notFound, "the credential of \(account) was removed meanwhile")
        }
        try Self.note(
            change, target: target, account: account, kind: kind, fingerprint: fingerprint, version: version, by: actor,
            at: now, database)
        return version
    }

    static func storedKey(_ row: Row) -> StoredKey? {
        let blob: Blob? = row["key_blob"]
        return blob.map {
            StoredKey(
                type: row["key_type"], blob: $0.bytes, comment: row["key_comment"], fingerprint: row["key_fingerprint"])
        }
    }

    private static func version(_ row: Row) throws -> StoredCredentialVersion {
        StoredCredentialVersion(
            target: row["target_name"], account: row["account"], number: row["number"],
            kind: try Self.credentialKind(row["kind"]), sealed: row.bytes("sealed"), publicKey: Self.storedKey(row),
            replacedNanoseconds: row["replaced"])
    }
}
