import AdminAPI
import Synchronization

/// A gateway that remembers what it was asked and answers from memory.
final class FakeService: AdministrationService {
    struct State {
        var users: [UserInfo] = []
        var grants: [GrantInfo] = []
        var groups: [GroupInfo] = []
        /// What the next withdrawal ends.
        var withdrawal = Withdrawal()
        var calls: [String] = []
        var actors: [AdminActor] = []
        var denied: [DeniedAdminRequest] = []
        var secrets: [SecretField] = []
        var tokenPermissions = Role.auditor.permissions
        var isTokenGood = true
        var trouble: String?
        var findings: [Finding] = []
        var sessions: [SessionInfo]?
    }

    /// What went wrong inside, with words that nobody outside may read.
    struct InnerError: Error {
        let detail = "row 17 of table vault"
    }

    static let key = PublicKeyInfo(type: "ssh-ed25519", fingerprint: "SHA256:abc", line: "ssh-ed25519 AAAA test")
    /// A private key that needs a passphrase, any.
    static let protectedKey = SecretField(Array("protected".utf8))
    static let userKey = UserKeyInfo(type: "ssh-ed25519", fingerprint: "SHA256:a/b+c", line: "ssh-ed25519 AAAA test")
    static let time = Timestamp(nanosecondsSince1970: 1_700_000_000_123_456_000)

    let state = Mutex(State(withdrawal: Withdrawal(endedSessions: ["s1"], endedConnections: 2)))
    private let content: @Sendable (UInt64, Bool) -> AsyncThrowingStream<[UInt8], any Error>
    private let sample: SampleRecording?
    private let isSampleLive: Bool
    /// What it says of one session when it is asked for that.
    private let auditLog: [AuditEventInfo]

    init(
        content: @escaping @Sendable (UInt64, Bool) -> AsyncThrowingStream<[UInt8], any Error> = { _, _ in
            AsyncThrowingStream { nil }
        }
    ) {
        self.content = content
        self.sample = nil
        self.isSampleLive = false
        self.auditLog = []
    }

    /// Holds one recording that is still being written.
    init(live sample: SampleRecording, content: AsyncThrowingStream<[UInt8], any Error>) {
        self.sample = sample
        self.isSampleLive = true
        self.auditLog = []
        self.content = { _, _ in content }
    }

    /// Holds one recording, whose file may differ from what was written at first.
    init(sample: SampleRecording, bytes: [UInt8], auditLog: [AuditEventInfo] = []) {
        self.sample = sample
        self.isSampleLive = false
        self.auditLog = auditLog
        self.content = { offset, _ in
            AsyncThrowingStream { continuation in
                // In odd pieces, as a file that grows would come.
                for start in stride(from: Int(offset), to: bytes.count, by: 97) {
                    continuation.yield(Array(bytes[start..<min(start + 97, bytes.count)]))
                }
                continuation.finish()
            }
        }
    }

    var seen: State { self.state.withLock { $0 } }

    func note(_ call: String, _ actor: AdminActor) {
        self.state.withLock {
            $0.calls.append(call)
            $0.actors.append(actor)
        }
    }

    func status(by actor: AdminActor) async throws -> GatewayStatus {
        self.note("status", actor)
        return GatewayStatus(
            version: ProductVersion.current, pid: 7, started: Self.time, listen: "127.0.0.1:2222", sessions: 1,
            users: 2, targets: 3, recordings: 4, hostKeys: [Self.key], recordingSigningKey: Self.key)
    }

    func addUser(_ request: AddUserRequest, by actor: AdminActor) async throws -> UserInfo {
        self.note("addUser \(request.name)", actor)
        return try self.state.withLock { state in
            guard !state.users.contains(where: { $0.name == request.name }) else {
                throw AdminError(.conflict, "user \(request.name) exists", hint: "see sallyport user list")
            }
            if let password = request.password { state.secrets.append(password) }
            let user = UserInfo(
                name: request.name, keys: request.keys.map { _ in Self.userKey }, hasPassword: request.password != nil,
                added: Self.time)
            state.users.append(user)
            return user
        }
    }

    func listUsers(by actor: AdminActor) async throws -> [UserInfo] {
        self.note("listUsers", actor)
        return self.seen.users
    }

    func showUser(_ name: String, by actor: AdminActor) async throws -> UserInfo {
        self.note("showUser \(name)", actor)
        guard let user = self.seen.users.first(where: { $0.name == name }) else {
            throw AdminError(.notFound, "no user \(name)")
        }
        return user
    }

