import AuditLog
import GRDB
import Platform

extension SessionStore {
    /// How the vault's key-encryption key is had, and which one it is. Nil when the database has no vault.
    public func vaultKey() throws(StoreError) -> StoredVaultKey? {
        try self.read { database in
            try Row.fetchOne(database, sql: "SELECT * FROM vault_key").map(Self.vaultKey)
        }
    }

    /// The gateway's own keys, sealed, by name.
    public func gatewayKeys() throws(StoreError) -> [String: [UInt8]] {
        try self.read { database in
            let rows = try Row.fetchAll(database, sql: "SELECT name, sealed FROM gateway_keys")
            return Dictionary(rows.map { ($0["name"] as String, $0.bytes("sealed")) }) { first, _ in first }
        }
    }

    /// Enters the vault of a new database.
    public func makeVault(_ key: StoredVaultKey, gatewayKeys: [String: [UInt8]]) throws(StoreError) {
        try self.write { database in
            try Self.put(key, in: database)
            for (name, blob) in gatewayKeys {
                try database.execute(
                    sql: "INSERT INTO gateway_keys (name, sealed) VALUES (?, ?)", arguments: [name, Blob(blob)])
            }
        }
        try self.flush()
    }

    /// Everything that the vault has sealed, with whose it is.
    public func sealedEntries() throws(StoreError) -> [SealedEntry] {
        try self.read { database in
            try SealedColumn.all(in: database).flatMap { column in
                try Row.fetchAll(
                    database,
                    sql: """
                        SELECT rowid AS entry_row, "\(column.name)" AS blob FROM "\(column.table)"
                        WHERE "\(column.name)" IS NOT NULL
                        """
                ).map { row in
                    let blob: Blob = row["blob"]
                    return SealedEntry(
                        owner: try Self.owner(of: column, row: row["entry_row"], database), sealed: blob.bytes)
                }
            }
        }
    }

    /// Enters `key` as the vault's and every sealed blob as `rewrap` gives it back, in one transaction. It is on the
    /// disk when this returns. Throws `database` with the name of the entry that `rewrap` throws for; then nothing
    /// has changed.
    /// - returns: the number of blobs.
    @discardableResult
    public func changeVaultKey(
        to key: StoredVaultKey, by actor: String, rewrap: ([UInt8]) throws -> [UInt8]
    ) throws(StoreError) -> Int {
        let count = try self.write { database in
            guard let former = try Row.fetchOne(database, sql: "SELECT * FROM vault_key").map(Self.vaultKey) else {
                throw StoreError(.database, "the database has no vault")
            }
            // First, since the guards compare with it.
            try Self.put(key, in: database)
            var count = 0
            for column in try SealedColumn.all(in: database) {
                let rows = try Row.fetchCursor(
                    database, sql: "SELECT rowid AS entry_row, \"\(column.name)\" AS blob FROM \"\(column.table)\"")
                var changed: [(row: Int64, blob: Blob)] = []
                while let row = try rows.next() {
                    guard let blob: Blob = row["blob"] else { continue }
                    do {
                        changed.append((row["entry_row"], Blob(try rewrap(blob.bytes))))
                    } catch {
                        let owner = try Self.owner(of: column, row: row["entry_row"], database)
                        throw StoreError(.database, "\(owner): \(error)")
                    }
                }
                for (row, blob) in changed {
                    try database.execute(
                        sql: "UPDATE \"\(column.table)\" SET \"\(column.name)\" = ? WHERE rowid = ?",
                        arguments: [blob, row])
                }
                count += changed.count
            }
            try Self.append(
                .vaultKeyChanged(
                    from: former.kind.rawValue, to: key.kind.rawValue,
                    key: key.keyIDText, entries: UInt64(count)),
                actor: actor, timeNanoseconds: Clock.wallNanoseconds(), to: database)
            return count
        }
        try self.flush()
        return count
    }

    /// The file of a former key is gone.
    public func forgetRetiredKeyFile() throws(StoreError) {
        try self.write { try $0.execute(sql: "UPDATE vault_key SET retired_file = NULL") }
    }

    private static func put(_ key: StoredVaultKey, in database: Database) throws {
        try database.execute(
            sql: """
                INSERT OR REPLACE INTO vault_key
                (id, kind, key_id, place, salt, passes, memory_bytes, changed, retired_file)
                VALUES (1, ?, ?, ?, ?, ?, ?, ?, ?)
                """,
            arguments: [
                key.kind.rawValue, Blob(key.keyID), key.place, key.salt.map(Blob.init), Int64(key.passes),
                Int64(key.memoryBytes), key.changedNanoseconds, key.retiredFile,
            ])
    }

    private static func vaultKey(_ row: Row) throws -> StoredVaultKey {
        let word: String = row["kind"]
        guard let kind = StoredVaultKey.Kind(rawValue: word) else {
            throw StoreError(
                .database, "the vault's key is of the unknown kind \(word): use the version that wrote it")
        }
        let salt: Blob? = row["salt"]
        let passes: Int64 = row["passes"]
        let memoryBytes: Int64 = row["memory_bytes"]
        return StoredVaultKey(
            kind: kind, keyID: row.bytes("key_id"), place: row["place"], salt: salt?.bytes,
            passes: UInt64(max(0, passes)), memoryBytes: UInt64(max(0, memoryBytes)),
            changedNanoseconds: row["changed"], retiredFile: row["retired_file"])
    }

