import AdminAPI
import AuditLog
import Platform
import SessionStore

extension GatewayAdministration {
    func createToken(_ request: CreateTokenRequest, by actor: AdminActor) async throws -> CreatedToken {
        let permissions = try Self.permissions(of: request)
        let lacking = permissions.subtracting(actor.permissions)
        guard lacking.isEmpty else {
            throw AdminError(
                .denied,
                "nobody gives away what they lack: \(lacking.sorted().map(\.rawValue).joined(separator: ", "))",
                hint: "name less with --scope")
        }
        let now = Clock.wallNanoseconds()
        guard request.expires.nanosecondsSince1970 > now else {
            throw AdminError(.invalidInput, "a token that has expired already is of no use")
        }
        guard request.expires.nanosecondsSince1970 - now <= CreateTokenRequest.longestLife * 1_000_000_000 else {
            throw AdminError(
                .invalidInput, "a token lives for \(CreateTokenRequest.longestLife / 86_400) days at most")
        }
        let token = APIToken.random()
        let stored = StoredToken(
            name: request.name, prefix: token.prefix, hash: token.hash, role: request.role.rawValue,
            scope: request.scope.map { $0.map(\.rawValue) }, owner: request.user, createdBy: actor.name,
            expiresNanoseconds: request.expires.nanosecondsSince1970)
        let event = AuditEvent.tokenCreated(
            token: request.name, prefix: token.prefix, role: request.role.rawValue, user: request.user,
            permissions: permissions.sorted().map(\.rawValue), expires: request.expires.description)
        let store = self.store
        return try await self.perform {
            try store.addToken(stored, audited: event)
            return CreatedToken(token: token.text, info: try Self.info(named: request.name, store))
        }
    }

    func listTokens(by actor: AdminActor) async throws -> [TokenInfo] {
        let store = self.store
        return try await self.perform { try store.tokens().compactMap(TokenInfo.init) }
    }

    func revokeToken(_ name: String, by actor: AdminActor) async throws -> TokenInfo {
        let store = self.store
        return try await self.perform {
            try store.revokeToken(name, by: actor.name)
            return try Self.info(named: name, store)
        }
    }

    func holder(ofToken secret: SecretField, from host: String) async throws -> AdminActor {
        let store = self.store
        let (stored, cause) = try await self.perform { try Self.judge(secret, store) }
        guard let stored, cause == nil, let info = TokenInfo(stored) else {
            guard await self.tokenRefusals.note(from: host, token: stored?.name, cause: cause ?? "of another version")
            else {
                throw AdminError(
                    .throttled, "too many tokens from this address that are not good", hint: "try again in a minute")
            }
            throw AdminError(
                .unauthenticated, "the token is not good", hint: "see sallyport token list on the gateway's host")
        }
        return AdminActor(
            name: stored.owner.map { "\($0) by token \(stored.name)" } ?? "token \(stored.name)",
            origin: .token(name: stored.name, from: host), permissions: Set(info.permissions),
            owner: stored.owner)
    }

    func isStillGood(_ actor: AdminActor) async -> Bool {
        let name: String
        switch actor.origin {
        case .peer: return true
        case .console(let session, _): return await self.isStillSignedIn(session, actor.permissions)
        case .token(let token, _): name = token
        }
        let store = self.store
        let info = try? await self.perform { try store.token(named: name).flatMap { TokenInfo($0) } }
        guard let info, info.state == .active else { return false }
        return actor.permissions.isSubset(of: info.permissions)
    }

    /// How often the use of a token is noted, in nanoseconds.
    private static let useGrain: Int64 = 60_000_000_000

    /// The token that was shown, and why it is not good; without a cause it is.
    private static func judge(_ secret: SecretField, _ store: SessionStore) throws -> (StoredToken?, String?) {
        guard let shown = APIToken(shown: secret.bytes), let stored = try store.token(withPrefix: shown.prefix),
            shown.matches(stored.hash)
        else { return (nil, "unknown") }
        switch TokenInfo.State(of: stored) {
        case .revoked: return (stored, "revoked")
        case .expired: return (stored, "expired")
        case .disabled: return (stored, "its user is not let in")
        case .active: break
        }
        let now = Clock.wallNanoseconds()
        if now - (stored.lastUsedNanoseconds ?? 0) > Self.useGrain {
            try store.noteUse(ofToken: stored.name, atNanoseconds: now)
        }
        return (stored, nil)
    }

    private static func permissions(of request: CreateTokenRequest) throws -> Set<Permission> {
        let all = request.role.permissions
        guard let scope = request.scope else { return all }
        guard !scope.isEmpty else { throw AdminError(.invalidInput, "a token without any permission is of no use") }
        if let foreign = scope.first(where: { !all.contains($0) }) {
            throw AdminError(
                .invalidInput, "the role \(request.role.rawValue) has not the permission \(foreign.rawValue)",
                hint: "its permissions are \(all.sorted().map(\.rawValue).joined(separator: ", "))")
        }
        return Set(scope)
    }

    private static func info(named name: String, _ store: SessionStore) throws -> TokenInfo {
        guard let token = try store.token(named: name), let info = TokenInfo(token) else {
            throw AdminError(.notFound, "there is no token \(name)")
        }
        return info
    }
}

extension TokenInfo.State {
    fileprivate init(of token: StoredToken) {
        if token.revokedNanoseconds != nil {
            self = .revoked
        } else if token.expiresNanoseconds <= Clock.wallNanoseconds() {
            self = .expired
        } else {
            self = token.isOwnerLetIn ? .active : .disabled
        }
    }
}

extension TokenInfo {
    /// Nil for one of a role that this version doesn't know. Permissions that it doesn't know count for nothing.
    fileprivate init?(_ token: StoredToken) {
        guard let role = Role(rawValue: token.role) else { return nil }
        let scope = token.scope.map { Set($0.compactMap(Permission.init(rawValue:))) }
        self.init(
            name: token.name, role: role, user: token.owner,
            permissions: (scope.map { role.permissions.intersection($0) } ?? role.permissions).sorted(),
            state: State(of: token), prefix: token.prefix,
            created: Timestamp(nanosecondsSince1970: token.createdNanoseconds), createdBy: token.createdBy,
            expires: Timestamp(nanosecondsSince1970: token.expiresNanoseconds),
            lastUsed: token.lastUsedNanoseconds.map { Timestamp(nanosecondsSince1970: $0) })
    }
}
