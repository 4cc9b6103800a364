import AuditLog
import GRDB
import Platform

extension SessionStore {
    /// Hands the account's password out to a user, alone. It is on the disk when this returns. Throws `conflict` while
    /// somebody has it.
    public func checkOut(
        target: String, account: String, user: String, from address: String, reason: String, until: Int64
    ) throws(StoreError) {
        try self.change(by: user) { database in
            let id = try Self.requiredTargetID(target, database)
            if let other = try Self.checkout(target: target, account: account, database) {
                throw StoreError(
                    .conflict,
                    other.isReturned
                        ? "\(target)/\(account) was returned and has not got a new password yet"
                        : "\(other.user) has checked \(target)/\(account) out")
            }
            try database.execute(
                sql: """
                    INSERT INTO checkouts (target, account, user, from_address, reason, began, until, returned)
                    VALUES (?, ?, ?, ?, ?, ?, ?, NULL)
                    """, arguments: [id, account, user, address, reason, Clock.wallNanoseconds(), until])
            return (
                .credentialCheckedOut(
                    target: target, account: account, user: user, from: address, reason: reason,
                    seconds: UInt64(max(0, until - Clock.wallNanoseconds())) / 1_000_000_000), ()
            )
        }
    }

    /// The password is to be changed now. Nothing happens when it was returned before. `cause` is a stable word.
    public func returnCheckout(target: String, account: String, cause: String, by actor: String) throws(StoreError) {
        try self.change(by: actor) { database in
            guard let checkout = try Self.checkout(target: target, account: account, database), !checkout.isReturned
            else {
                throw StoreError(.notFound, "nobody has checked \(target)/\(account) out")
            }
            try database.execute(
                sql: """
                    UPDATE checkouts SET returned = ? WHERE account = ?
                    AND target = (SELECT id FROM targets WHERE name = ?)
                    """, arguments: [Clock.wallNanoseconds(), account, target])
            return (
                .credentialCheckedIn(target: target, account: account, user: checkout.user, cause: cause), ()
            )
        }
    }

    /// The account has a new password.
    public func endCheckout(target: String, account: String) throws(StoreError) {
        try self.write { database in
            try database.execute(
                sql: """
                    DELETE FROM checkouts WHERE account = ? AND returned IS NOT NULL
                    AND target = (SELECT id FROM targets WHERE name = ?)
                    """,
                arguments: [account, target])
        }
        try self.flush()
    }

    /// Nil when nobody has it.
    public func checkout(target: String, account: String) throws(StoreError) -> StoredCheckout? {
        try self.read { try Self.checkout(target: target, account: account, $0) }
    }

    /// Oldest first.
    public func checkouts() throws(StoreError) -> [StoredCheckout] {
        try self.read { database in
            try Row.fetchAll(database, sql: "\(Self.selectCheckouts) ORDER BY began").map(Self.checkout)
        }
    }

    private static let selectCheckouts = """
        SELECT checkouts.*, targets.name AS target_name FROM checkouts JOIN targets ON targets.id = target
        """

    private static func checkout(target: String, account: String, _ database: Database) throws -> StoredCheckout? {
        try Row.fetchOne(
            database, sql: "\(Self.selectCheckouts) WHERE targets.name = ? AND account = ?",
            arguments: [target, account]
        ).map(Self.checkout)
    }

    private static func checkout(_ row: Row) -> StoredCheckout {
        let returned: Int64? = row["returned"]
        return StoredCheckout(
            target: row["target_name"], account: row["account"], user: row["user"], from: row["from_address"],
            reason: row["reason"], beganNanoseconds: row["began"], untilNanoseconds: row["until"],
            isReturned: returned != nil)
    }
}

/// A password that a person knows, and since when. Times are UTC.
public struct StoredCheckout: Hashable, Sendable {
    public let target: String
    public let account: String
    public let user: String
    /// Address of the client.
    public let from: String
    public let reason: String
    public let beganNanoseconds: Int64
    /// It is returned by itself then.
    public let untilNanoseconds: Int64
    /// It was returned; the account waits for a new password.
    public let isReturned: Bool
}
