import AdminAPI

/// Targets, their accounts and keys.
enum TargetPages {
    struct ListView: Sendable {
        let targets: [Row]

        struct Row: Sendable {
            let name: String
            let path: String
            let address: String
            let accounts: String
            let labels: String
            let pending: Int
            let isPending: Bool
        }
    }

    struct DetailView: Sendable {
        let name: String
        let address: String
        let added: ShownTime
        let algorithms: String
        let labels: String?
        let hostKeys: [PublicKeyInfo]
        let pendingKeys: [PublicKeyInfo]
        let accounts: [Account]
        let sessions: [Session]
        let access: [Access]
        let showsAccess: Bool

        struct Account: Sendable {
            let name: String
            let kind: String
            let version: Int
            let changed: ShownTime
            let place: String?
        }

        struct Session: Sendable {
            let id: String
            let text: String
        }

        struct Access: Sendable {
            let user: String
            let account: String
            let grant: String
            let grantPath: String
            let allow: String
            let explainPath: String
            let isDenied: Bool
        }
    }

    static func path(_ name: String) -> String { "/targets/" + AddressText.part(name) }
}

extension WebConsole {
    func addTargets(to pages: PageTable) {
        pages.page("targets", .targetsRead) { call in
            let rows = try await call.service.listTargets(by: call.actor).map { target in
                TargetPages.ListView.Row(
                    name: target.name, path: TargetPages.path(target.name), address: target.address,
                    accounts: target.accounts.joined(separator: ", "), labels: target.labels.joined(separator: ", "),
                    pending: target.pendingHostKeys.count, isPending: !target.pendingHostKeys.isEmpty)
            }
            return Page("targets", title: "Targets", TargetPages.ListView(targets: rows))
        }
        pages.page("targets/:name", .targetsRead) { call in
            let target = try await call.service.showTarget(call.parameter("name"), by: call.actor)
            return Page("target", title: target.name, try await self.detail(of: target, call))
        }
    }

    private func detail(of target: TargetInfo, _ call: PageCall) async throws -> TargetPages.DetailView {
        let accounts: [TargetPages.DetailView.Account] =
            call.may(.credentialsRead)
            ? try await call.service.listCredentials(by: call.actor).filter { $0.target == target.name }.map {
                .init(
                    name: $0.account, kind: $0.kind.rawValue, version: $0.version, changed: ShownTime($0.changed),
                    place: $0.place)
            } : []
        let sessions: [TargetPages.DetailView.Session] =
            call.may(.sessionsRead)
            ? try await call.service.listSessions(by: call.actor).filter { $0.target == target.name }.map {
                .init(id: $0.id, text: "\($0.user) as \($0.account)")
            } : []
        let access: [TargetPages.DetailView.Access] =
            call.may(.reportsRead)
            ? try await call.service.accessReport(by: call.actor).filter { $0.target == target.name }.prefix(1000)
                .map { row in
                    .init(
                        user: row.user, account: row.account, grant: row.grant,
                        grantPath: GrantPages.path(row.grant), allow: row.allow.joined(separator: ", "),
                        explainPath: "/explain"
                            + AddressText.query(["user": row.user, "account": row.account, "target": target.name]),
                        isDenied: !row.open)
                } : []
        return TargetPages.DetailView(
            name: target.name, address: target.address, added: ShownTime(target.added), algorithms: target.algorithms,
            labels: target.labels.isEmpty ? nil : target.labels.joined(separator: ", "), hostKeys: target.hostKeys,
            pendingKeys: target.pendingHostKeys, accounts: accounts, sessions: sessions, access: access,
            showsAccess: call.may(.reportsRead))
    }
}
