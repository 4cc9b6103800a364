/// Everything that the gateway puts on record. Text from outside is given as it came; it is made printable on entry.
///
/// `session` fields are nil while no session id exists yet. Who did it is given apart, see ``AuditRecord/actor``.
public enum AuditEvent: Hashable, Sendable {
    case gatewayStarted(version: String, listen: String)
    case gatewayStopped(reason: String)
    case connectionRefused(from: String, limit: ConnectionLimit)
    /// A trusted proxy began a connection without saying whose it is. `from` is the proxy.
    case proxyHeaderRefused(from: String, cause: String)

    /// `methods` in the order of their proof; `key` is the fingerprint of the public key, nil without one.
    case loginSucceeded(user: String, methods: [LoginMethod], from: String, key: String?)
    /// `user` is the login name as the client gave it.
    case loginFailed(user: String, method: LoginMethod, from: String, cause: String)
    /// Failures of a minute at most that have no rows of their own. `from` is an address, or a network of IPv6.
    case loginsGuessed(from: String, failures: Int)
    /// No server of the directory gives answers: until `directoryBack` its users can't log in by password.
    case directoryLost(cause: String)
    case directoryBack

    /// `trace` is what the policy looked at, in the words of its explanation; likewise below.
    case accessAllowed(
        session: String, user: String, account: String, target: String, from: String, grants: [String],
        trace: String? = nil)
    /// `reason` is the policy's stable word.
    case accessDenied(
        user: String, account: String?, target: String, from: String, reason: String, trace: String? = nil)
    /// A connection was ended because what let it in is gone. `session` is nil when it had none.
    case accessWithdrawn(session: String?, user: String, from: String, reason: String)
    /// A session came to the end of its hours, or to a limit of its grants, and was ended.
    case sessionExpired(session: String, user: String, from: String, reason: String)
    /// A request for access, see ``RequestEvent``.
    case request(RequestEvent)
    /// An emergency, see ``BreakGlassEvent``.
    case breakGlass(BreakGlassEvent)
    /// Who signs in to the web console, see ``ConsoleEvent``.
    case console(ConsoleEvent)

    case sessionStarted(session: String, user: String, account: String, target: String, from: String, recording: String)
    /// `bytes` is the size of the recording, `head` the hash (hex) that its final seal holds.
    case sessionEnded(session: String, user: String, how: String, bytes: UInt64, milliseconds: UInt64, head: String?)
    case sessionKilled(session: String, reason: String, closedMicroseconds: UInt64, verified: Bool)
    /// A session that a crash left open was sealed afterwards; `tornBytes` of an unfinished record were cut off.
    /// `confirmed` is false when the session's process didn't answer in time.
    case sessionLocked(session: String, reason: String, confirmed: Bool)
    case sessionUnlocked(session: String, confirmed: Bool)
    case sessionMessaged(session: String, text: String, mustAcknowledge: Bool, confirmed: Bool)
    case sessionMessageAcknowledged(session: String, from: String)
    case sessionRecovered(session: String, bytes: UInt64, tornBytes: UInt64, head: String?)
    case targetUnreachable(session: String?, target: String, address: String, cause: String)
    /// `presented` is the fingerprint of the key that the target showed.
    case targetHostKeyMismatch(session: String?, target: String, presented: String)
    /// `cause` is what the admin was told.
    case targetCredentialRefused(session: String?, target: String, account: String, cause: String)
    case targetConnectionFailed(session: String?, target: String, cause: String)
    /// A question of the target's login was answered from the vault. `question` is the target's.
    case targetQuestionAnswered(session: String, target: String, account: String, question: String, kind: String)
    /// `key` is the fingerprint of the key that was made for the session, `validUntil` in UTC.
    case certificateIssued(
        session: String, target: String, account: String, authority: String, serial: UInt64, keyID: String,
        principals: [String], sources: [String], validUntil: String, key: String)

