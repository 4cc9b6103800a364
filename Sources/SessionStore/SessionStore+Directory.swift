import AuditLog
import GRDB

/// What a directory says of one user.
public struct DirectoryAccount: Hashable, Sendable {
    public var name: String
    /// Never `local`.
    public var source: UserSource
    /// What the entry is, whatever its name, in each way that the directory says it; empty where it doesn't, or says
    /// nothing of the user. The user is tied to the first one at first, and stays the same as long as that is among them.
    public var identifiers: [String]
    /// Names of the gateway's groups; those that aren't there count for nothing.
    public var groups: [String]
    public var keys: [StoredKey]
    /// Why the user may not sign in; nil when they may.
    public var refusal: String?

    public init(
        name: String, source: UserSource, identifiers: [String] = [], groups: [String] = [], keys: [StoredKey] = [],
        refusal: String? = nil
    ) {
        self.name = name
        self.source = source
        self.identifiers = identifiers
        self.groups = groups
        self.keys = keys
        self.refusal = refusal
    }
}

extension SessionStore {
    /// What ``follow(_:creating:)`` found or did.
    public enum Following: Hashable, Sendable {
        /// There is no such user, and none was to be made.
        case unknown
        /// The user of this name is not that directory's.
        case foreign
        case unchanged
        /// Access may have been taken away.
        case changed
    }

    static let directoryActor = "directory"

    /// Brings a user up to date with their directory: groups, keys, and whether they may sign in. What administrators
    /// have added stays. Writes nothing when nothing differs.
    ///
    /// A user whose entry is another one than it was is suspended: who gets an old name inherits nothing.
    /// - parameter creating: makes the user when there is none.
    public func follow(_ account: DirectoryAccount, creating: Bool) throws(StoreError) -> Following {
        guard let user = try self.user(account.name) else {
            guard creating, account.refusal == nil else { return .unknown }
            do throws(StoreError) {
                try self.addUser(
                    account.name, keys: [], passwordHash: nil, source: account.source, by: Self.directoryActor)
            } catch {
                // Another login of the same user was quicker.
                guard error.code == .conflict else { throw error }
            }
            return try self.follow(account, creating: false)
        }
        guard user.source == account.source else { return .foreign }
        let known = Set(try self.groups().map(\.name))
        let change = DirectoryChange(of: user, by: account, knownGroups: known)
        guard !change.isEmpty else { return .unchanged }
        try self.changes(by: Self.directoryActor) { database in
            let id = try Self.requiredUserID(user.name, database)
            try change.write(user: id, name: user.name, database)
            return (change.words.map { .userChanged(user: user.name, change: $0) }, ())
        }
        return .changed
    }
}

/// What is different about a user from what their directory says.
private struct DirectoryChange {
    private let account: DirectoryAccount
    private let identifier: String?
    private let suspension: String?
    private var suspensionDiffers = false
    private var identifierDiffers = false
    private var addedGroups: [String] = []
    private var removedGroups: [String] = []
    private var addedKeys: [StoredKey] = []
    private var removedKeys: [StoredKey] = []

    init(of user: StoredUser, by account: DirectoryAccount, knownGroups: Set<String>) {
        self.account = account
        self.identifier = user.directoryID ?? account.identifiers.first
        if let old = user.directoryID, !account.identifiers.isEmpty, !account.identifiers.contains(old) {
            self.suspension = "the directory's entry of this name is another one than it was"
        } else if user.directoryID != nil, account.identifiers.isEmpty, account.refusal == nil {
            self.suspension = "the directory no longer shows which entry of this name it is"
        } else {
            self.suspension = account.refusal
        }
        self.suspensionDiffers = self.suspension != user.suspension
        self.identifierDiffers = self.identifier != user.directoryID
        // Of somebody who may not sign in, the rest stays as it was: it comes to nothing.
        guard self.suspension == nil else { return }
        let groups = Set(account.groups).intersection(knownGroups)
        self.addedGroups = groups.subtracting(user.groups).sorted()
        self.removedGroups = Set(user.directoryGroups).subtracting(groups).sorted()
        let (old, new) = (user.keys.filter { $0.source == account.source }.map(\.key), account.keys)
        self.addedKeys = new.filter { key in !user.keys.contains { $0.key.blob == key.blob } }
        self.removedKeys = old.filter { key in !new.contains { $0.blob == key.blob } }
    }

    var isEmpty: Bool { self.words.isEmpty && !self.identifierDiffers }

    /// What to put on record, a line each.
    var words: [String] {
        var words: [String] = []
        if self.suspensionDiffers { words.append(self.suspension.map { "suspended: \($0)" } ?? "no longer suspended") }
        if !self.addedGroups.isEmpty { words.append("joined groups: \(self.addedGroups.joined(separator: ","))") }
        if !self.removedGroups.isEmpty { words.append("left groups: \(self.removedGroups.joined(separator: ","))") }
        if !self.addedKeys.isEmpty {
            words.append("keys added: \(self.addedKeys.map(\.fingerprint).joined(separator: ","))")
        }
        if !self.removedKeys.isEmpty {
            words.append("keys removed: \(self.removedKeys.map(\.fingerprint).joined(separator: ","))")
        }
        return words
    }

    func write(user id: Int64, name: String, _ database: Database) throws {
        try database.execute(
            sql: "UPDATE users SET directory_id = ?, suspension = ? WHERE id = ?",
            arguments: [self.identifier, self.suspension, id])
        for group in self.addedGroups {
            try database.execute(
                sql: """
                    INSERT OR IGNORE INTO group_members (group_id, user, source)
                    SELECT id, ?, ? FROM groups WHERE name = ?
                    """,
                arguments: [id, self.account.source.rawValue, group])
        }
        for group in self.removedGroups {
            try database.execute(
                sql: """
                    DELETE FROM group_members
                    WHERE user = ? AND source <> 'local' AND group_id = (SELECT id FROM groups WHERE name = ?)
                    """,
                arguments: [id, group])
        }
        for key in self.removedKeys {
            try database.execute(
                sql: "DELETE FROM user_keys WHERE user = ? AND blob = ? AND source <> 'local'",
                arguments: [id, Blob(key.blob)])
        }
        for key in self.addedKeys {
            try SessionStore.insert(
                StoredUserKey(key: key, source: self.account.source), ofUser: id, name: name, database)
        }
    }
}
