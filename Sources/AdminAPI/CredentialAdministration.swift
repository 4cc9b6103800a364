/// What an administrator can ask about the gateway's credentials for targets. As ``AdministrationService``.
public protocol CredentialAdministration: Sendable {
    func setCredential(_ request: SetCredentialRequest, by actor: AdminActor) async throws -> CredentialInfo
    /// In order of target, then account.
    func listCredentials(by actor: AdminActor) async throws -> [CredentialInfo]
    func showCredential(target: String, account: String, by actor: AdminActor) async throws -> CredentialInfo
    /// Oldest first.
    func credentialHistory(target: String, account: String, by actor: AdminActor) async throws
        -> [CredentialChangeInfo]
    func removeCredential(target: String, account: String, by actor: AdminActor) async throws

    /// Returns when the new secret is proved, or throws `failed` with what the target takes now.
    func rotateCredential(_ request: RotateCredentialRequest, target: String, account: String, by actor: AdminActor)
        async throws -> RotationResult
    func scheduleRotation(_ schedule: RotationSchedule, target: String, account: String, by actor: AdminActor)
        async throws -> CredentialInfo
    /// Throws `failed`, and changes nothing, when the target refuses the former secret.
    func restoreCredential(_ request: RestoreCredentialRequest, target: String, account: String, by actor: AdminActor)
        async throws -> CredentialInfo
    /// Passwords that people have, oldest first.
    func listCheckouts(by actor: AdminActor) async throws -> [CheckoutInfo]
    /// Takes one back. Throws `notFound` when nobody has it.
    func checkIn(target: String, account: String, by actor: AdminActor) async throws -> CheckinResult
    /// Looks at the accounts of a target through one of them. Changes nothing there.
    func discoverAccounts(_ request: DiscoverAccountsRequest, onTarget target: String, by actor: AdminActor)
        async throws -> AccountDiscovery

    /// Throws `notFound` for an account without a credential. Returns the account's credential with its answers.
    func setAnswer(_ request: SetAnswerRequest, target: String, account: String, by actor: AdminActor) async throws
        -> CredentialInfo
    func removeAnswer(question: String, target: String, account: String, by actor: AdminActor) async throws

    /// In order of name.
    func listAuthorities(by actor: AdminActor) async throws -> [AuthorityInfo]
    /// Throws `conflict` while an account uses it.
    func removeAuthority(_ name: String, by actor: AdminActor) async throws
}