    /// `supervises` says whether input may go on while they watch.
    case watcherJoined(session: String, watcher: String, supervises: Bool)
    /// `cause` is `left`, or `silent` for one that gave no sign of life.
    case watcherLeft(session: String, watcher: String, cause: String)
    /// `cause` is `no-supervisor`, or `not-acknowledged` when one watched and did not say so in time.
    case inputHeld(session: String, cause: String)
    case inputReleased(session: String, by: String)
    /// `kind` is `exec`, or `line` for one at a shell, which `command` has as the terminal shows it.
    case commandMatched(session: String, user: String, rule: String, action: String, command: String, kind: String)
    case commandApproved(session: String, rule: String, command: String)
    case commandDenied(session: String, rule: String, command: String)
    /// A watcher has begun to type.
    case sessionJoined(session: String, watcher: String)

    /// `channel` is a word for its kind, `place` where it was to go, `cause` a stable word.
    case channelRefused(session: String, channel: String, place: String, cause: String)
    /// `cut` says whether the forwarded connection was ended for it.
    case nestedSSH(session: String, place: String, cut: Bool)

    case recordingFailed(session: String, cause: String)
    case recordingOpened(recording: String, purpose: String)
    /// `head` is the SHA-256 (hex) of the first `bytes` of a recording that still grows, all of them on the disk.
    case recordingAnchored(session: String, bytes: UInt64, head: String)
    /// A recording without an end is not what the gateway signed: it is left as it is, and never sealed.
    case recordingQuarantined(session: String, bytes: UInt64, cause: String)
    /// `hits` is the number of lines that were shown.
    case recordingsSearched(text: String, hits: Int)
    /// `rule` is what it is about, such as `target web1`; without `keepSeconds` it keeps for ever.
    case retentionRuleSet(rule: String, keepSeconds: UInt64?)
    case retentionRuleRemoved(rule: String)
    /// `hold` is what it is about, such as `user alice`.
    case legalHoldPlaced(hold: String, reason: String)
    case legalHoldReleased(hold: String, reason: String)
    /// `rule` with the time that it keeps, such as `target web1, 90 d`, or `by hand`. `bytes` and `head` are those of the
    /// seal, which is kept.
    case recordingDeleted(session: String, rule: String, reason: String?, bytes: UInt64, head: String)
    /// It was there once more, from a copy of the recordings.
    case deletedRecordingFound(session: String)

    case workerMisbehaved(session: String?, from: String, pid: Int32, cause: String)
    case workerCrashed(session: String?, from: String, pid: Int32, cause: String)

    case userAdded(user: String, keys: [String], hasPassword: Bool)
    /// `change` says what in a few words, such as `password set`.
    case userChanged(user: String, change: String)
    case userRemoved(user: String)
    case groupAdded(group: String, members: [String])
    case groupChanged(group: String, change: String)
    case groupRemoved(group: String)
    /// `key` is the fingerprint of the authority's.
    case userAuthorityAdded(authority: String, key: String, principals: [String])
    case userAuthorityRemoved(authority: String)
    /// `sources` are the addresses and networks that it may come from, `sessions` how many it may have at once.
    case serviceAccountAdded(user: String, keys: [String], sources: [String], sessions: Int)
    /// `entries` is the number of keys, hashes, key ids, serial numbers and ranges of them.
    case revocationListRead(path: String, entries: Int)
    /// No key lets anybody in meanwhile.
    case revocationListUnusable(path: String, cause: String)
    case targetAdded(target: String, address: String, hostKeys: [String])
    case targetChanged(target: String, change: String, hostKeys: [String])
    case targetRemoved(target: String)
    case targetScanned(address: String, hostKeys: [String])
    /// `key` is the fingerprint of a private key's public half.
    case credentialSet(target: String, account: String, kind: String, key: String?)
    case credentialRemoved(target: String, account: String)
    /// `origin` is `made` or `imported`.
    case authorityAdded(authority: String, key: String, origin: String)
    case authorityRemoved(authority: String, key: String)
    /// `question` is the pattern; empty for the usual questions of the kind.
    case answerSet(target: String, account: String, question: String, kind: String)
    case answerRemoved(target: String, account: String, question: String)
    /// The new secret is in the vault, and nothing is done to the target yet. `trigger` is a stable word.
    case rotationStarted(target: String, account: String, kind: String, trigger: String, via: String?, key: String?)
    case credentialRotated(
        target: String, account: String, kind: String, trigger: String, version: Int, key: String?)
    /// `state` is a stable word: `old-works`, `new-kept`, `both-kept`, `old-key-left` or `new-key-left`.
    case rotationFailed(target: String, account: String, cause: String, state: String)
    /// The line of a key that is the account's no more, or never was, has left the target; `key` is its fingerprint.
    case rotatedKeyRemoved(target: String, account: String, key: String?)
    /// `proved` says whether a login has shown that the target takes it.
    case credentialRestored(target: String, account: String, version: Int, key: String?, proved: Bool)
    case rotationScheduled(
        target: String, account: String, everySeconds: UInt64?, afterSessions: Bool, via: String?, keysFile: String?)
    /// A password was shown to a user, who has it for so long.
    case credentialCheckedOut(
        target: String, account: String, user: String, from: String, reason: String, seconds: UInt64)
    /// `cause` is a stable word: `returned`, `time`, `withdrawn` or `operator`. The account gets a new password.
    case credentialCheckedIn(target: String, account: String, user: String, cause: String)
    /// `privileged` are the names of those that may become root and whose credential the vault does not hold.
    case accountsDiscovered(target: String, account: String, accounts: Int, privileged: [String])
    case grantAdded(
        grant: String, users: [String], groups: [String] = [], targets: [String], accounts: [String],
        channels: [String], forwards: [String] = [], listens: [String] = [], nestedSSH: Bool = false,
        keystrokes: String,
        fileContent: String, secondFactorSeconds: Int? = nil, terms: [String] = [])
    case grantRemoved(grant: String)

