/// The part of ``AdministrationService`` that is about people: users, their keys, and groups of them.
///
/// Whatever takes access away ends what it had let in, and returns when that is dead. `reason` is the
/// administrator's own; nil for none.
public protocol PeopleAdministration: Sendable {
    func addUser(_ request: AddUserRequest, by actor: AdminActor) async throws -> UserInfo
    /// In order of name.
    func listUsers(by actor: AdminActor) async throws -> [UserInfo]
    func showUser(_ name: String, by actor: AdminActor) async throws -> UserInfo
    func changeUser(_ request: ChangeUserRequest, named name: String, by actor: AdminActor) async throws -> Withdrawal
    func removeUser(_ name: String, reason: String?, by actor: AdminActor) async throws -> Withdrawal
    func setPassword(_ request: SetPasswordRequest, ofUser name: String, by actor: AdminActor) async throws
    func addKeys(_ request: AddKeysRequest, toUser name: String, by actor: AdminActor) async throws -> UserInfo
    /// - parameter fingerprint: `SHA256:…`.
    func removeKey(_ fingerprint: String, ofUser name: String, reason: String?, by actor: AdminActor) async throws
        -> Withdrawal

    /// Makes a new secret, which counts once it is confirmed; one that the user had counts no longer.
    func beginSecondFactor(ofUser name: String, by actor: AdminActor) async throws -> SecondFactorEnrolment
    /// Throws `invalidInput` for a wrong code: the enrolment goes on.
    func confirmSecondFactor(
        _ request: ConfirmSecondFactorRequest, ofUser name: String, by actor: AdminActor
    ) async throws -> RecoveryCodes
    func removeSecondFactor(ofUser name: String, by actor: AdminActor) async throws
    /// New recovery codes in place of all the old.
    func makeRecoveryCodes(ofUser name: String, by actor: AdminActor) async throws -> RecoveryCodes

    /// Asks every server of the directory.
    func directoryStatus(by actor: AdminActor) async throws -> DirectoryStatus
    /// What the directory says of somebody. Throws `notFound`, and `unavailable` when it gives no answer.
    func showDirectoryPerson(_ name: String, by actor: AdminActor) async throws -> DirectoryPersonInfo
    func addUserAuthority(_ request: AddUserAuthorityRequest, by actor: AdminActor) async throws -> UserAuthorityInfo
    /// In order of name.
    func listUserAuthorities(by actor: AdminActor) async throws -> [UserAuthorityInfo]
    func removeUserAuthority(_ name: String, reason: String?, by actor: AdminActor) async throws -> Withdrawal

    func addGroup(_ request: AddGroupRequest, by actor: AdminActor) async throws -> GroupInfo
    /// In order of name.
    func listGroups(by actor: AdminActor) async throws -> [GroupInfo]
    func showGroup(_ name: String, by actor: AdminActor) async throws -> GroupInfo
    func changeGroup(_ request: ChangeGroupRequest, named name: String, by actor: AdminActor) async throws
        -> ChangedGroup
    func removeGroup(_ name: String, reason: String?, by actor: AdminActor) async throws -> Withdrawal
}