    func setPassword(_ request: SetPasswordRequest, ofUser name: String, by actor: AdminActor) async throws {
        self.note("setPassword \(name)", actor)
        self.state.withLock { $0.secrets.append(request.password) }
    }

    func addKeys(_ request: AddKeysRequest, toUser name: String, by actor: AdminActor) async throws -> UserInfo {
        self.note("addKeys \(name) \(request.keys.count)", actor)
        return try await self.showUser(name, by: actor)
    }

    private func target(_ name: String, _ address: String, _ keys: HostKeySource) -> TargetInfo {
        let pins = if case .lines(let lines) = keys { lines.map { _ in Self.key } } else { [Self.key] }
        return TargetInfo(name: name, address: address, hostKeys: pins, accounts: ["root"], added: Self.time)
    }

    func addTarget(_ request: AddTargetRequest, by actor: AdminActor) async throws -> TargetInfo {
        self.note("addTarget \(request.name) \(request.address) \(request.hostKeys)", actor)
        return self.target(request.name, request.address, request.hostKeys)
    }

    func listTargets(by actor: AdminActor) async throws -> [TargetInfo] {
        self.note("listTargets", actor)
        return [self.target("web1", "127.0.0.1:22", .scan)]
    }

    func showTarget(_ name: String, by actor: AdminActor) async throws -> TargetInfo {
        self.note("showTarget \(name)", actor)
        return self.target(name, "127.0.0.1:22", .scan)
    }

    func removeTarget(_ name: String, by actor: AdminActor) async throws {
        self.note("removeTarget \(name)", actor)
    }

    func pinHostKeys(_ request: PinHostKeysRequest, ofTarget name: String, by actor: AdminActor) async throws
        -> TargetInfo
    {
        self.note("pinHostKeys \(name)", actor)
        return self.target(name, "127.0.0.1:22", request.hostKeys)
    }

    func addHostKeys(_ request: PinHostKeysRequest, toTarget name: String, by actor: AdminActor) async throws
        -> TargetInfo
    {
        self.note("addHostKeys \(name)", actor)
        return self.target(name, "127.0.0.1:22", request.hostKeys)
    }

    func judgeHostKey(_ request: JudgeHostKeyRequest, ofTarget name: String, by actor: AdminActor) async throws
        -> TargetInfo
    {
        self.note("judgeHostKey \(name) \(request.verdict) \(request.fingerprint) \(request.keepsOthers)", actor)
        return self.target(name, "127.0.0.1:22", .scan)
    }

    func changeTarget(_ request: ChangeTargetRequest, named name: String, by actor: AdminActor) async throws
        -> TargetInfo
    {
        self.note("changeTarget \(name) \(request.algorithms ?? "-") \(request.passwordPrompt ?? "-")", actor)
        return self.target(name, "127.0.0.1:22", .scan)
    }

    func scanHostKeys(_ request: ScanHostKeysRequest, by actor: AdminActor) async throws -> [PublicKeyInfo] {
        self.note("scanHostKeys \(request.address)", actor)
        return [Self.key]
    }

    func setCredential(_ request: SetCredentialRequest, by actor: AdminActor) async throws -> CredentialInfo {
        self.note("setCredential \(request.target)/\(request.account) \(request.kind)", actor)
        guard request.secret != Self.protectedKey || request.passphrase != nil else {
            throw AdminError(.passphraseNeeded, "it is protected", hint: "say the word")
        }
        if let passphrase = request.passphrase { self.state.withLock { $0.secrets.append(passphrase) } }
        self.state.withLock { $0.secrets.append(request.secret) }
        return CredentialInfo(
            target: request.target, account: request.account, kind: request.kind, publicKey: nil, changed: Self.time)
    }

    func listCredentials(by actor: AdminActor) async throws -> [CredentialInfo] {
        self.note("listCredentials", actor)
        throw InnerError()
    }

    func showCredential(target: String, account: String, by actor: AdminActor) async throws -> CredentialInfo {
        self.note("showCredential \(target)/\(account)", actor)
        return CredentialInfo(
            target: target, account: account, kind: .certificate, publicKey: Self.key,
            certificate: CertificateOptions(principals: ["ops"]), changed: Self.time)
    }

