import AdminAPI

/// Grants, and why somebody may go somewhere or not.
enum GrantPages {
    struct ListView: Sendable {
        let grants: [Row]
        let form: ExplainForm

        struct Row: Sendable {
            let name: String
            let path: String
            let isDeny: Bool
            let who: String
            let accounts: String
            let targets: String
            let allow: String
            let terms: String
        }
    }

    struct DetailView: Sendable {
        let name: String
        let isDeny: Bool
        let added: ShownTime
        let users: String?
        let groups: String?
        let targets: String
        let accounts: String
        let allow: String
        let forwards: String?
        let listens: String?
        let keystrokes: String
        let fileContent: String
        let summary: [String]
    }

    struct ExplainForm: Sendable {
        let user: String?
        let account: String?
        let target: String?
        let from: String?
        let at: String?
    }

    struct ExplainView: Sendable {
        let form: ExplainForm
        let answer: Answer?

        struct Answer: Sendable {
            let allowed: Bool
            let verdict: String
            let reason: String
            let allow: String?
            let limits: [String]
            let ends: ShownTime?
            let trace: [Explanation.Step]
        }
    }

    static func path(_ name: String) -> String { "/grants/" + AddressText.part(name) }

    static func row(_ grant: GrantInfo) -> ListView.Row {
        ListView.Row(
            name: grant.name, path: self.path(grant.name), isDeny: grant.terms?.effect == "deny",
            who: (grant.users + grant.groups.map { "group \($0)" }).joined(separator: ", "),
            accounts: grant.accounts.joined(separator: ", "),
            targets: (grant.targets + (grant.terms?.targetLabels ?? [])).joined(separator: ", "),
            allow: grant.allow.joined(separator: ", "), terms: grant.summary.joined(separator: "; "))
    }
}

extension WebConsole {
    func addGrants(to pages: PageTable) {
        pages.page("grants", .grantsRead) { call in
            let grants = try await call.service.listGrants(by: call.actor)
            return Page(
                "grants", title: "Grants",
                GrantPages.ListView(grants: grants.map(GrantPages.row), form: GrantPages.ExplainForm(call)))
        }
        pages.page("grants/:name", .grantsRead) { call in
            let name = try call.parameter("name")
            guard let grant = try await call.service.listGrants(by: call.actor).first(where: { $0.name == name }) else {
                throw AdminError(.notFound, "there is no such grant")
            }
            return Page("grant", title: grant.name, GrantPages.DetailView(grant))
        }
        pages.page("explain", .grantsRead) { call in
            let form = GrantPages.ExplainForm(call)
            return Page(
                "explain", title: "Explain",
                GrantPages.ExplainView(form: form, answer: try await Self.answer(to: form, call)))
        }
    }

    /// Nil while nothing is asked.
    private static func answer(
        to form: GrantPages.ExplainForm, _ call: PageCall
    ) async throws -> GrantPages.ExplainView.Answer? {
        guard let user = form.user, let account = form.account, let target = form.target else { return nil }
        let at = try form.at.map { text in
            guard let time = Timestamp(text + ":00Z") ?? Timestamp(text) else {
                throw AdminError(.invalidInput, "the time must be such as 2026-11-30T08:00, in UTC")
            }
            return time
        }
        let found = try await call.service.explain(
            ExplainRequest(user: user, account: account, target: target, from: form.from, at: at), by: call.actor)
        return GrantPages.ExplainView.Answer(
            allowed: found.allowed, verdict: found.allowed ? "Yes" : "No", reason: found.reason,
            allow: found.allow.isEmpty ? nil : found.allow.joined(separator: ", "), limits: found.limits,
            ends: ShownTime(found.ends), trace: found.trace)
    }
}

extension GrantPages.ExplainForm {
    init(_ call: PageCall) {
        self.init(
            user: call.query("user"), account: call.query("account"), target: call.query("target"),
            from: call.query("from"), at: call.query("at"))
    }
}

extension GrantPages.DetailView {
    init(_ grant: GrantInfo) {
        func list(_ words: [String]) -> String? { words.isEmpty ? nil : words.joined(separator: ", ") }
        self.init(
            name: grant.name, isDeny: grant.terms?.effect == "deny", added: ShownTime(grant.added),
            users: list(grant.users), groups: list(grant.groups),
            targets: (grant.targets + (grant.terms?.targetLabels ?? [])).joined(separator: ", "),
            accounts: grant.accounts.joined(separator: ", "), allow: grant.allow.joined(separator: ", "),
            forwards: list(grant.forwards), listens: list(grant.listens), keystrokes: grant.keystrokes,
            fileContent: grant.fileContent, summary: grant.summary)
    }
}
