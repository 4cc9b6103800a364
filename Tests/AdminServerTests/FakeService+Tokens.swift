import AdminAPI

extension FakeService {
    /// The only token that is good, an auditor's unless `tokenPermissions` says otherwise.
    static let token = "spt_good"

    static let tokenInfo = TokenInfo(
        name: "ci", role: .auditor, user: "alice", permissions: Role.auditor.permissions.sorted(), state: .active,
        prefix: "spt_good", created: FakeService.time, createdBy: "root", expires: FakeService.time, lastUsed: nil)

    func createToken(_ request: CreateTokenRequest, by actor: AdminActor) async throws -> CreatedToken {
        self.note("createToken \(request.name) \(request.role.rawValue)", actor)
        return CreatedToken(token: Self.token, info: Self.tokenInfo)
    }

    func listTokens(by actor: AdminActor) async throws -> [TokenInfo] {
        self.note("listTokens", actor)
        return [Self.tokenInfo]
    }

    func revokeToken(_ name: String, by actor: AdminActor) async throws -> TokenInfo {
        self.note("revokeToken \(name)", actor)
        return Self.tokenInfo
    }

    func isStillGood(_ actor: AdminActor) async -> Bool { self.seen.isTokenGood }

    func holder(ofToken token: SecretField, from: String) async throws -> AdminActor {
        guard token.bytes == Array(Self.token.utf8) else { throw AdminError(.unauthenticated, "the token is not good") }
        return AdminActor(
            name: "alice by token ci", origin: .token(name: "ci", from: from),
            permissions: self.seen.tokenPermissions)
    }
}
