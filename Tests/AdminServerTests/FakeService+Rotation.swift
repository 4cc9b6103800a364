import AdminAPI

extension FakeService {
    func rotateCredential(
        _ request: RotateCredentialRequest, target: String, account: String, by actor: AdminActor
    ) async throws -> RotationResult {
        self.note("rotateCredential \(target)/\(account) via \(request.via ?? "-")", actor)
        return RotationResult(
            target: target, account: account, kind: .password, version: 2, method: "chpasswd", fingerprint: nil,
            leftover: nil)
    }

    func scheduleRotation(
        _ schedule: RotationSchedule, target: String, account: String, by actor: AdminActor
    ) async throws -> CredentialInfo {
        self.note("scheduleRotation \(target)/\(account) \(schedule.everySeconds ?? 0)", actor)
        var info = CredentialInfo(
            target: target, account: account, kind: .password, publicKey: nil, changed: Self.time)
        info.rotation = schedule
        return info
    }

    func restoreCredential(
        _ request: RestoreCredentialRequest, target: String, account: String, by actor: AdminActor
    ) async throws -> CredentialInfo {
        self.note("restoreCredential \(target)/\(account) \(request.version) \(request.unproved)", actor)
        return CredentialInfo(
            target: target, account: account, kind: .password, publicKey: nil, changed: Self.time, version: 4)
    }

    func listCheckouts(by actor: AdminActor) async throws -> [CheckoutInfo] {
        self.note("listCheckouts", actor)
        return []
    }

    func checkIn(target: String, account: String, by actor: AdminActor) async throws -> CheckinResult {
        self.note("checkIn \(target)/\(account)", actor)
        return CheckinResult(rotated: true)
    }

    func discoverAccounts(
        _ request: DiscoverAccountsRequest, onTarget target: String, by actor: AdminActor
    ) async throws -> AccountDiscovery {
        self.note("discoverAccounts \(target) \(request.account)", actor)
        return AccountDiscovery(
            target: target, account: request.account, isPrivileged: true, accounts: [], unmanagedPrivileged: [])
    }
}
