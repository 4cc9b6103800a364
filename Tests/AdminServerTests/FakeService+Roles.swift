import AdminAPI

extension FakeService {
    func roles(ofUser name: String, by actor: AdminActor) async throws -> UserRoles {
        self.note("roles of \(name)", actor)
        return UserRoles(
            own: [.auditor], groups: [GroupRoles(group: "dba", roles: [.operator])], permissions: [.auditRead])
    }

    func setRoles(_ request: SetRolesRequest, ofUser name: String, by actor: AdminActor) async throws -> UserRoles {
        self.note("setRoles \(name) \(request.roles.map(\.rawValue))", actor)
        return UserRoles(own: request.roles, groups: [], permissions: [])
    }

    func roles(ofGroup name: String, by actor: AdminActor) async throws -> GroupRoles {
        self.note("roles of group \(name)", actor)
        return GroupRoles(group: name, roles: [])
    }

    func setRoles(_ request: SetRolesRequest, ofGroup name: String, by actor: AdminActor) async throws -> GroupRoles {
        self.note("setRoles group \(name) \(request.roles.map(\.rawValue))", actor)
        return GroupRoles(group: name, roles: request.roles)
    }
}