    /// A vault server gave no credential, and no session began.
    case credentialUnavailable(target: String, account: String, cause: String)
    /// The gateway has lost its standing with a vault server: until `vaultServerBack` sessions may be refused.
    case vaultServerLost(address: String, cause: String)
    case vaultServerBack(address: String)
    /// `from` and `to` are kinds of key, `key` is the id (hex) of the new one, `entries` the number of stored secrets.
    case vaultKeyChanged(from: String, to: String, key: String, entries: UInt64)
    /// `entry` says whose the stored secret is.
    case vaultEntryDamaged(entry: String, cause: String)
    /// `key` is the id (hex) of the vault key that opens the backup.
    case backupMade(key: String)
    /// `made` is the time of the backup, UTC.
    case backupRestored(made: String, key: String)

    /// `uid` and `pid` are those of a peer of the control socket, `from` the address of a client over HTTPS. `permission`
    /// is what the actor lacks, nil for one who may do nothing.
    case adminRequestDenied(
        method: String, path: String, uid: UInt32?, pid: Int32?, from: String?, permission: String?)
    /// `prefix` is how the token begins, `expires` a time in UTC. `user` is nil for a token of nobody's.
    case tokenCreated(
        token: String, prefix: String, role: String, user: String?, permissions: [String], expires: String)
    case tokenRevoked(token: String)
    /// `token` is its name; nil for one that there is not. Never what was shown.
    case tokenRefused(from: String, token: String?, cause: String)
    /// `failures` since the last such row, beyond those with a row of their own.
    case tokensGuessed(from: String, failures: UInt64)

    /// Rows wait for it in the log.
    case auditReceiverLost(receiver: String, cause: String)
    case auditReceiverBack(receiver: String)
}

/// Which limit turned a connection away.
public enum ConnectionLimit: String, CaseIterable, Hashable, Sendable {
    case total
    case perSource = "per-source"
    case unauthenticated
    /// The process table, memory or descriptors ran out.
    case resources
}

/// How someone proved, or tried to prove, who they are.
public enum LoginMethod: String, CaseIterable, Hashable, Sendable {
    case publicKey = "public-key"
    case password
    /// A certificate of an authority for users.
    case certificate
    /// A code of an authenticator app.
    case totp
    case recoveryCode = "recovery-code"
    /// A sign-in at an OpenID provider.
    case oidc
    /// The inner connection of a jump: the outer one has proved who it is.
    case jump
    /// The client gave up, or ran out of time or attempts, before any proof.
    case none
}
