import Foundation
import Testing

@testable import AuditLog

@Suite("Audit log")
struct AuditLogTests {
    /// One event of every kind, with every optional value there.
    static let samples: [AuditEvent] = [
        .gatewayStarted(version: "1", listen: "127.0.0.1:22"), .gatewayStopped(reason: "signal"),
        .connectionRefused(from: "1.2.3.4:5", limit: .perSource),
        .proxyHeaderRefused(from: "10.0.0.5:5", cause: "no header"),
        .loginSucceeded(user: "alice", methods: [.publicKey], from: "1.2.3.4:5", key: "SHA256:x"),
        .loginFailed(user: "alice@root@web1", method: .password, from: "1.2.3.4:5", cause: "wrong password"),
        .loginsGuessed(from: "1.2.3.4", failures: 7),
        .directoryLost(cause: "ldaps://dc1: no answer in time"), .directoryBack,
        .accessAllowed(
            session: "s", user: "alice", account: "root", target: "web1", from: "f", grants: ["g"],
            trace: "grant g: applies"),
        .accessDenied(
            user: "alice", account: "root", target: "web1", from: "f", reason: "no-grant", trace: "user alice: exists"),
        .accessWithdrawn(session: "s", user: "alice", from: "f", reason: "user disabled"),
        .sessionExpired(session: "s", user: "alice", from: "f", reason: "its hours are over"),
        .request(.filed(Self.request, from: "f", seconds: 1800, reason: "r", ticket: "OPS-1")),
        .request(.approvalGiven(Self.request, from: "f", text: "go", missing: 1)),
        .request(.approved(Self.request, from: "f", text: "go", until: "2027-01-05T12:00:00Z")),
        .request(.denied(Self.request, from: "f", text: "no")),
        .request(.expired(Self.request)),
        .request(.revoked(Self.request, from: "f", text: "done")),
        .request(.withdrawn(Self.request, from: "f")),
        .request(.overridden(Self.request, text: "nobody is there", until: "2027-01-05T12:00:00Z")),
        .request(.decisionRefused(Self.request, from: "f", attempt: "approve", cause: "c")),
        .breakGlass(
            .opened(Self.use, from: "f", method: "second-factor", reason: "r", until: "2027-01-05T12:00:00Z")),
        .breakGlass(.refused(user: "alice", account: "root", target: "web1", from: "f", cause: "c")),
        .breakGlass(.codesMade(threshold: 2, count: 5)),
        .breakGlass(.reviewed(Self.use, from: "f", text: "t", missing: 1)),
        .breakGlass(.reviewDone(Self.use, from: "f", text: "t")),
        .breakGlass(.unreviewed(Self.use, opened: "2027-01-05T12:00:00Z", missing: 2)),
        .breakGlass(.ended(Self.use, cause: "c")),
        .sessionStarted(session: "s", user: "alice", account: "root", target: "web1", from: "f", recording: "p"),
        .sessionEnded(session: "s", user: "alice", how: "closed", bytes: 1, milliseconds: 2, head: "00"),
        .sessionKilled(session: "s", reason: "r", closedMicroseconds: 3, verified: true),
        .sessionRecovered(session: "s", bytes: 1, tornBytes: 2, head: "00"),
        .sessionLocked(session: "s", reason: "r", confirmed: true), .sessionUnlocked(session: "s", confirmed: true),
        .sessionMessaged(session: "s", text: "t", mustAcknowledge: true, confirmed: false),
        .sessionMessageAcknowledged(session: "s", from: "admin"),
        .targetUnreachable(session: "s", target: "web1", address: "a:1", cause: "refused"),
        .targetHostKeyMismatch(session: "s", target: "web1", presented: "SHA256:x"),
        .targetCredentialRefused(session: "s", target: "web1", account: "root", cause: "c"),
        .targetConnectionFailed(session: "s", target: "web1", cause: "no common algorithm"),
        .certificateIssued(
            session: "s", target: "web1", account: "root", authority: "default", serial: 7, keyID: "sallyport s alice",
            principals: ["root"], sources: ["10.0.0.1"], validUntil: "2026-01-31T08:05:09Z", key: "SHA256:k"),
        .targetQuestionAnswered(session: "s", target: "web1", account: "root", question: "Code:", kind: "totp"),
        .credentialUnavailable(target: "web1", account: "root", cause: "https://bao:8200 is sealed"),
        .channelRefused(session: "s", channel: "local-forward", place: "db1:5432", cause: "not-granted"),
        .nestedSSH(session: "s", place: "db1:22", cut: true),
        .watcherJoined(session: "s", watcher: "bob", supervises: true),
        .watcherLeft(session: "s", watcher: "bob", cause: "silent"), .inputHeld(session: "s", cause: "no-supervisor"),
        .inputReleased(session: "s", by: "bob"),
        .commandMatched(session: "s", user: "alice", rule: "wipe", action: "kill", command: "rm -rf /", kind: "exec"),
        .commandApproved(session: "s", rule: "ask", command: "reboot"),
        .commandDenied(session: "s", rule: "ask", command: "reboot"), .sessionJoined(session: "s", watcher: "bob"),
        .recordingFailed(session: "s", cause: "disk full"), .recordingOpened(recording: "s", purpose: "replay"),
        .recordingAnchored(session: "s", bytes: 9, head: "ab"),
        .recordingQuarantined(session: "s", bytes: 9, cause: "3 bytes follow the seal"),
        .recordingsSearched(text: "nginx", hits: 3),
        .retentionRuleSet(rule: "target web1", keepSeconds: 86_400), .retentionRuleRemoved(rule: "target web1"),
        .legalHoldPlaced(hold: "user alice", reason: "r"), .legalHoldReleased(hold: "user alice", reason: "r"),
        .recordingDeleted(session: "s", rule: "target web1, 90 d", reason: "r", bytes: 9, head: "ab"),
        .deletedRecordingFound(session: "s"),
        .workerMisbehaved(session: "s", from: "f", pid: 9, cause: "openTarget before authentication"),
        .workerCrashed(session: "s", from: "f", pid: 9, cause: "signal 11"),
        .userAdded(user: "alice", keys: ["SHA256:x"], hasPassword: false),
        .userChanged(user: "alice", change: "password set"), .userRemoved(user: "alice"),
        .groupAdded(group: "ops", members: ["alice"]), .groupChanged(group: "ops", change: "comment x"),
        .groupRemoved(group: "ops"),
        .userAuthorityAdded(authority: "corp", key: "SHA256:x", principals: ["*"]),
        .userAuthorityRemoved(authority: "corp"),
        .serviceAccountAdded(user: "deploy", keys: ["SHA256:x"], sources: ["10.0.0.0/8"], sessions: 10),
        .revocationListRead(path: "/etc/revoked", entries: 3),
        .revocationListUnusable(path: "/etc/revoked", cause: "the revocation list is damaged"),
        .targetAdded(target: "web1", address: "a:1", hostKeys: ["SHA256:x"]),
        .targetChanged(target: "web1", change: "host keys pinned", hostKeys: ["SHA256:x"]),
        .targetRemoved(target: "web1"), .targetScanned(address: "a:1", hostKeys: ["SHA256:x"]),
        .credentialSet(target: "web1", account: "root", kind: "private-key", key: "SHA256:k"),
        .credentialRemoved(target: "web1", account: "root"),
        .authorityAdded(authority: "default", key: "SHA256:a", origin: "made"),
        .authorityRemoved(authority: "default", key: "SHA256:a"),
        .answerSet(target: "web1", account: "root", question: "*code*", kind: "totp"),
        .answerRemoved(target: "web1", account: "root", question: "*code*"),
        .rotationStarted(
            target: "web1", account: "root", kind: "password", trigger: "demand", via: "admin", key: "SHA256:k"),
        .credentialRotated(
            target: "web1", account: "root", kind: "private-key", trigger: "schedule", version: 2, key: "SHA256:k"),
        .rotationFailed(target: "web1", account: "root", cause: "c", state: "both-kept"),
        .credentialRestored(target: "web1", account: "root", version: 1, key: "SHA256:k", proved: true),
        .rotationScheduled(
            target: "web1", account: "root", everySeconds: 86_400, afterSessions: true, via: "admin", keysFile: "/k"),
        .accountsDiscovered(target: "web1", account: "root", accounts: 30, privileged: ["toor"]),
        .credentialCheckedOut(
            target: "web1", account: "root", user: "alice", from: "f", reason: "r", seconds: 1800),
        .credentialCheckedIn(target: "web1", account: "root", user: "alice", cause: "time"),
        .rotatedKeyRemoved(target: "web1", account: "root", key: "SHA256:k"),
        .grantAdded(
            grant: "g", users: ["alice"], groups: ["ops"], targets: ["web1"], accounts: ["root"], channels: ["shell"],
            forwards: ["db1:5432"], listens: ["localhost:*"], nestedSSH: true, keystrokes: "none",
            fileContent: "omit", secondFactorSeconds: 900, terms: ["deny"]),
        .grantRemoved(grant: "g"),
        .vaultKeyChanged(from: "key-file", to: "passphrase", key: "0011223344556677", entries: 7),
        .vaultEntryDamaged(entry: "the credential of web1/root", cause: "a stored secret is damaged"),
        .backupMade(key: "0011223344556677"),
        .backupRestored(made: "2026-11-30T00:00:00.000000Z", key: "0011223344556677"),
        .vaultServerLost(address: "https://bao:8200", cause: "no answer in time"),
        .vaultServerBack(address: "https://bao:8200"),
        .adminRequestDenied(
            method: "GET", path: "/v1/users", uid: 1000, pid: 7, from: "10.0.0.1", permission: "users.read"),
        .tokenCreated(
            token: "ci", prefix: "spt_0011", role: "auditor", user: "alice", permissions: ["audit.read"],
            expires: "2027-01-01T00:00:00.000000Z"),
        .tokenRevoked(token: "ci"), .tokenRefused(from: "10.0.0.1", token: "ci", cause: "expired"),
        .tokensGuessed(from: "10.0.0.1", failures: 3),
        .console(.signedIn(user: "alice", methods: [.password, .totp], from: "f")),
        .console(.signInFailed(user: "alice", from: "f", cause: "c")),
        .console(.signedOut(user: "alice", from: "f")),
        .auditReceiverLost(receiver: "siem", cause: "c"), .auditReceiverBack(receiver: "siem"),
    ]

