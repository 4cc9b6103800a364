import AuditLog
import GRDB
import Platform

extension SessionStore {
    /// Keeps the new secret of an account before anything is done to the target. It is on the disk when this returns.
    /// Throws `conflict` while an earlier one is not settled.
    public func beginRotation(
        target: String, account: String, kind: StoredCredentialKind, sealed: [UInt8], publicKey: StoredKey?,
        trigger: String, via: String?, by actor: String
    ) throws(StoreError) -> StoredRotation {
        let rotation = StoredRotation(
            id: RecordingID.random().description, target: target, account: account, phase: .candidate, kind: kind,
            sealed: sealed, publicKey: publicKey, trigger: trigger, actor: actor,
            startedNanoseconds: Clock.wallNanoseconds(), failure: nil)
        try self.change(by: actor) { database in
            let id = try Self.requiredTargetID(target, database)
            guard try Self.rotation(target: target, account: account, database) == nil else {
                throw StoreError(.conflict, "an earlier rotation of \(target)/\(account) is not settled yet")
            }
            try database.execute(
                sql: """
                    INSERT INTO credential_rotations
                    (target, account, id, phase, kind, sealed, key_type, key_blob, key_comment, key_fingerprint,
                        "trigger", actor, started)
                    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                    """,
                arguments: [
                    id, account, rotation.id, rotation.phase.rawValue, kind.rawValue, Blob(sealed), publicKey?.type,
                    publicKey.map { Blob($0.blob) }, publicKey?.comment, publicKey?.fingerprint, trigger, actor,
                    rotation.startedNanoseconds,
                ])
            return (
                .rotationStarted(
                    target: target, account: account, kind: kind.rawValue, trigger: trigger, via: via,
                    key: publicKey?.fingerprint), ()
            )
        }
        return rotation
    }

    /// Nil when none is under way or unsettled.
    public func rotation(target: String, account: String) throws(StoreError) -> StoredRotation? {
        try self.read { try Self.rotation(target: target, account: account, $0) }
    }

    /// All that are under way or unsettled, oldest first.
    public func rotations() throws(StoreError) -> [StoredRotation] {
        try self.read { database in
            try Row.fetchAll(database, sql: "\(Self.selectRotations) ORDER BY started").map(Self.rotation)
        }
    }

    /// The new secret was proved by a login: it is the account's from now on, and the former one is kept with the
    /// versions. With `leavingOldKey` the rotation goes on as ``StoredRotation/Phase/cleanup``, else it is over.
    /// - returns: the version.
    public func commitRotation(_ rotation: StoredRotation, leavingOldKey: Bool) throws(StoreError) -> Int {
        try self.change(by: rotation.actor) { database in
            let target = try Self.requiredTargetID(rotation.target, database)
            guard
                let row = try Row.fetchOne(
                    database, sql: "SELECT * FROM credential_rotations WHERE id = ? AND phase = 'candidate'",
                    arguments: [rotation.id]),
                let former = try Row.fetchOne(
                    database,
                    sql: """
                        SELECT key_type, key_blob, key_comment, key_fingerprint FROM credentials
                        WHERE target = ? AND account = ?
                        """,
                    arguments: [target, rotation.account])
            else { throw StoreError(.conflict, "the rotation of \(rotation.target)/\(rotation.account) is over") }
            let version = try Self.replaceCredential(
                of: target, rotation.account, by: row, .rotated, actor: rotation.actor, database)
            let isOldKeyLeft = leavingOldKey && former["key_blob"] as Blob? != nil
            if isOldKeyLeft {
                try database.execute(
                    sql: """
                        UPDATE credential_rotations SET phase = 'cleanup', sealed = NULL, key_type = ?, key_blob = ?,
                        key_comment = ?, key_fingerprint = ?, failure = NULL WHERE id = ?
                        """,
                    arguments: [
                        former["key_type"] as String?, former["key_blob"] as Blob?, former["key_comment"] as String?,
                        former["key_fingerprint"] as String?, rotation.id,
                    ])
            } else {
                try database.execute(sql: "DELETE FROM credential_rotations WHERE id = ?", arguments: [rotation.id])
            }
            return (
                .credentialRotated(
                    target: rotation.target, account: rotation.account, kind: rotation.kind.rawValue,
                    trigger: rotation.trigger, version: version, key: rotation.publicKey?.fingerprint), version
            )
        }
    }