    func credentialHistory(
        target: String, account: String, by actor: AdminActor
    ) async throws -> [CredentialChangeInfo] {
        self.note("credentialHistory \(target)/\(account)", actor)
        return [
            CredentialChangeInfo(
                change: .set, kind: .privateKey, fingerprint: Self.key.fingerprint, actor: "root", time: Self.time)
        ]
    }

    func setAnswer(
        _ request: SetAnswerRequest, target: String, account: String, by actor: AdminActor
    ) async throws -> CredentialInfo {
        self.note("setAnswer \(target)/\(account) \(request.question) \(request.kind)", actor)
        self.state.withLock { $0.secrets.append(request.secret) }
        return CredentialInfo(
            target: target, account: account, kind: .password, publicKey: nil,
            answers: [AnswerInfo(question: request.question, kind: request.kind, details: "", changed: Self.time)],
            changed: Self.time)
    }

    func removeAnswer(question: String, target: String, account: String, by actor: AdminActor) async throws {
        self.note("removeAnswer \(target)/\(account) \(question)", actor)
    }

    func listAuthorities(by actor: AdminActor) async throws -> [AuthorityInfo] {
        self.note("listAuthorities", actor)
        return [AuthorityInfo(name: "default", publicKey: Self.key, accounts: ["web1/root"], added: Self.time)]
    }

    func removeAuthority(_ name: String, by actor: AdminActor) async throws {
        self.note("removeAuthority \(name)", actor)
    }

    func removeCredential(target: String, account: String, by actor: AdminActor) async throws {
        self.note("removeCredential \(target)/\(account)", actor)
    }

    func vaultStatus(by actor: AdminActor) async throws -> VaultStatus {
        self.note("vaultStatus", actor)
        return VaultStatus(
            kind: .keyFile, key: "0011223344556677", place: "/srv/keys/vault.key", changed: Self.time, entries: 7,
            damaged: ["the credential of web1/root: a stored secret is damaged"], isLocked: true)
    }

    func rekeyVault(_ request: RekeyVaultRequest, by actor: AdminActor) async throws -> RekeyVaultResult {
        self.note("rekeyVault \(request.kind?.rawValue ?? "-") \(request.path ?? request.credential ?? "-")", actor)
        if let passphrase = request.passphrase { self.state.withLock { $0.secrets.append(passphrase) } }
        return RekeyVaultResult(
            kind: request.kind ?? .keyFile, key: "8899aabbccddeeff", place: request.path ?? request.credential,
            entries: 7, remark: nil)
    }

    func backup(by actor: AdminActor) async throws -> AsyncThrowingStream<[UInt8], any Error> {
        self.note("backup", actor)
        return self.content(0, false)
    }

    func addGrant(_ request: AddGrantRequest, by actor: AdminActor) async throws -> GrantInfo {
        self.note("addGrant \(request.name)", actor)
        let grant = GrantInfo(
            name: request.name, users: request.users, targets: request.targets, accounts: request.accounts,
            allow: request.allow, added: Self.time)
        self.state.withLock { $0.grants.append(grant) }
        return grant
    }

    func listGrants(by actor: AdminActor) async throws -> [GrantInfo] {
        self.note("listGrants", actor)
        return self.seen.grants
    }

    func explain(_ request: ExplainRequest, by actor: AdminActor) async throws -> Explanation {
        self.note("explain \(request.user) \(request.account) \(request.target)", actor)
        return Explanation(
            allowed: true, reason: "grant admins", verdict: "allowed", allow: ["shell"],
            trace: [.init(rule: "grant admins", matched: true, reason: "names the user")])
    }

    func listDestinations(ofUser name: String, by actor: AdminActor) async throws -> [DestinationInfo] {
        self.note("listDestinations \(name)", actor)
        return [DestinationInfo(target: "web1", account: "root", allow: ["shell"])]
    }

    func listSessions(by actor: AdminActor) async throws -> [SessionInfo] {
        self.note("listSessions", actor)
        return self.seen.sessions ?? [
            SessionInfo(
                id: "s1", user: "alice", account: "root", target: "web1", from: "127.0.0.1:5000", started: Self.time,
                pid: 42, grant: "admins", recordedBytes: 2048)
        ]
    }

    func showSession(_ id: String, by actor: AdminActor) async throws -> SessionInfo {
        self.note("showSession \(id)", actor)
        throw AdminError(.notFound, "no session \(id)")
    }

    func killSession(_ id: String, _ request: KillSessionRequest, by actor: AdminActor) async throws -> KillResult {
        self.note("killSession \(id) \(request.reason)", actor)
        return KillResult(id: id, closedMilliseconds: 1.25, verified: id != "zombie")
    }

