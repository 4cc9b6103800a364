import AccessPolicy
import AdminAPI
import SessionStore
import Vault

extension GatewayAdministration {
    func addUserAuthority(
        _ request: AddUserAuthorityRequest, by actor: AdminActor
    ) async throws -> UserAuthorityInfo {
        let principals: PrincipalMap
        do {
            principals = try PrincipalMap(parsing: request.principals)
        } catch {
            throw AdminError(.invalidInput, error.message)
        }
        let store = self.store
        return try await self.perform {
            let key = StoredKey(try OpenSSHPublicKey(line: request.key))
            try store.addUserAuthority(request.name, key: key, principals: principals, by: actor.name)
            guard let added = try store.userAuthorities().first(where: { $0.name == request.name }) else {
                throw AdminError(.conflict, "user authority \(request.name) was removed just now")
            }
            return UserAuthorityInfo(added)
        }
    }

    func listUserAuthorities(by actor: AdminActor) async throws -> [UserAuthorityInfo] {
        let store = self.store
        return try await self.perform { try store.userAuthorities().map(UserAuthorityInfo.init) }
    }

    func removeUserAuthority(_ name: String, reason: String?, by actor: AdminActor) async throws -> Withdrawal {
        let store = self.store
        return try await self.withdrawing(reason: reason, by: actor) {
            try store.removeUserAuthority(name, by: actor.name)
        }
    }
}

extension UserAuthorityInfo {
    fileprivate init(_ authority: StoredUserAuthority) {
        self.init(
            name: authority.name, key: PublicKeyInfo(authority.key), principals: authority.principals.entries,
            added: Timestamp(nanosecondsSince1970: authority.addedNanoseconds))
    }
}
