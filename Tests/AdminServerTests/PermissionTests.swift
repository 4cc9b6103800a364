import AdminAPI
import Foundation
import Hummingbird
import HummingbirdTesting
import Testing

@testable import AdminServer

/// Who may do what: every route of the API, with and without the permission that it states.
@Suite struct PermissionTests {
    let service = FakeService()
    private static let operations = AdminRouter(service: FakeService(), entrance: .tokens).operations

    private func ask(
        _ operation: AdminRouteTable.Operation, permissions: Set<Permission>, token: String? = FakeService.token
    ) async throws -> (status: Int, body: String) {
        self.service.state.withLock {
            $0.tokenPermissions = permissions
            // Streams end with it.
            $0.isTokenGood = false
        }
        let pace = ServerSentEvents.Pace(look: .milliseconds(5), heartbeat: .zero)
        let router = AdminRouter(service: self.service, entrance: .tokens, pace: pace)
            .build(requests: RequestsInFlight())
        let path = operation.route.template.split(separator: "/").map { $0.hasPrefix(":") ? "x" : $0 }
            .joined(separator: "/")
        return try await Application(router: router).test(.router) { client in
            let answer = try await client.executeRequest(
                uri: "/" + path, method: operation.method,
                headers: token.map { [.authorization: "Bearer \($0)"] } ?? [:], body: nil)
            return (answer.status.code, String(buffer: answer.body))
        }
    }

    @Test("no route answers without its permission, even to somebody who has all others, and that is audited")
    func refusals() async throws {
        for operation in Self.operations {
            let others = Set(Permission.allCases).subtracting([operation.permission])
            let answer = try await self.ask(operation, permissions: others)
            let place = "\(operation.method) \(operation.route.template)"
            #expect(answer.status == 403, "\(place) answers without \(operation.permission.rawValue)")
            #expect(answer.body.contains("needs the permission \(operation.permission.rawValue)"), "\(place)")
            #expect(self.service.seen.denied.last?.permission == operation.permission, "\(place) is not audited")
        }
        #expect(self.service.seen.calls.isEmpty)
        #expect(self.service.seen.denied.count == Self.operations.count)
    }

    @Test("every route lets in who has its permission and no other")
    func passes() async throws {
        for operation in Self.operations {
            let answer = try await self.ask(operation, permissions: [operation.permission])
            #expect(![401, 403].contains(answer.status), "\(operation.method) \(operation.route.template): \(answer)")
        }
        #expect(self.service.seen.denied.isEmpty)
    }

    @Test("no route answers without a token, or with one that is not good")
    func strangers() async throws {
        for operation in Self.operations {
            let all = Set(Permission.allCases)
            #expect(try await self.ask(operation, permissions: all, token: nil).status == 401)
            #expect(try await self.ask(operation, permissions: all, token: "spt_bad").status == 401)
        }
        #expect(self.service.seen.calls.isEmpty)
    }

    @Test("an auditor changes nothing: what is not read is refused, but for what reads by POST")
    func auditors() async throws {
        let readingPosts = [
            AdminRoutes.recordingAccess, AdminRoutes.explain, AdminRoutes.sessionWatchers, AdminRoutes.sessionWatcher,
        ]
        for operation in Self.operations
        where operation.method != .get && !readingPosts.contains(operation.route) {
            #expect(
                !Role.auditor.permissions.contains(operation.permission),
                "\(operation.method) \(operation.route.template)")
        }
        for operation in Self.operations where operation.method == .get && operation.permission != .backupMake {
            #expect(Role.auditor.permissions.contains(operation.permission), "\(operation.route.template)")
        }
    }

    @Test("only an admin may let people in, give permissions away, or touch the vault")
    func escalation() {
        let admins: Set<Permission> = [
            .usersChange, .rolesChange, .grantsChange, .documentApply, .tokensCreate, .credentialsChange, .vaultChange,
            .backupMake,
        ]
        #expect(Role.admin.permissions == Set(Permission.allCases))
        for role in Role.allCases where role != .admin {
            #expect(role.permissions.isDisjoint(with: admins), "\(role.rawValue)")
        }
        #expect(Set(Permission.allCases.map(\.rawValue)).count == Permission.allCases.count)
    }

    @Test(
        "a token is taken from one header of the right form alone", arguments: ["Basic spt_good", "spt_good", "Bearer"])
    func badHeaders(_ header: String) async throws {
        let router = AdminRouter(service: self.service, entrance: .tokens).build(requests: RequestsInFlight())
        let answer = try await Application(router: router).test(.router) { client in
            try await client.executeRequest(
                uri: "/v1/status", method: .get, headers: [.authorization: header], body: nil)
        }
        #expect(answer.status == .unauthorized)
        #expect(answer.headers[.wwwAuthenticate] == "Bearer")
    }

    @Test("the service hears whose token it was")
    func actor() async throws {
        let operation = try #require(Self.operations.first { $0.route == AdminRoutes.users && $0.method == .get })
        #expect(try await self.ask(operation, permissions: [.usersRead]).status == 200)
        #expect(self.service.seen.actors.map(\.name) == ["alice by token ci"])
    }
}