    func lockSession(
        _ id: String, _ request: LockSessionRequest, by actor: AdminActor
    ) async throws -> ControlledSession {
        self.note("lockSession \(id) \(request.reason)", actor)
        return ControlledSession(id: id, changed: true)
    }

    func unlockSession(_ id: String, by actor: AdminActor) async throws -> ControlledSession {
        self.note("unlockSession \(id)", actor)
        return ControlledSession(id: id, changed: false)
    }

    func messageSession(
        _ id: String, _ request: MessageSessionRequest, by actor: AdminActor
    ) async throws -> ControlledSession {
        self.note("messageSession \(id) \(request.text) \(request.mustAcknowledge)", actor)
        return ControlledSession(id: id, changed: true)
    }

    private func recording(_ id: String) -> RecordingInfo {
        let isLive = self.sample == nil || self.isSampleLive
        return RecordingInfo(
            id: id, path: "/r/\(id).spr", user: "alice", account: "root", target: "web1", from: "127.0.0.1:5000",
            started: Self.time, ended: isLive ? nil : Self.time, how: isLive ? nil : "closed", bytes: 10)
    }

    func listRecordings(by actor: AdminActor) async throws -> [RecordingInfo] {
        self.note("listRecordings", actor)
        return [self.recording("r1")]
    }

    func showRecording(_ id: String, by actor: AdminActor) async throws -> RecordingInfo {
        self.note("showRecording \(id)", actor)
        return self.recording(id)
    }

    func openRecording(_ id: String, for purpose: RecordingPurpose, by actor: AdminActor) async throws
        -> RecordingAccess
    {
        self.note("openRecording \(id) \(purpose)", actor)
        let keys =
            if let subkeys = self.sample?.subkeys.encoded() {
                RecordingAccess.Keys(
                    frames: SecretField(Array(subkeys[..<32])), gateway: SecretField(Array(subkeys[32...])))
            } else {
                RecordingAccess.Keys(frames: SecretField([1, 2, 3]), gateway: SecretField([4, 5, 6]))
            }
        return RecordingAccess(
            recording: self.recording(id), signingKey: self.sample?.signingKey ?? Self.key,
            keys: purpose.needsKeys ? keys : nil)
    }

    func recordingContent(_ id: String, from offset: UInt64, follow: Bool, by actor: AdminActor) async throws
        -> AsyncThrowingStream<[UInt8], any Error>
    {
        self.note("recordingContent \(id) \(offset) \(follow)", actor)
        return self.content(offset, follow)
    }

    func recordingIndex(_ id: String, by actor: AdminActor) async throws -> [UInt8] {
        self.note("recordingIndex \(id)", actor)
        guard id == "r1" else { throw AdminError(.notFound, "the recording \(id) has no index") }
        return [1, 2, 3]
    }

    func searchRecordings(_ query: RecordingSearchQuery, by actor: AdminActor) async throws -> RecordingSearchResult {
        self.note("searchRecordings \(query.text) \(query.limit)", actor)
        let hit = RecordingHit(
            recording: "r1", user: "alice", account: "root", target: "web1", started: Self.time, channel: 2,
            time: 62_345_678, kind: "command", snippet: "restart \u{1b}[2Jnginx")
        return RecordingSearchResult(hits: query.text == "none" ? [] : [hit], unsearched: 2, partlySearched: 0)
    }

    func listAuditEvents(_ query: AuditQuery, by actor: AdminActor) async throws -> [AuditEventInfo] {
        self.note("listAuditEvents \(query.limit) \(query.code ?? "-")", actor)
        if let session = query.session { return self.auditLog.filter { $0.fields["session"] == session } }
        return [
            AuditEventInfo(
                sequence: 1, time: Self.time, code: "SP1001I", actor: "root", text: "bad\u{1b}[2Jname", fields: [:])
        ]
    }

    func auditPage(after sequence: UInt64, limit: Int, by actor: AdminActor) async throws -> AuditPage {
        self.note("auditPage \(sequence) \(limit)", actor)
        return AuditPage(lines: [], last: sequence, before: String(repeating: "00", count: 32), isLast: true)
    }

    func denied(_ request: DeniedAdminRequest, by actor: AdminActor) async {
        self.state.withLock {
            $0.denied.append(request)
            $0.actors.append(actor)
        }
    }
}