    private static let use = AuditedUse(number: 3, user: "alice", account: "root", target: "web1", grant: "glass")
    private static let request = AuditedRequest(
        number: 17, user: "alice", account: "root", target: "web1", grant: "on-call")

    private func chain(_ events: [AuditEvent]) -> [AuditRecord] {
        var previous = AuditRecord.chainStart
        return events.enumerated().map { index, event in
            let record = AuditRecord(
                sequence: UInt64(index + 1), timeNanoseconds: Int64(index), event: event, actor: "alice",
                previousHash: previous)
            previous = record.hash
            return record
        }
    }

    @Test("every code belongs to one event, and is SP, four digits and a severity")
    func codes() {
        #expect(Self.samples.map(\.code).count == AuditCode.allCases.count)
        #expect(Set(Self.samples.map(\.code)) == Set(AuditCode.allCases))
        #expect(Set(AuditCode.allCases.map { $0.rawValue.dropLast() }).count == AuditCode.allCases.count)
        #expect(Set(AuditCode.allCases.map(\.title)).count == AuditCode.allCases.count)
        for code in AuditCode.allCases {
            #expect(code.rawValue.wholeMatch(of: /SP[0-9]{4}[IWE]/) != nil, "\(code)")
        }
    }

    @Test("docs/audit-events.md lists exactly these events with these fields")
    func documentation() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let text = try String(contentsOf: root.appending(path: "docs/audit-events.md"), encoding: .utf8)
        let rows = text.split(separator: "\n").filter { $0.hasPrefix("| SP") }.map { row in
            row.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
        }
        let expected = Self.samples.map { event in
            [
                event.code.rawValue, event.code.title,
                event.fields.map { "`\($0.name)`" }.joined(separator: ", "),
            ]
        }
        #expect(rows == expected)
    }

    @Test("an unaltered chain checks, and its head is the last row's hash")
    func unaltered() throws {
        let records = self.chain(Self.samples)
        var chain = AuditChain()
        for record in records { try chain.check(record) }
        #expect(chain.length == UInt64(Self.samples.count))
        #expect(chain.head == records.last?.hash)
    }

    @Test("a removed row, a swapped row and an altered row are each named")
    func altered() throws {
        let records = self.chain(Array(Self.samples.prefix(5)))
        var gap = AuditChain()
        try gap.check(records[0])
        #expect(throws: AuditChain.Failure.gap(expected: 2, found: 3)) { try gap.check(records[2]) }

        for change in ["actor", "field", "time", "code"] {
            let original = records[3]
            let changed = try #require(
                AuditRecord(
                    sequence: 4, timeNanoseconds: original.timeNanoseconds + (change == "time" ? 1 : 0),
                    code: change == "code" ? "SP2002W" : original.code,
                    actor: change == "actor" ? "mallory" : original.actor,
                    encodedFields: AuditField.encode(
                        change == "field" ? [AuditField(name: "user", value: "bob")] : original.fields),
                    hash: original.hash))
            var chain = AuditChain()
            for record in records[..<3] { try chain.check(record) }
            #expect(throws: AuditChain.Failure.altered(sequence: 4), "\(change)") { try chain.check(changed) }
        }
    }

    @Test("a stored row reads back the same", arguments: samples)
    func storage(event: AuditEvent) throws {
        let record = self.chain([event])[0]
        let restored = AuditRecord(
            sequence: record.sequence, timeNanoseconds: record.timeNanoseconds, code: record.code,
            actor: record.actor, encodedFields: AuditField.encode(record.fields), hash: record.hash)
        #expect(restored == record)
        #expect(restored?.follows(AuditRecord.chainStart) == true)
    }

    @Test("stored fields that were cut anywhere are refused or hold fewer fields")
    func cutFields() {
        let fields = AuditEvent.sessionKilled(session: "s", reason: "r", closedMicroseconds: 3, verified: true).fields
        let encoded = AuditField.encode(fields)
        for length in 0..<encoded.count {
            let decoded = AuditField.decode(Array(encoded.prefix(length)))
            #expect((decoded?.count ?? 0) < fields.count)
        }
    }

    @Test("text from outside can't break a line, move the cursor or grow without bounds")
    func printable() {
        let hostile = "a\u{1B}[2J\nb\u{202E}c\\" + String(repeating: "x", count: 10_000)
        let record = self.chain([.loginFailed(user: hostile, method: .none, from: "f", cause: "c")])[0]
        #expect(record.fields[0].value.hasPrefix("a\\u{1b}[2J\\u{a}b\\u{202e}c\\\\xxx"))
        #expect(record.fields[0].value.utf8.count <= AuditField.maximumValueBytes)
        #expect(!record.text.contains("\n"))
    }

    @Test("values that are not there leave no field")
    func missingValues() {
        let event = AuditEvent.accessDenied(user: "a", account: nil, target: "t", from: "f", reason: "r")
        #expect(event.fields.map(\.name) == ["user", "target", "from", "reason"])
    }
}
