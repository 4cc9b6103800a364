import AccessPolicy
import AdminAPI
import Platform
import SessionStore
import Vault

extension GatewayAdministration {
    /// Most public keys that one request may bring.
    private static let maximumKeys = 100

    func addUser(_ request: AddUserRequest, by actor: AdminActor) async throws -> UserInfo {
        let (store, passwords) = (self.store, self.passwords)
        let source = try self.source(request.source)
        guard source == .local || request.password == nil else {
            throw AdminError(.invalidInput, "a user from \(source.rawValue) has no password here")
        }
        let service = try request.service.map { try Self.service($0, changing: nil) }
        guard service == nil || source == .local else {
            throw AdminError(.invalidInput, "a service account is the gateway's own: no directory keeps it")
        }
        guard service == nil || request.password == nil else {
            throw AdminError(.invalidInput, "a service account signs in by key or certificate alone, not by password")
        }
        return try await self.perform {
            let keys = try Self.keys(request.keys)
            let hash = try request.password.map { try passwords.hash(SecretBytes(copying: $0.bytes)) }
            guard
                try !keys.isEmpty || hash != nil || source != .local
                    || store.userAuthorities().contains(where: { $0.principals.leads(to: request.name) })
            else {
                throw AdminError(
                    .invalidInput, "user \(request.name) could never sign in",
                    hint: service == nil
                        ? "give a public key (--key FILE.pub) or a password (--password-stdin)"
                        : "give a public key (--key FILE.pub), or trust an authority first (sallyport user authority add)"
                )
            }
            try store.addUser(
                request.name, keys: keys.map { StoredUserKey(key: $0) }, passwordHash: hash, source: source,
                service: service, by: actor.name)
            return try Self.user(request.name, in: store)
        }
    }

    func listUsers(by actor: AdminActor) async throws -> [UserInfo] {
        let store = self.store
        return try await self.perform { try store.users().map(UserInfo.init) }
    }

    func showUser(_ name: String, by actor: AdminActor) async throws -> UserInfo {
        let store = self.store
        return try await self.perform { try Self.user(name, in: store) }
    }

    func changeUser(_ request: ChangeUserRequest, named name: String, by actor: AdminActor) async throws -> Withdrawal {
        guard request.enabled != nil || request.require != nil || request.service != nil else {
            throw AdminError(.invalidInput, "nothing of user \(name) is to be changed")
        }
        let requirement = try request.require.map(self.requirement)
        let store = self.store
        return try await self.withdrawing(reason: request.reason, by: actor) {
            if let requirement { try store.setRequirement(requirement, ofUser: name, by: actor.name) }
            if let terms = request.service {
                let service = try Self.service(terms, changing: try store.user(name)?.service)
                try store.setService(service, ofUser: name, by: actor.name)
            }
            if let enabled = request.enabled { try store.setUser(name, enabled: enabled, by: actor.name) }
        }
    }

    func removeUser(_ name: String, reason: String?, by actor: AdminActor) async throws -> Withdrawal {
        let store = self.store
        return try await self.withdrawing(reason: reason, by: actor) { try store.removeUser(name, by: actor.name) }
    }

    func setPassword(_ request: SetPasswordRequest, ofUser name: String, by actor: AdminActor) async throws {
        let (store, passwords) = (self.store, self.passwords)
        try await self.perform {
            // Before the work of hashing.
            guard let user = try store.user(name) else { throw Self.noUser(name) }
            try Self.refuseLocalPassword(of: user)
            let hash = try passwords.hash(SecretBytes(copying: request.password.bytes))
            try store.setPasswordHash(hash, ofUser: name, by: actor.name)
        }
    }

    func addKeys(_ request: AddKeysRequest, toUser name: String, by actor: AdminActor) async throws -> UserInfo {
        let store = self.store
        return try await self.perform {
            let keys = try Self.keys(request.keys, comment: request.comment)
            guard !keys.isEmpty else { throw AdminError(.invalidInput, "no key was given") }
            if let expires = request.expires, expires.nanosecondsSince1970 <= Clock.wallNanoseconds() {
                throw AdminError(.invalidInput, "the keys would have expired already, at \(expires)")
            }
            let entries = keys.map {
                StoredUserKey(
                    key: $0, expiresNanoseconds: request.expires?.nanosecondsSince1970,
                    requiresTouch: request.requireTouch ?? true,
                    requiresVerification: request.requireVerification ?? false)
            }
            guard request.requireVerification != true || entries.allSatisfy(\.isSecurityKey) else {
                throw AdminError(
                    .invalidInput, "only a security key can verify its user",
                    hint: "make one: ssh-keygen -t ed25519-sk -O verify-required")
            }
            try store.addKeys(entries, toUser: name, by: actor.name)
            return try Self.user(name, in: store)
        }
    }