    private static func owner(
        of column: SealedColumn, row: Int64, _ database: Database
    ) throws -> SealedEntry.Owner {
        switch (column.table, column.name) {
        case ("credentials", "sealed"):
            guard
                let found = try Row.fetchOne(
                    database,
                    sql: """
                        SELECT targets.name AS target_name, account, kind FROM credentials
                        JOIN targets ON targets.id = target WHERE credentials.rowid = ?
                        """, arguments: [row])
            else { break }
            return .credential(target: found["target_name"], account: found["account"], kind: found["kind"])
        case ("credential_answers", "sealed"):
            guard
                let found = try Row.fetchOne(
                    database,
                    sql: """
                        SELECT targets.name AS target_name, account, question, kind FROM credential_answers
                        JOIN targets ON targets.id = target WHERE credential_answers.rowid = ?
                        """, arguments: [row])
            else { break }
            return .answer(
                target: found["target_name"], account: found["account"], question: found["question"],
                kind: found["kind"])
        case ("credential_versions", "sealed"):
            guard
                let found = try Row.fetchOne(
                    database,
                    sql: """
                        SELECT targets.name AS target_name, account, kind, number FROM credential_versions
                        JOIN targets ON targets.id = target WHERE credential_versions.rowid = ?
                        """, arguments: [row])
            else { break }
            return .version(
                target: found["target_name"], account: found["account"], kind: found["kind"], number: found["number"])
        case ("credential_rotations", "sealed"):
            guard
                let found = try Row.fetchOne(
                    database,
                    sql: """
                        SELECT targets.name AS target_name, account, kind FROM credential_rotations
                        JOIN targets ON targets.id = target WHERE credential_rotations.rowid = ?
                        """, arguments: [row])
            else { break }
            return .rotation(target: found["target_name"], account: found["account"], kind: found["kind"])
        case ("certificate_authorities", "sealed"):
            let name = try String.fetchOne(
                database, sql: "SELECT name FROM certificate_authorities WHERE rowid = ?", arguments: [row])
            if let name { return .authority(name) }
        case ("user_totp", "sealed"):
            let name = try String.fetchOne(
                database,
                sql: "SELECT name FROM users JOIN user_totp ON users.id = user_totp.user WHERE user_totp.rowid = ?",
                arguments: [row])
            if let name { return .secondFactor(user: name) }
        case ("gateway_keys", "sealed"):
            let name = try String.fetchOne(
                database, sql: "SELECT name FROM gateway_keys WHERE rowid = ?", arguments: [row])
            if let name { return .gatewayKey(name) }
        default: break
        }
        return .other(table: column.table, row: row)
    }
}

/// How the vault's key-encryption key is had.
public struct StoredVaultKey: Hashable, Sendable {
    public enum Kind: String, CaseIterable, Hashable, Sendable {
        case keyFile = "key-file"
        case passphrase
        case systemdCredential = "systemd-credential"
    }

    public var kind: Kind
    /// 8 bytes; tells keys apart.
    public var keyID: [UInt8]
    /// ``keyID`` in hexadecimal, for people to compare.
    public var keyIDText: String { self.keyID.hexDigits }
    /// Path of the key file, relative to the state directory or absolute; name of the credential; else empty.
    public var place: String
    /// Of the passphrase.
    public var salt: [UInt8]?
    public var passes: UInt64
    public var memoryBytes: UInt64
    /// UTC.
    public var changedNanoseconds: Int64
    /// A key file that the last change has made useless and that is to be removed.
    public var retiredFile: String?

    public init(
        kind: Kind, keyID: [UInt8], place: String = "", salt: [UInt8]? = nil, passes: UInt64 = 0,
        memoryBytes: UInt64 = 0, changedNanoseconds: Int64 = Clock.wallNanoseconds(), retiredFile: String? = nil
    ) {
        self.kind = kind
        self.keyID = keyID
        self.place = place
        self.salt = salt
        self.passes = passes
        self.memoryBytes = memoryBytes
        self.changedNanoseconds = changedNanoseconds
        self.retiredFile = retiredFile
    }
}

/// A blob of the vault and whose it is.
public struct SealedEntry: Hashable, Sendable {
    public enum Owner: Hashable, Sendable, CustomStringConvertible {
        /// `kind` is the stored word.
        case credential(target: String, account: String, kind: String)
        /// `kind` is the stored word.
        case answer(target: String, account: String, question: String, kind: String)
        /// A former secret. `kind` is the stored word.
        case version(target: String, account: String, kind: String, number: Int)
        /// A new secret that is not proved yet. `kind` is the stored word.
        case rotation(target: String, account: String, kind: String)
        case authority(String)
        /// The secret of a user's one-time codes.
        case secondFactor(user: String)
        case gatewayKey(String)
        case other(table: String, row: Int64)

        public var description: String {
            switch self {
            case .credential(let target, let account, _): "the credential of \(target)/\(account)"
            case .answer(let target, let account, let question, _):
                "the answer of \(target)/\(account)" + (question.isEmpty ? "" : " to \(question)")
            case .version(let target, let account, _, let number): "version \(number) of \(target)/\(account)"
            case .rotation(let target, let account, _): "the new secret of \(target)/\(account)"
            case .authority(let name): "the certificate authority \(name)"
            case .secondFactor(let user): "the one-time codes of \(user)"
            case .gatewayKey(let name): "the gateway's key \(name)"
            case .other(let table, let row): "row \(row) of \(table)"
            }
        }
    }

    public var owner: Owner
    public var sealed: [UInt8]
}