    /// The target has taken the old secret and not the new one.
    /// - parameters:
    ///   - isHeard: the change is known to have come to its end. Else it may come through yet, and the new secret is
    ///     kept as a version that can be restored; with true it is forgotten.
    ///   - leavingNewKey: the new key's line may be on the target: the rotation goes on as
    ///     ``StoredRotation/Phase/rollback``, else it is over.
    public func abandonRotation(
        _ rotation: StoredRotation, cause: String, isHeard: Bool, leavingNewKey: Bool
    ) throws(StoreError) {
        try self.change(by: rotation.actor) { database in
            if !isHeard { try Self.keepUnproved(rotation, database) }
            if leavingNewKey {
                try database.execute(
                    sql: "UPDATE credential_rotations SET phase = 'rollback', sealed = NULL, failure = ? WHERE id = ?",
                    arguments: [cause, rotation.id])
            } else {
                try database.execute(sql: "DELETE FROM credential_rotations WHERE id = ?", arguments: [rotation.id])
            }
            return (
                .rotationFailed(
                    target: rotation.target, account: rotation.account, cause: cause,
                    state: leavingNewKey ? "new-key-left" : isHeard ? "old-works" : "new-kept"), ()
            )
        }
    }

    /// Puts the new secret with the account's versions.
    private static func keepUnproved(_ rotation: StoredRotation, _ database: Database) throws {
        let target = try Self.requiredTargetID(rotation.target, database)
        let number = try Self.nextVersion(of: target, rotation.account, database)
        let now = Clock.wallNanoseconds()
        try database.execute(
            sql: """
                INSERT INTO credential_versions
                (target, account, number, kind, sealed, key_type, key_blob, key_comment, key_fingerprint, replaced)
                SELECT target, account, ?, kind, sealed, key_type, key_blob, key_comment, key_fingerprint, ?
                FROM credential_rotations WHERE id = ? AND sealed IS NOT NULL
                """, arguments: [number, now, rotation.id])
        guard database.changesCount == 1 else {
            throw StoreError(.conflict, "the rotation of \(rotation.target)/\(rotation.account) is over")
        }
        try Self.note(
            .unproved, target: target, account: rotation.account, kind: rotation.kind.rawValue,
            fingerprint: rotation.publicKey?.fingerprint, version: number, by: rotation.actor, at: now, database)
    }

    /// Nobody knows yet what the target takes, or a key's line could not be removed: all is kept.
    public func deferRotation(_ rotation: StoredRotation, cause: String) throws(StoreError) {
        try self.change(by: rotation.actor) { database in
            try database.execute(
                sql: "UPDATE credential_rotations SET failure = ? WHERE id = ?", arguments: [cause, rotation.id])
            return (
                .rotationFailed(
                    target: rotation.target, account: rotation.account, cause: cause,
                    state: rotation.phase.state), ()
            )
        }
    }

    /// The key whose line was to leave the target has left it.
    public func finishRotation(_ rotation: StoredRotation) throws(StoreError) {
        try self.change(by: rotation.actor) { database in
            try database.execute(sql: "DELETE FROM credential_rotations WHERE id = ?", arguments: [rotation.id])
            return (
                .rotatedKeyRemoved(
                    target: rotation.target, account: rotation.account, key: rotation.publicKey?.fingerprint), ()
            )
        }
    }

    /// Whoever sets a credential by hand knows better: what was not settled goes.
    static func dropRotation(of target: Int64, _ account: String, _ database: Database) throws {
        try database.execute(
            sql: "DELETE FROM credential_rotations WHERE target = ? AND account = ?", arguments: [target, account])
    }

    private static let selectRotations = """
        SELECT credential_rotations.*, targets.name AS target_name FROM credential_rotations
        JOIN targets ON targets.id = target
        """

    private static func rotation(target: String, account: String, _ database: Database) throws -> StoredRotation? {
        try Row.fetchOne(
            database, sql: "\(Self.selectRotations) WHERE targets.name = ? AND account = ?",
            arguments: [target, account]
        ).map(Self.rotation)
    }

    private static func rotation(_ row: Row) throws -> StoredRotation {
        let word: String = row["phase"]
        guard let phase = StoredRotation.Phase(rawValue: word) else {
            throw StoreError(
                .database, "a rotation is in the unknown phase \(word): use the version that wrote it")
        }
        let sealed: Blob? = row["sealed"]
        return StoredRotation(
            id: row["id"], target: row["target_name"], account: row["account"], phase: phase,
            kind: try Self.credentialKind(row["kind"]), sealed: sealed?.bytes, publicKey: Self.storedKey(row),
            trigger: row["trigger"], actor: row["actor"], startedNanoseconds: row["started"], failure: row["failure"])
    }
}

extension StoredRotation.Phase {
    /// What the audit log calls it when it lasts.
    fileprivate var state: String {
        switch self {
        case .candidate: "both-kept"
        case .cleanup: "old-key-left"
        case .rollback: "new-key-left"
        }
    }
}
