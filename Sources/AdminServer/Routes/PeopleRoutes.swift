import AdminAPI
import Hummingbird

/// Routes about users and groups.
extension AdminRouter {
    func addUsers(to routes: AdminRouteTable) {
        let service = self.service
        routes.on(.get, AdminRoutes.users, .usersRead, "List users") { call in
            try await service.listUsers(by: call.actor)
        }
        routes.on(
            .post, AdminRoutes.users, .usersChange, "Add a user", taking: AddUserRequest.self, status: .created
        ) { body, call in try await service.addUser(body, by: call.actor) }
        routes.on(.get, AdminRoutes.user, .usersRead, "Show a user") { call in
            try await service.showUser(call.parameter("name"), by: call.actor)
        }
        routes.on(
            .patch, AdminRoutes.user, .usersChange, "Change a user, and end what is not permitted any more",
            taking: ChangeUserRequest.self
        ) { body, call in try await service.changeUser(body, named: call.parameter("name"), by: call.actor) }
        routes.on(
            .delete, AdminRoutes.user, .usersChange, "Remove a user, and end their sessions", query: [.reason]
        ) { call in try await service.removeUser(call.parameter("name"), reason: call.reason, by: call.actor) }
        routes.onWithoutAnswer(
            .put, AdminRoutes.userPassword, .usersChange, "Set a user's password", taking: SetPasswordRequest.self
        ) { body, call in try await service.setPassword(body, ofUser: call.parameter("name"), by: call.actor) }
        routes.on(
            .post, AdminRoutes.userKeys, .usersChange, "Add public keys to a user", taking: AddKeysRequest.self
        ) { body, call in try await service.addKeys(body, toUser: call.parameter("name"), by: call.actor) }
        routes.on(
            .delete, AdminRoutes.userKey, .usersChange, "Remove a public key, and end what it let in", query: [.reason]
        ) { call in
            try await service.removeKey(
                call.parameter("fingerprint"), ofUser: call.parameter("name"), reason: call.reason, by: call.actor)
        }
        self.addSecondFactors(to: routes)
        routes.on(.get, AdminRoutes.userDestinations, .grantsRead, "Where the policy lets a user go now") { call in
            try await service.listDestinations(ofUser: call.parameter("name"), by: call.actor)
        }
    }

    private func addSecondFactors(to routes: AdminRouteTable) {
        let service = self.service
        routes.on(
            .post, AdminRoutes.userSecondFactor, .usersChange, "Begin to set up one-time codes", status: .created
        ) { call in try await service.beginSecondFactor(ofUser: call.parameter("name"), by: call.actor) }
        routes.on(
            .post, AdminRoutes.userSecondFactorConfirmation, .usersChange, "Confirm one-time codes by one of them",
            taking: ConfirmSecondFactorRequest.self
        ) { body, call in try await service.confirmSecondFactor(body, ofUser: call.parameter("name"), by: call.actor) }
        routes.onWithoutAnswer(.delete, AdminRoutes.userSecondFactor, .usersChange, "Take one-time codes away") {
            call in
            try await service.removeSecondFactor(ofUser: call.parameter("name"), by: call.actor)
        }
        routes.on(
            .post, AdminRoutes.userRecoveryCodes, .usersChange, "Make new recovery codes", status: .created
        ) { call in try await service.makeRecoveryCodes(ofUser: call.parameter("name"), by: call.actor) }
    }

    func addUserAuthorities(to routes: AdminRouteTable) {
        let service = self.service
        routes.on(.get, AdminRoutes.userAuthorities, .usersRead, "List authorities of users' certificates") { call in
            try await service.listUserAuthorities(by: call.actor)
        }
        routes.on(
            .post, AdminRoutes.userAuthorities, .usersChange, "Trust an authority of users' certificates",
            taking: AddUserAuthorityRequest.self, status: .created
        ) { body, call in try await service.addUserAuthority(body, by: call.actor) }
        routes.on(
            .delete, AdminRoutes.userAuthority, .usersChange, "Trust such an authority no longer", query: [.reason]
        ) { call in
            try await service.removeUserAuthority(call.parameter("name"), reason: call.reason, by: call.actor)
        }
    }

    func addGroups(to routes: AdminRouteTable) {
        let service = self.service
        routes.on(.get, AdminRoutes.groups, .usersRead, "List groups") { call in
            try await service.listGroups(by: call.actor)
        }
        routes.on(
            .post, AdminRoutes.groups, .usersChange, "Add a group", taking: AddGroupRequest.self, status: .created
        ) { body, call in try await service.addGroup(body, by: call.actor) }
        routes.on(.get, AdminRoutes.group, .usersRead, "Show a group") { call in
            try await service.showGroup(call.parameter("name"), by: call.actor)
        }
        routes.on(
            .patch, AdminRoutes.group, .usersChange, "Change a group", taking: ChangeGroupRequest.self
        ) { body, call in try await service.changeGroup(body, named: call.parameter("name"), by: call.actor) }
        routes.on(.delete, AdminRoutes.group, .usersChange, "Remove a group", query: [.reason]) { call in
            try await service.removeGroup(call.parameter("name"), reason: call.reason, by: call.actor)
        }
    }
}
