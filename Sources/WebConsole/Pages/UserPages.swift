import AdminAPI

/// Users: what lets them in, where they may go, what they do now.
enum UserPages {
    struct ListView: Sendable {
        let users: [Row]

        struct Row: Sendable {
            let name: String
            let path: String
            let state: String
            let isIn: Bool
            let source: String
            let groups: String
            let factors: String
        }
    }

    struct DetailView: Sendable {
        let name: String
        let path: String
        let csrf: String
        let state: String
        let isEnabled: Bool
        let mayChange: Bool
        let source: String
        let added: ShownTime
        let groups: String?
        let require: String?
        let isService: Bool
        let roles: String?
        let rolesOfGroups: [GroupRole]
        let hasPassword: Bool
        let hasSecondFactor: Bool
        let recoveryCodes: Int
        let keys: [Key]
        let destinations: [Destination]
        let sessions: [Session]

        struct GroupRole: Sendable {
            let group: String
            let roles: String
        }

        struct Key: Sendable {
            let type: String
            let fingerprint: String
            let comment: String
            let expires: ShownTime?
            let terms: String?
        }

        struct Destination: Sendable {
            let account: String
            let target: String
            let targetPath: String
            let allow: String
            let explainPath: String
        }

        struct Session: Sendable {
            let id: String
            let text: String
        }
    }

    static func path(_ name: String) -> String { "/users/" + AddressText.part(name) }

    static func state(_ user: UserInfo) -> String {
        user.suspension.map { "suspended: \($0)" } ?? (user.enabled ? "enabled" : "disabled")
    }

    static func factors(_ user: UserInfo) -> String {
        var words: [String] = []
        if !user.keys.isEmpty { words.append("\(user.keys.count) key\(user.keys.count == 1 ? "" : "s")") }
        if user.hasPassword { words.append("password") }
        if user.hasSecondFactor { words.append("one-time codes") }
        return words.isEmpty ? "none" : words.joined(separator: ", ")
    }
}

extension WebConsole {
    func addUsers(to pages: PageTable) {
        pages.page("users", .usersRead) { call in
            let rows = try await call.service.listUsers(by: call.actor).map { user in
                UserPages.ListView.Row(
                    name: user.name, path: UserPages.path(user.name), state: UserPages.state(user),
                    isIn: user.enabled && user.suspension == nil, source: user.source,
                    groups: user.groups.joined(separator: ", "), factors: UserPages.factors(user))
            }
            return Page("users", title: "Users", UserPages.ListView(users: rows))
        }
        pages.page("users/:name", .usersRead) { call in
            let user = try await call.service.showUser(call.parameter("name"), by: call.actor)
            return Page("user", title: user.name, try await self.detail(of: user, call))
        }
        pages.action("users/:name/enabled", .usersChange) { form, call in
            let name = try call.parameter("name")
            let enable = try form.required("enabled", "what to do") == "true"
            let reason = enable ? form["reason"] : try form.required("reason", "the reason")
            let withdrawal = try await call.service.changeUser(
                ChangeUserRequest(enabled: enable, reason: reason), named: name, by: call.actor)
            let ended = withdrawal.endedSessions.count
            let note = enable ? "\(name) may sign in again." : "\(name) is disabled; sessions ended: \(ended)."
            return Redirection(UserPages.path(name), note: note)
        }
    }

    private func detail(of user: UserInfo, _ call: PageCall) async throws -> UserPages.DetailView {
        let roles = try await call.service.roles(ofUser: user.name, by: call.actor)
        let destinations =
            call.may(.grantsRead) ? try await call.service.listDestinations(ofUser: user.name, by: call.actor) : []
        let sessions =
            call.may(.sessionsRead)
            ? try await call.service.listSessions(by: call.actor).filter { $0.user == user.name } : []
        return UserPages.DetailView(
            name: user.name, path: UserPages.path(user.name), csrf: call.holder.csrf, state: UserPages.state(user),
            isEnabled: user.enabled, mayChange: call.may(.usersChange) && user.name != call.actor.person,
            source: user.source, added: ShownTime(user.added),
            groups: user.groups.isEmpty ? nil : user.groups.joined(separator: ", "),
            require: user.require.isEmpty ? nil : user.require.joined(separator: " or "),
            isService: user.service != nil,
            roles: roles.own.isEmpty ? nil : roles.own.map(\.rawValue).joined(separator: ", "),
            rolesOfGroups: roles.groups.map {
                .init(group: $0.group, roles: $0.roles.map(\.rawValue).joined(separator: ", "))
            },
            hasPassword: user.hasPassword, hasSecondFactor: user.hasSecondFactor,
            recoveryCodes: user.unusedRecoveryCodes, keys: user.keys.map(UserPages.DetailView.Key.init),
            destinations: destinations.map { place in
                .init(
                    account: place.account, target: place.target, targetPath: TargetPages.path(place.target),
                    allow: place.allow.joined(separator: ", "),
                    explainPath: "/explain"
                        + AddressText.query([
                            "user": user.name, "account": place.account, "target": place.target,
                        ]))
            },
            sessions: sessions.map { .init(id: $0.id, text: "\($0.account) on \($0.target)") })
    }
}

extension UserPages.DetailView.Key {
    init(_ key: UserKeyInfo) {
        let terms = [
            key.requireTouch == true ? "touch" : nil, key.requireVerification == true ? "verification" : nil,
        ].compactMap { $0 }
        self.init(
            type: key.type, fingerprint: key.fingerprint, comment: key.comment, expires: ShownTime(key.expires),
            terms: terms.isEmpty ? nil : terms.joined(separator: ", "))
    }
}
