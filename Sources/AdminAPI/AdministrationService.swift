/// Everything that an administrator can ask of a running gateway. The server calls it, the broker implements it.
///
/// Names, addresses and keys arrive as the peer wrote them: the implementation checks them. Every method throws
/// `AdminError`; any other error reaches the peer as a plain "failed". Each call that changes or opens something
/// is audited by the implementation in the name of `actor`.
public protocol AdministrationService: CredentialAdministration, PeopleAdministration,
    ReportAdministration, AccessDocumentAdministration, TokenAdministration, RequestAdministration,
    EmergencyAdministration, WatchAdministration,
    HealthAdministration, RoleAdministration, RetentionAdministration, ConsoleAdministration
{
    func status(by actor: AdminActor) async throws -> GatewayStatus

    /// Where the policy lets the user go now, in order of target, then account. None for a user who is disabled.
    func listDestinations(ofUser name: String, by actor: AdminActor) async throws -> [DestinationInfo]

    func addTarget(_ request: AddTargetRequest, by actor: AdminActor) async throws -> TargetInfo
    /// In order of name.
    func listTargets(by actor: AdminActor) async throws -> [TargetInfo]
    func showTarget(_ name: String, by actor: AdminActor) async throws -> TargetInfo
    func changeTarget(_ request: ChangeTargetRequest, named name: String, by actor: AdminActor) async throws
        -> TargetInfo
    /// Ends the sessions on it.
    func removeTarget(_ name: String, by actor: AdminActor) async throws
    func pinHostKeys(_ request: PinHostKeysRequest, ofTarget name: String, by actor: AdminActor) async throws
        -> TargetInfo
    func addHostKeys(_ request: PinHostKeysRequest, toTarget name: String, by actor: AdminActor) async throws
        -> TargetInfo
    func judgeHostKey(_ request: JudgeHostKeyRequest, ofTarget name: String, by actor: AdminActor) async throws
        -> TargetInfo
    /// Shows the host keys of an address without storing anything.
    func scanHostKeys(_ request: ScanHostKeysRequest, by actor: AdminActor) async throws -> [PublicKeyInfo]

    /// Tries every stored secret.
    func vaultStatus(by actor: AdminActor) async throws -> VaultStatus
    /// Gives the vault a new key, while sessions go on. Throws `failed` and changes nothing when a stored secret can't
    /// be opened.
    func rekeyVault(_ request: RekeyVaultRequest, by actor: AdminActor) async throws -> RekeyVaultResult
    /// A backup as it is now: a tar archive in pieces of at most 256 KiB, to be pulled. Secrets in it are sealed.
    func backup(by actor: AdminActor) async throws -> AsyncThrowingStream<[UInt8], any Error>

    func addGrant(_ request: AddGrantRequest, by actor: AdminActor) async throws -> GrantInfo
    /// In order of name.
    func listGrants(by actor: AdminActor) async throws -> [GrantInfo]
    /// Ends the sessions that no other grant permits.
    func removeGrant(_ name: String, reason: String?, by actor: AdminActor) async throws -> Withdrawal
    func explain(_ request: ExplainRequest, by actor: AdminActor) async throws -> Explanation

    /// Oldest first.
    func listSessions(by actor: AdminActor) async throws -> [SessionInfo]
    func showSession(_ id: String, by actor: AdminActor) async throws -> SessionInfo
    /// Returns once the legs are closed and the worker is dead, or throws `failed`.
    func killSession(_ id: String, _ request: KillSessionRequest, by actor: AdminActor) async throws -> KillResult

    /// Each returns once it is in the recording and in force, or throws `failed`: the session's process does not answer
    /// then, and a kill is what is left.
    func lockSession(_ id: String, _ request: LockSessionRequest, by actor: AdminActor) async throws
        -> ControlledSession
    func unlockSession(_ id: String, by actor: AdminActor) async throws -> ControlledSession
    /// Throws `unavailable` where no terminal is there to show it on.
    func messageSession(_ id: String, _ request: MessageSessionRequest, by actor: AdminActor) async throws
        -> ControlledSession

    /// Oldest first, live ones included.
    func listRecordings(by actor: AdminActor) async throws -> [RecordingInfo]
    func showRecording(_ id: String, by actor: AdminActor) async throws -> RecordingInfo
    /// Gives what it takes to read the recording. Throws `unavailable` when the gateway holds no key for it.
    func openRecording(_ id: String, for purpose: RecordingPurpose, by actor: AdminActor) async throws
        -> RecordingAccess
    /// The bytes of the session file from `offset` on, in pieces of at most 256 KiB; to be pulled, so that a slow
    /// reader holds nothing up. With `follow` it waits for more and ends when the file is sealed; without, at the
    /// present end of the file. Ends early when its consumer is cancelled.
    func recordingContent(_ id: String, from offset: UInt64, follow: Bool, by actor: AdminActor) async throws
        -> AsyncThrowingStream<[UInt8], any Error>
    /// The file beside the recording that makes it quick to seek in, as encrypted as the recording (at most 16 MiB).
    /// Throws `notFound` when there is none.
    func recordingIndex(_ id: String, by actor: AdminActor) async throws -> [UInt8]
    /// What the gateway knows of ended recordings, newest first. Audited.
    func searchRecordings(_ query: RecordingSearchQuery, by actor: AdminActor) async throws -> RecordingSearchResult

    /// Oldest first.
    func listAuditEvents(_ query: AuditQuery, by actor: AdminActor) async throws -> [AuditEventInfo]
    /// Up to `limit` rows after row `sequence`, with all that it takes to check them.
    func auditPage(after sequence: UInt64, limit: Int, by actor: AdminActor) async throws -> AuditPage

    /// Audits a request that the server turned away. `actor` is who asked.
    func denied(_ request: DeniedAdminRequest, by actor: AdminActor) async
}
