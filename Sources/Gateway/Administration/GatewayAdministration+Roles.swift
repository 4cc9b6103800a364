import AdminAPI
import SessionStore

extension GatewayAdministration {
    func roles(ofUser name: String, by actor: AdminActor) async throws -> UserRoles {
        let store = self.store
        return try await self.perform { UserRoles(try store.roles(ofUser: name)) }
    }

    func setRoles(_ request: SetRolesRequest, ofUser name: String, by actor: AdminActor) async throws -> UserRoles {
        try Self.requireNoGift(of: request.roles, by: actor)
        let store = self.store
        return try await self.perform {
            try store.setRoles(Set(request.roles.map(\.rawValue)), ofUser: name, by: actor.name)
            return UserRoles(try store.roles(ofUser: name))
        }
    }

    func roles(ofGroup name: String, by actor: AdminActor) async throws -> GroupRoles {
        let store = self.store
        return try await self.perform { GroupRoles(group: name, roles: Role.known(try store.roles(ofGroup: name))) }
    }

    func setRoles(_ request: SetRolesRequest, ofGroup name: String, by actor: AdminActor) async throws -> GroupRoles {
        try Self.requireNoGift(of: request.roles, by: actor)
        let store = self.store
        return try await self.perform {
            try store.setRoles(Set(request.roles.map(\.rawValue)), ofGroup: name, by: actor.name)
            return GroupRoles(group: name, roles: Role.known(try store.roles(ofGroup: name)))
        }
    }

    private static func requireNoGift(of roles: [Role], by actor: AdminActor) throws {
        let given = roles.reduce(into: Set<Permission>()) { $0.formUnion($1.permissions) }
        guard let lacking = given.subtracting(actor.permissions).min() else { return }
        throw AdminError(.denied, "nobody gives away what they lack, such as \(lacking.rawValue)")
    }
}

extension UserRoles {
    init(_ stored: StoredRoles) {
        let groups = stored.groups.map { GroupRoles(group: $0.key, roles: Role.known($0.value)) }
            .sorted { $0.group < $1.group }
        let own = Role.known(stored.own)
        let all = (own + groups.flatMap(\.roles)).reduce(into: Set<Permission>()) { $0.formUnion($1.permissions) }
        self.init(own: own, groups: groups, permissions: stored.isLetIn ? all.sorted() : [])
    }
}

extension Role {
    /// Those that this version knows, in order of name: others give nothing.
    fileprivate static func known(_ names: Set<String>) -> [Role] {
        names.compactMap(Role.init(rawValue:)).sorted()
    }
}