    func removeKey(
        _ fingerprint: String, ofUser name: String, reason: String?, by actor: AdminActor
    ) async throws -> Withdrawal {
        let store = self.store
        return try await self.withdrawing(reason: reason, by: actor) {
            try store.removeKey(fingerprint, ofUser: name, by: actor.name)
        }
    }

    /// - parameter present: what stays as it is where nothing is said; nil for a new account.
    private static func service(
        _ terms: ServiceAccountTerms, changing present: ServiceAccount?
    ) throws -> ServiceAccount {
        do {
            return try ServiceAccount(
                sources: terms.from ?? present?.sources.map(\.text) ?? [],
                maximumSessions: terms.sessions ?? present?.maximumSessions ?? ServiceAccount.standardSessions)
        } catch {
            throw AdminError(.invalidInput, error.message)
        }
    }

    /// nil for an empty list, which takes the rule away.
    func requirement(_ words: [String]) throws -> LoginRequirement? {
        try Self.requirement(words, hasProvider: self.provider != nil)
    }

    /// - parameter hasProvider: `oidc` can be a factor.
    static func requirement(_ words: [String], hasProvider: Bool) throws -> LoginRequirement? {
        guard !words.isEmpty else { return nil }
        let requirement: LoginRequirement
        do {
            requirement = try LoginRequirement(parsing: words)
        } catch {
            throw AdminError(.invalidInput, error.message)
        }
        guard hasProvider || !requirement.alternatives.contains(where: { $0.contains(.oidc) }) else {
            throw AdminError(
                .invalidInput, "nobody could meet oidc: sallyport.toml names no OpenID provider",
                hint: "set [oidc] issuer, and start sallyportd again")
        }
        return requirement
    }

    private static func keys(_ lines: [String], comment: String? = nil) throws -> [StoredKey] {
        guard lines.count <= Self.maximumKeys else {
            throw AdminError(.invalidInput, "more than \(Self.maximumKeys) keys at once")
        }
        return try lines.map { line in
            let key = try OpenSSHPublicKey(line: line)
            return StoredKey(comment.map { key.commented($0) } ?? key)
        }
    }

    private static func user(_ name: String, in store: SessionStore) throws -> UserInfo {
        guard let user = try store.user(name) else { throw Self.noUser(name) }
        return UserInfo(user)
    }

    private static func noUser(_ name: String) -> AdminError {
        AdminError(.notFound, "there is no user \(name)", hint: "see sallyport user list")
    }
}

extension UserInfo {
    fileprivate init(_ user: StoredUser) {
        self.init(
            name: user.name, enabled: user.isEnabled, keys: user.keys.map { UserKeyInfo($0) },
            hasPassword: user.passwordHash != nil, groups: user.groups, require: user.requirement?.words ?? [],
            hasSecondFactor: user.secondFactor?.isConfirmed ?? false,
            unusedRecoveryCodes: user.secondFactor?.unusedRecoveryCodes ?? 0,
            service: user.service.map {
                ServiceAccountTerms(from: $0.sources.map(\.text), sessions: $0.maximumSessions)
            },
            added: Timestamp(nanosecondsSince1970: user.addedNanoseconds), source: user.source.rawValue,
            suspension: user.suspension)
    }
}

extension UserKeyInfo {
    fileprivate init(_ entry: StoredUserKey) {
        let key = PublicKeyInfo(entry.key)
        self.init(
            type: key.type, fingerprint: key.fingerprint, line: key.line, comment: entry.key.comment,
            expires: entry.expiresNanoseconds.map { Timestamp(nanosecondsSince1970: $0) },
            requireTouch: entry.isSecurityKey ? entry.requiresTouch : nil,
            requireVerification: entry.isSecurityKey ? entry.requiresVerification : nil)
    }
}
