import AccessPolicy
import AuditLog
import GRDB
import Platform

extension SessionStore {
    /// What logins of a user, or of a group's members, have to prove; nil takes the rule away.
    public func setRequirement(
        _ requirement: LoginRequirement?, ofUser name: String, by actor: String
    ) throws(StoreError) {
        try self.change(by: actor) { database in
            let id = try Self.requiredUserID(name, database)
            if requirement != nil { try Self.requirePerson(id, name: name, database) }
            try database.execute(
                sql: "UPDATE users SET login_requirement = ? WHERE id = ?", arguments: [requirement?.text, id])
            return (.userChanged(user: name, change: "logins need \(requirement?.text ?? "the usual")"), ())
        }
    }

    /// As of a user.
    public func setRequirement(
        _ requirement: LoginRequirement?, ofGroup name: String, by actor: String
    ) throws(StoreError) {
        try self.change(by: actor) { database in
            try database.execute(
                sql: "UPDATE groups SET login_requirement = ? WHERE id = ?",
                arguments: [requirement?.text, try Self.requiredGroupID(name, database)])
            return (.groupChanged(group: name, change: "logins need \(requirement?.text ?? "the usual")"), ())
        }
    }

    /// Begins an enrolment, in place of an earlier one. `sealed` is the vault's, bound to the user.
    public func beginSecondFactor(_ sealed: [UInt8], ofUser name: String, by actor: String) throws(StoreError) {
        try self.change(by: actor) { database in
            let id = try Self.requiredUserID(name, database)
            try Self.requirePerson(id, name: name, database)
            try database.execute(
                sql:
                    "INSERT OR REPLACE INTO user_totp (user, sealed, confirmed, last_step, added) VALUES (?, ?, 0, 0, ?)",
                arguments: [id, Blob(sealed), Clock.wallNanoseconds()])
            try database.execute(sql: "DELETE FROM user_recovery_codes WHERE user = ?", arguments: [id])
            try Self.endConsoleSessions(ofUser: id, database)
            return (.userChanged(user: name, change: "one-time codes: enrolment begun"), ())
        }
    }

    /// Ends an enrolment: the code of `step` was right. Throws `conflict` when there is none to end.
    public func confirmSecondFactor(
        ofUser name: String, step: Int64, recoveryHashes: [[UInt8]], by actor: String
    ) throws(StoreError) {
        try self.change(by: actor) { database in
            let id = try Self.requiredUserID(name, database)
            try database.execute(
                sql: "UPDATE user_totp SET confirmed = 1, last_step = ? WHERE user = ? AND confirmed = 0",
                arguments: [step, id])
            guard database.changesCount > 0 else {
                throw StoreError(.conflict, "there is no enrolment of user \(name) to confirm")
            }
            try Self.replaceRecoveryCodes(recoveryHashes, ofUser: id, database)
            return (.userChanged(user: name, change: "one-time codes: enrolled"), ())
        }
    }

    /// New recovery codes in place of the old. Throws `conflict` when the user is not enrolled.
    public func setRecoveryCodes(_ hashes: [[UInt8]], ofUser name: String, by actor: String) throws(StoreError) {
        try self.change(by: actor) { database in
            let id = try Self.requiredUserID(name, database)
            guard try Self.secondFactor(ofUser: id, database)?.isConfirmed == true else {
                throw StoreError(.conflict, "user \(name) has no one-time codes")
            }
            try Self.replaceRecoveryCodes(hashes, ofUser: id, database)
            return (.userChanged(user: name, change: "recovery codes made anew"), ())
        }
    }

    public func removeSecondFactor(ofUser name: String, by actor: String) throws(StoreError) {
        try self.change(by: actor) { database in
            let id = try Self.requiredUserID(name, database)
            try database.execute(sql: "DELETE FROM user_totp WHERE user = ?", arguments: [id])
            guard database.changesCount > 0 else { throw StoreError(.conflict, "user \(name) has no one-time codes") }
            try database.execute(sql: "DELETE FROM user_recovery_codes WHERE user = ?", arguments: [id])
            try Self.endConsoleSessions(ofUser: id, database)
            return (.userChanged(user: name, change: "one-time codes: removed"), ())
        }
    }

    /// Takes note that the code of a step was given. On disk when this returns: no crash makes it good again.
    /// - returns: false when that step, or a later one, was used already.
    public func useStep(_ step: Int64, ofUser name: String) throws(StoreError) -> Bool {
        let isFresh = try self.write { database in
            try database.execute(
                sql: "UPDATE user_totp SET last_step = ? WHERE user = ? AND last_step < ? AND confirmed = 1",
                arguments: [step, try Self.requiredUserID(name, database), step])
            return database.changesCount > 0
        }
        if isFresh { try self.flush() }
        return isFresh
    }

    /// Uses up a recovery code. On disk when this returns.
    /// - returns: how many are left; nil when there is no such code, or it was used already.
    public func useRecoveryCode(_ hash: [UInt8], ofUser name: String) throws(StoreError) -> Int? {
        let left: Int? = try self.write { database in
            let id = try Self.requiredUserID(name, database)
            try database.execute(
                sql: "UPDATE user_recovery_codes SET used = ? WHERE user = ? AND hash = ? AND used IS NULL",
                arguments: [Clock.wallNanoseconds(), id, Blob(hash)])
            guard database.changesCount > 0 else { return nil }
            let left = try Self.unusedRecoveryCodes(ofUser: id, database)
            try Self.append(
                .userChanged(user: name, change: "a recovery code was used, \(left) are left"), actor: name,
                timeNanoseconds: Clock.wallNanoseconds(), to: database)
            return left
        }
        if left != nil { try self.flush() }
        return left
    }

    /// Of a row of users or groups.
    static func requirement(_ row: Row) throws -> LoginRequirement? {
        let text: String? = row["login_requirement"]
        guard let text else { return nil }
        guard let requirement = try? LoginRequirement(parsing: text.split(separator: ",").map(String.init)) else {
            // Anything else would let in what a later version would not.
            throw StoreError(.database, "a login requirement can't be read: use the version that wrote it")
        }
        return requirement
    }

    static func secondFactor(ofUser id: Int64, _ database: Database) throws -> StoredSecondFactor? {
        guard let row = try Row.fetchOne(database, sql: "SELECT * FROM user_totp WHERE user = ?", arguments: [id])
        else { return nil }
        return StoredSecondFactor(
            sealed: row.bytes("sealed"), isConfirmed: row["confirmed"], lastStep: row["last_step"],
            unusedRecoveryCodes: try Self.unusedRecoveryCodes(ofUser: id, database))
    }

    private static func unusedRecoveryCodes(ofUser id: Int64, _ database: Database) throws -> Int {
        try Int.fetchOne(
            database, sql: "SELECT count(*) FROM user_recovery_codes WHERE user = ? AND used IS NULL",
            arguments: [id]) ?? 0
    }

    private static func replaceRecoveryCodes(_ hashes: [[UInt8]], ofUser id: Int64, _ database: Database) throws {
        try database.execute(sql: "DELETE FROM user_recovery_codes WHERE user = ?", arguments: [id])
        for hash in hashes {
            try database.execute(
                sql: "INSERT INTO user_recovery_codes (user, hash) VALUES (?, ?)", arguments: [id, Blob(hash)])
        }
    }
}

extension LoginRequirement {
    /// As it is stored.
    fileprivate var text: String { self.words.joined(separator: ",") }
}
