import AdminAPI
import Platform
import SessionStore
import Vault

extension GatewayAdministration {
    /// Most public keys that one request may bring.
    private static let maximumKeys = 100

    func addUser(_ request: AddUserRequest, by actor: AdminActor) async throws -> UserInfo {
        let (store, passwords) = (self.store, self.passwords)
        return try await self.perform {
            let keys = try Self.keys(request.keys)
            let hash = try request.password.map { try passwords.hash(SecretBytes(copying: $0.bytes)) }
            guard !keys.isEmpty || hash != nil else {
                throw AdminError(
                    .invalidInput, "user \(request.name) could never sign in",
                    hint: "give a public key (--key FILE.pub) or a password (--password-stdin)")
            }
            try store.addUser(request.name, keys: keys, passwordHash: hash, by: actor.name)
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

    func removeUser(_ name: String, by actor: AdminActor) async throws {
        let store = self.store
        try await self.perform { try store.removeUser(name, by: actor.name) }
    }

    func setPassword(_ request: SetPasswordRequest, ofUser name: String, by actor: AdminActor) async throws {
        let (store, passwords) = (self.store, self.passwords)
        try await self.perform {
            // Before the work of hashing.
            _ = try Self.user(name, in: store)
            let hash = try passwords.hash(SecretBytes(copying: request.password.bytes))
            try store.setPasswordHash(hash, ofUser: name, by: actor.name)
        }
    }

    func addKeys(_ request: AddKeysRequest, toUser name: String, by actor: AdminActor) async throws -> UserInfo {
        let store = self.store
        return try await self.perform {
            let keys = try Self.keys(request.keys)
            guard !keys.isEmpty else { throw AdminError(.invalidInput, "no key was given") }
            try store.addKeys(keys, toUser: name, by: actor.name)
            return try Self.user(name, in: store)
        }
    }

    private static func keys(_ lines: [String]) throws -> [StoredKey] {
        guard lines.count <= Self.maximumKeys else {
            throw AdminError(.invalidInput, "more than \(Self.maximumKeys) keys at once")
        }
        return try StoredKey.list(of: lines)
    }

    private static func user(_ name: String, in store: SessionStore) throws -> UserInfo {
        guard let user = try store.user(name) else {
            throw AdminError(.notFound, "there is no user \(name)", hint: "see sallyport user list")
        }
        return UserInfo(user)
    }
}

extension UserInfo {
    fileprivate init(_ user: StoredUser) {
        self.init(
            name: user.name, keys: user.keys.map { PublicKeyInfo($0) }, hasPassword: user.passwordHash != nil,
            added: Timestamp(nanosecondsSince1970: user.addedNanoseconds))
    }
}
