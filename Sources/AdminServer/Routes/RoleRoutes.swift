import AdminAPI
import Hummingbird

extension AdminRouter {
    func addRoles(to routes: AdminRouteTable) {
        let service = self.service
        routes.on(.get, AdminRoutes.userRoles, .usersRead, "What a user may do in the administration, and why") {
            call in
            try await service.roles(ofUser: call.parameter("name"), by: call.actor)
        }
        routes.on(
            .put, AdminRoutes.userRoles, .rolesChange, "Give a user roles, in place of all others",
            taking: SetRolesRequest.self
        ) { body, call in try await service.setRoles(body, ofUser: call.parameter("name"), by: call.actor) }
        routes.on(.get, AdminRoutes.groupRoles, .usersRead, "The roles that a group gives its members") { call in
            try await service.roles(ofGroup: call.parameter("name"), by: call.actor)
        }
        routes.on(
            .put, AdminRoutes.groupRoles, .rolesChange, "Give a group's members roles, in place of all others",
            taking: SetRolesRequest.self
        ) { body, call in try await service.setRoles(body, ofGroup: call.parameter("name"), by: call.actor) }
    }
}
