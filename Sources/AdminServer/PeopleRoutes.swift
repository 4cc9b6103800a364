import AdminAPI
import Hummingbird

/// Routes about users and groups.
extension AdminRouter {
    func addUsers(to router: Router<AdminRequestContext>) {
        let service = self.service
        router.get(AdminRoutes.users.routerPath) { _, context in
            try await Response.json(service.listUsers(by: context.actor))
        }
        router.post(AdminRoutes.users.routerPath) { request, context in
            try await Response.json(
                service.addUser(request.decoded(AddUserRequest.self), by: context.actor), status: .created)
        }
        router.get(AdminRoutes.user.routerPath) { _, context in
            try await Response.json(service.showUser(context.parameter("name"), by: context.actor))
        }
        router.patch(AdminRoutes.user.routerPath) { request, context in
            try await Response.json(
                service.changeUser(
                    request.decoded(ChangeUserRequest.self), named: context.parameter("name"), by: context.actor))
        }
        router.delete(AdminRoutes.user.routerPath) { request, context in
            try await Response.json(
                service.removeUser(context.parameter("name"), reason: request.reason, by: context.actor))
        }
        router.put(AdminRoutes.userPassword.routerPath) { request, context in
            try await service.setPassword(
                request.decoded(SetPasswordRequest.self), ofUser: context.parameter("name"), by: context.actor)
            return Response(status: .noContent)
        }
        router.post(AdminRoutes.userKeys.routerPath) { request, context in
            try await Response.json(
                service.addKeys(
                    request.decoded(AddKeysRequest.self), toUser: context.parameter("name"), by: context.actor))
        }
        router.delete(AdminRoutes.userKey.routerPath) { request, context in
            try await Response.json(
                service.removeKey(
                    context.parameter("fingerprint"), ofUser: context.parameter("name"), reason: request.reason,
                    by: context.actor))
        }
        router.post(AdminRoutes.userSecondFactor.routerPath) { _, context in
            try await Response.json(
                service.beginSecondFactor(ofUser: context.parameter("name"), by: context.actor), status: .created)
        }
        router.post(AdminRoutes.userSecondFactorConfirmation.routerPath) { request, context in
            try await Response.json(
                service.confirmSecondFactor(
                    request.decoded(ConfirmSecondFactorRequest.self), ofUser: context.parameter("name"),
                    by: context.actor))
        }
        router.delete(AdminRoutes.userSecondFactor.routerPath) { _, context in
            try await service.removeSecondFactor(ofUser: context.parameter("name"), by: context.actor)
            return Response(status: .noContent)
        }
        router.post(AdminRoutes.userRecoveryCodes.routerPath) { _, context in
            try await Response.json(
                service.makeRecoveryCodes(ofUser: context.parameter("name"), by: context.actor), status: .created)
        }
        router.get(AdminRoutes.userDestinations.routerPath) { _, context in
            try await Response.json(service.listDestinations(ofUser: context.parameter("name"), by: context.actor))
        }
    }

    func addUserAuthorities(to router: Router<AdminRequestContext>) {
        let service = self.service
        router.get(AdminRoutes.userAuthorities.routerPath) { _, context in
            try await Response.json(service.listUserAuthorities(by: context.actor))
        }
        router.post(AdminRoutes.userAuthorities.routerPath) { request, context in
            try await Response.json(
                service.addUserAuthority(request.decoded(AddUserAuthorityRequest.self), by: context.actor),
                status: .created)
        }
        router.delete(AdminRoutes.userAuthority.routerPath) { request, context in
            try await Response.json(
                service.removeUserAuthority(context.parameter("name"), reason: request.reason, by: context.actor))
        }
    }

    func addGroups(to router: Router<AdminRequestContext>) {
        let service = self.service
        router.get(AdminRoutes.groups.routerPath) { _, context in
            try await Response.json(service.listGroups(by: context.actor))
        }
        router.post(AdminRoutes.groups.routerPath) { request, context in
            try await Response.json(
                service.addGroup(request.decoded(AddGroupRequest.self), by: context.actor), status: .created)
        }
        router.get(AdminRoutes.group.routerPath) { _, context in
            try await Response.json(service.showGroup(context.parameter("name"), by: context.actor))
        }
        router.patch(AdminRoutes.group.routerPath) { request, context in
            try await Response.json(
                service.changeGroup(
                    request.decoded(ChangeGroupRequest.self), named: context.parameter("name"), by: context.actor))
        }
        router.delete(AdminRoutes.group.routerPath) { request, context in
            try await Response.json(
                service.removeGroup(context.parameter("name"), reason: request.reason, by: context.actor))
        }
    }
}

extension Request {
    /// Why an administrator takes something away, as the query says it.
    var reason: String? { self.uri.queryParameters.get("reason") }
}
