extension AuditEvent {
    /// The event's values in a fixed order; values that are nil are left out.
    public var fields: [AuditField] {
        var list = FieldList()
        switch self {
        case .gatewayStarted(let version, let listen):
            list.add("version", version)
            list.add("listen", listen)
        case .gatewayStopped(let reason):
            list.add("reason", reason)
        case .connectionRefused(let from, let limit):
            list.add("from", from)
            list.add("limit", limit.rawValue)
        case .proxyHeaderRefused(let from, let cause):
            list.add("from", from)
            list.add("cause", cause)
        case .loginSucceeded(let user, let methods, let from, let key):
            list.add("user", user)
            list.add("method", methods.map(\.rawValue).joined(separator: "+"))
            list.add("from", from)
            list.add("key", key)
        case .loginFailed(let user, let method, let from, let cause):
            list.add("user", user)
            list.add("method", method.rawValue)
            list.add("from", from)
            list.add("cause", cause)
        case .loginsGuessed(let from, let failures):
            list.add("from", from)
            list.add("failures", UInt64(max(0, failures)))
        case .directoryLost(let cause):
            list.add("cause", cause)
        case .directoryBack: break
        case .request(let event): for pair in event.pairs { list.add(pair.name, pair.value) }
        case .breakGlass(let event): for pair in event.pairs { list.add(pair.name, pair.value) }
        case .console(let event): for pair in event.pairs { list.add(pair.name, pair.value) }
        case .accessAllowed(let session, let user, let account, let target, let from, let grants, let trace):
            list.add("session", session)
            list.add("user", user)
            list.add("account", account)
            list.add("target", target)
            list.add("from", from)
            list.add("grants", grants)
            list.add("trace", trace)
        case .accessDenied(let user, let account, let target, let from, let reason, let trace):
            list.add("user", user)
            list.add("account", account)
            list.add("target", target)
            list.add("from", from)
            list.add("reason", reason)
            list.add("trace", trace)
        case .accessWithdrawn(let session, let user, let from, let reason):
            list.add("session", session)
            list.add("user", user)
            list.add("from", from)
            list.add("reason", reason)
        case .sessionExpired(let session, let user, let from, let reason):
            list.add("session", session)
            list.add("user", user)
            list.add("from", from)
            list.add("reason", reason)
        case .sessionStarted(let session, let user, let account, let target, let from, let recording):
            list.add("session", session)
            list.add("user", user)
            list.add("account", account)
            list.add("target", target)
            list.add("from", from)
            list.add("recording", recording)
        case .sessionEnded(let session, let user, let how, let bytes, let milliseconds, let head):
            list.add("session", session)
            list.add("user", user)
            list.add("how", how)
            list.add("bytes", bytes)
            list.add("milliseconds", milliseconds)
            list.add("head", head)
        case .sessionKilled(let session, let reason, let closedMicroseconds, let verified):
            list.add("session", session)
            list.add("reason", reason)
            list.add("closed_microseconds", closedMicroseconds)
            list.add("verified", verified)
        case .sessionLocked(let session, let reason, let confirmed):
            list.add("session", session)
            list.add("reason", reason)
            list.add("confirmed", confirmed)
        case .sessionUnlocked(let session, let confirmed):
            list.add("session", session)
            list.add("confirmed", confirmed)
        case .watcherJoined(let session, let watcher, let supervises):
            list.add("session", session)
            list.add("watcher", watcher)
            list.add("supervises", supervises)
        case .watcherLeft(let session, let watcher, let cause):
            list.add("session", session)
            list.add("watcher", watcher)
            list.add("cause", cause)
        case .inputHeld(let session, let cause):
            list.add("session", session)
            list.add("cause", cause)
        case .inputReleased(let session, let by):
            list.add("session", session)
            list.add("by", by)
        case .commandMatched(let session, let user, let rule, let action, let command, let kind):
            list.add("session", session)
            list.add("user", user)
            list.add("rule", rule)
            list.add("action", action)
            list.add("command", command)
            list.add("kind", kind)
        case .sessionJoined(let session, let watcher):
            list.add("session", session)
            list.add("watcher", watcher)
        case .commandApproved(let session, let rule, let command), .commandDenied(let session, let rule, let command):
            list.add("session", session)
            list.add("rule", rule)
            list.add("command", command)
        case .sessionMessaged(let session, let text, let mustAcknowledge, let confirmed):
            list.add("session", session)
            list.add("text", text)
            list.add("must_acknowledge", mustAcknowledge)
            list.add("confirmed", confirmed)
        case .sessionMessageAcknowledged(let session, let from):
            list.add("session", session)
            list.add("from", from)
        case .sessionRecovered(let session, let bytes, let tornBytes, let head):
            list.add("session", session)
            list.add("bytes", bytes)
            list.add("torn_bytes", tornBytes)
            list.add("head", head)
        case .targetUnreachable(let session, let target, let address, let cause):
            list.add("session", session)
            list.add("target", target)
            list.add("address", address)
            list.add("cause", cause)
        case .targetHostKeyMismatch(let session, let target, let presented):
            list.add("session", session)
            list.add("target", target)
            list.add("presented", presented)
        case .targetCredentialRefused(let session, let target, let account, let cause):
            list.add("session", session)
            list.add("target", target)
            list.add("account", account)
            list.add("cause", cause)
        case .targetConnectionFailed(let session, let target, let cause):
            list.add("session", session)
            list.add("target", target)
            list.add("cause", cause)
        case .certificateIssued(
            let session, let target, let account, let authority, let serial, let keyID, let principals, let sources,
            let validUntil, let key):
            list.add("session", session)
            list.add("target", target)
            list.add("account", account)
            list.add("authority", authority)
            list.add("serial", serial)
            list.add("key_id", keyID)
            list.add("principals", principals)
            if !sources.isEmpty { list.add("sources", sources) }
            list.add("valid_until", validUntil)
            list.add("key", key)
        case .targetQuestionAnswered(let session, let target, let account, let question, let kind):
            list.add("session", session)
            list.add("target", target)
            list.add("account", account)
            list.add("question", question)
            list.add("kind", kind)
        case .channelRefused(let session, let channel, let place, let cause):
            list.add("session", session)
            list.add("channel", channel)
            list.add("place", place.isEmpty ? nil : place)
            list.add("cause", cause)
        case .nestedSSH(let session, let place, let cut):
            list.add("session", session)
            list.add("place", place)
            list.add("cut", cut)
        case .recordingFailed(let session, let cause):
            list.add("session", session)
            list.add("cause", cause)
        case .recordingOpened(let recording, let purpose):
            list.add("recording", recording)
            list.add("purpose", purpose)
        case .recordingAnchored(let session, let bytes, let head):
            list.add("session", session)
            list.add("bytes", bytes)
            list.add("head", head)
        case .recordingQuarantined(let session, let bytes, let cause):
            list.add("session", session)
            list.add("bytes", bytes)
            list.add("cause", cause)
        case .recordingsSearched(let text, let hits):
            list.add("text", text)
            list.add("hits", UInt64(hits))
        case .retentionRuleSet(let rule, let seconds):
            list.add("rule", rule)
            list.add("keep_seconds", seconds.map(String.init))
        case .retentionRuleRemoved(let rule): list.add("rule", rule)
        case .legalHoldPlaced(let hold, let reason), .legalHoldReleased(let hold, let reason):
            list.add("hold", hold)
            list.add("reason", reason)
        case .recordingDeleted(let session, let rule, let reason, let bytes, let head):
            list.add("session", session)
            list.add("rule", rule)
            list.add("reason", reason)
            list.add("bytes", bytes)
            list.add("head", head)
        case .deletedRecordingFound(let session): list.add("session", session)
        case .workerMisbehaved(let session, let from, let pid, let cause),
            .workerCrashed(let session, let from, let pid, let cause):
            list.add("session", session)
            list.add("from", from)
            list.add("pid", UInt64(max(0, pid)))
            list.add("cause", cause)
        case .userAdded(let user, let keys, let hasPassword):
            list.add("user", user)
            list.add("keys", keys)
            list.add("has_password", hasPassword)
        case .userChanged(let user, let change):
            list.add("user", user)
            list.add("change", change)
        case .userRemoved(let user):
            list.add("user", user)
        case .groupAdded(let group, let members):
            list.add("group", group)
            list.add("members", members)
        case .groupChanged(let group, let change):
            list.add("group", group)
            list.add("change", change)
        case .groupRemoved(let group):
            list.add("group", group)
        case .userAuthorityAdded(let authority, let key, let principals):
            list.add("authority", authority)
            list.add("key", key)
            list.add("principals", principals)
        case .userAuthorityRemoved(let authority):
            list.add("authority", authority)
        case .serviceAccountAdded(let user, let keys, let sources, let sessions):
            list.add("user", user)
            list.add("keys", keys)
            list.add("sources", sources)
            list.add("sessions", UInt64(max(0, sessions)))
        case .revocationListRead(let path, let entries):
            list.add("path", path)
            list.add("entries", UInt64(max(0, entries)))
        case .revocationListUnusable(let path, let cause):
            list.add("path", path)
            list.add("cause", cause)
        case .targetAdded(let target, let address, let hostKeys):
            list.add("target", target)
            list.add("address", address)
            list.add("host_keys", hostKeys)
        case .targetChanged(let target, let change, let hostKeys):
            list.add("target", target)
            list.add("change", change)
            list.add("host_keys", hostKeys)
        case .targetRemoved(let target):
            list.add("target", target)
        case .targetScanned(let address, let hostKeys):
            list.add("address", address)
            list.add("host_keys", hostKeys)
        case .credentialSet(let target, let account, let kind, let key):
            list.add("target", target)
            list.add("account", account)
            list.add("kind", kind)
            list.add("key", key)
        case .credentialRemoved(let target, let account):
            list.add("target", target)
            list.add("account", account)
        case .authorityAdded(let authority, let key, let origin):
            list.add("authority", authority)
            list.add("key", key)
            list.add("origin", origin)
        case .authorityRemoved(let authority, let key):
            list.add("authority", authority)
            list.add("key", key)
        case .answerSet(let target, let account, let question, let kind):
            list.add("target", target)
            list.add("account", account)
            list.add("question", question)
            list.add("kind", kind)
        case .answerRemoved(let target, let account, let question):
            list.add("target", target)
            list.add("account", account)
            list.add("question", question)
        case .rotationStarted(let target, let account, let kind, let trigger, let via, let key):
            list.add("target", target)
            list.add("account", account)
            list.add("kind", kind)
            list.add("trigger", trigger)
            list.add("via", via)
            list.add("key", key)
        case .credentialRotated(let target, let account, let kind, let trigger, let version, let key):
            list.add("target", target)
            list.add("account", account)
            list.add("kind", kind)
            list.add("trigger", trigger)
            list.add("version", UInt64(max(0, version)))
            list.add("key", key)
        case .rotationFailed(let target, let account, let cause, let state):
            list.add("target", target)
            list.add("account", account)
            list.add("cause", cause)
            list.add("state", state)
        case .rotatedKeyRemoved(let target, let account, let key):
            list.add("target", target)
            list.add("account", account)
            list.add("key", key)
        case .credentialRestored(let target, let account, let version, let key, let proved):
            list.add("target", target)
            list.add("account", account)
            list.add("version", UInt64(max(0, version)))
            list.add("key", key)
            list.add("proved", proved)
        case .rotationScheduled(let target, let account, let seconds, let afterSessions, let via, let keysFile):
            list.add("target", target)
            list.add("account", account)
            list.add("every_seconds", seconds.map(String.init))
            list.add("after_sessions", afterSessions)
            list.add("via", via)
            list.add("keys_file", keysFile)
        case .credentialCheckedOut(let target, let account, let user, let from, let reason, let seconds):
            list.add("target", target)
            list.add("account", account)
            list.add("user", user)
            list.add("from", from)
            list.add("reason", reason)
            list.add("seconds", seconds)
        case .credentialCheckedIn(let target, let account, let user, let cause):
            list.add("target", target)
            list.add("account", account)
            list.add("user", user)
            list.add("cause", cause)
        case .accountsDiscovered(let target, let account, let accounts, let privileged):
            list.add("target", target)
            list.add("account", account)
            list.add("accounts", UInt64(max(0, accounts)))
            list.add("privileged", privileged)
        case .grantAdded(
            let grant, let users, let groups, let targets, let accounts, let channels, let forwards, let listens,
            let nestedSSH, let keystrokes, let fileContent, let secondFactorSeconds, let terms):
            list.add("grant", grant)
            list.add("users", users)
            if !groups.isEmpty { list.add("groups", groups) }
            list.add("targets", targets)
            list.add("accounts", accounts)
            list.add("channels", channels)
            if !forwards.isEmpty { list.add("forwards", forwards) }
            if !listens.isEmpty { list.add("listens", listens) }
            if nestedSSH { list.add("nested_ssh", nestedSSH) }
            list.add("keystrokes", keystrokes)
            list.add("file_content", fileContent)
            list.add("second_factor_seconds", secondFactorSeconds.map(String.init))
            list.add("terms", terms.isEmpty ? nil : terms.joined(separator: "; "))
        case .grantRemoved(let grant):
            list.add("grant", grant)
        case .auditReceiverLost(let receiver, let cause):
            list.add("receiver", receiver)
            list.add("cause", cause)
        case .auditReceiverBack(let receiver):
            list.add("receiver", receiver)
        case .vaultKeyChanged(let from, let to, let key, let entries):
            list.add("from", from)
            list.add("to", to)
            list.add("key", key)
            list.add("entries", entries)
        case .vaultEntryDamaged(let entry, let cause):
            list.add("entry", entry)
            list.add("cause", cause)
        case .backupMade(let key):
            list.add("key", key)
        case .backupRestored(let made, let key):
            list.add("made", made)
            list.add("key", key)
        case .vaultServerLost(let address, let cause):
            list.add("address", address)
            list.add("cause", cause)
        case .vaultServerBack(let address):
            list.add("address", address)
        case .credentialUnavailable(let target, let account, let cause):
            list.add("target", target)
            list.add("account", account)
            list.add("cause", cause)
        case .adminRequestDenied(let method, let path, let uid, let pid, let from, let permission):
            list.add("method", method)
            list.add("path", path)
            list.add("uid", uid.map { String($0) })
            list.add("pid", pid.map { String(max(0, $0)) })
            list.add("from", from)
            list.add("permission", permission)
        case .tokenCreated(let token, let prefix, let role, let user, let permissions, let expires):
            list.add("token", token)
            list.add("prefix", prefix)
            list.add("role", role)
            list.add("user", user)
            list.add("permissions", permissions)
            list.add("expires", expires)
        case .tokenRevoked(let token):
            list.add("token", token)
        case .tokenRefused(let from, let token, let cause):
            list.add("from", from)
            list.add("token", token)
            list.add("cause", cause)
        case .tokensGuessed(let from, let failures):
            list.add("from", from)
            list.add("failures", failures)
        }
        return list.fields
    }
}

private struct FieldList {
    private(set) var fields: [AuditField] = []

    mutating func add(_ name: String, _ value: String?) {
        if let value { self.fields.append(AuditField(name: name, value: value)) }
    }

    mutating func add(_ name: String, _ value: UInt64) { self.add(name, String(value)) }

    mutating func add(_ name: String, _ value: Bool) { self.add(name, value ? "true" : "false") }

    /// Names and fingerprints hold no commas.
    mutating func add(_ name: String, _ values: [String]) { self.add(name, values.joined(separator: ",")) }
}
