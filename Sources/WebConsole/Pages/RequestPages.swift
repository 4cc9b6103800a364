import AdminAPI

/// Requests for access, and emergencies.
enum RequestPages {
    struct ListView: Sendable {
        let waiting: [Item]
        let others: [Item]
        let emergencies: [Emergency]
        let all: Bool
        let csrf: String
        let mayDecide: Bool
        let mayEnd: Bool
    }

    struct Item: Sendable {
        let id: Int64
        let user: String
        let account: String
        let target: String
        let grant: String
        let state: String
        let permits: Bool
        let duration: String
        let reason: String
        let ticket: String?
        let from: String
        let filedBy: String?
        let filed: ShownTime
        let waitsUntil: ShownTime
        let decided: ShownTime?
        let decidedBy: String?
        let decisionText: String?
        let until: ShownTime?
        let approvals: [Approval]
        let quorum: String?

        init(_ request: RequestInfo) {
            self.id = request.id
            self.user = request.user
            self.account = request.account
            self.target = request.target
            self.grant = request.grant
            self.state = request.state
            self.permits = request.permits
            self.duration = ShownAmount.duration(seconds: Int64(request.seconds))
            self.reason = request.reason
            self.ticket = request.ticket
            self.from = request.from
            self.filedBy = request.filedBy == request.user ? nil : request.filedBy
            self.filed = ShownTime(request.filed)
            self.waitsUntil = ShownTime(request.waitsUntil)
            self.decided = ShownTime(request.decided)
            self.decidedBy = request.decidedBy
            self.decisionText = request.decisionText
            self.until = ShownTime(request.until)
            self.approvals = request.approvals.map(Approval.init)
            self.quorum = request.quorum
        }
    }

    struct Approval: Sendable {
        let approver: String
        let time: ShownTime
        let text: String?

        init(_ approval: RequestInfo.Approval) {
            self.approver = approval.approver
            self.time = ShownTime(approval.time)
            self.text = approval.text
        }
    }

    struct Emergency: Sendable {
        let id: Int64
        let user: String
        let account: String
        let target: String
        let reason: String
        let method: String
        let from: String
        let opened: ShownTime
        let until: ShownTime
        let state: String
        let isOpen: Bool
        let reviews: [Review]
        let reviewers: String

        struct Review: Sendable {
            let reviewer: String
            let text: String
        }

        init(_ emergency: EmergencyInfo) {
            self.id = emergency.id
            self.user = emergency.user
            self.account = emergency.account
            self.target = emergency.target
            self.reason = emergency.reason
            self.method = emergency.method
            self.from = emergency.from
            self.opened = ShownTime(emergency.opened)
            self.until = ShownTime(emergency.until)
            self.state = emergency.state
            self.isOpen = emergency.state == "open"
            self.reviews = emergency.reviews.map { Review(reviewer: $0.reviewer, text: $0.text) }
            self.reviewers = emergency.reviewers.joined(separator: ", ")
        }
    }

    struct DetailView: Sendable {
        let request: Item
        let csrf: String
        let isWaiting: Bool
        let mayDecide: Bool
        let mayOverride: Bool
        let mayRevoke: Bool
        let explanation: [Step]
        let verdict: String?
        let history: [ActivityRow]

        struct Step: Sendable {
            let rule: String
            let matched: Bool
            let reason: String
        }

        struct ActivityRow: Sendable {
            let id: String
            let account: String
            let target: String
            let started: ShownTime
            let how: String
        }
    }
}

extension WebConsole {
    func addRequests(to pages: PageTable) {
        pages.page("requests", .requestsRead) { call in
            let all = call.query("all") != nil
            let requests = try await call.service.listRequests(all: all, by: call.actor).map(RequestPages.Item.init)
            let emergencies = try await call.service.listEmergencies(all: all, by: call.actor)
            return Page(
                "requests", title: "Requests",
                RequestPages.ListView(
                    waiting: requests.filter { $0.state == "waiting" },
                    others: requests.filter { $0.state != "waiting" },
                    emergencies: emergencies.map(RequestPages.Emergency.init), all: all, csrf: call.holder.csrf,
                    mayDecide: call.may(.requestsDecide), mayEnd: call.may(.emergenciesOpen)),
                scripts: ["refresh.js"])
        }
        pages.page("requests/:id", .requestsRead) { call in
            let request = try await call.service.showRequest(try Self.number(call), by: call.actor)
            return Page("request", title: "Request \(request.id)", try await self.detail(of: request, call))
        }
        pages.action("requests/:id/approve", .requestsDecide) { form, call in
            let id = try Self.number(call)
            let isOverride = form["override"] != nil
            guard !isOverride || call.may(.requestsOverride) else {
                throw AdminError(.denied, "this needs the permission \(Permission.requestsOverride.rawValue)")
            }
            let request = try await call.service.approveRequest(
                id, DecideRequestRequest(text: form["text"], override: isOverride ? true : nil), by: call.actor)
            let note = request.state == "waiting" ? "Your approval counts; more are needed." : "Approved."
            return Redirection("/requests/\(id)", note: note)
        }
        pages.action("requests/:id/deny", .requestsDecide) { form, call in
            let id = try Self.number(call)
            _ = try await call.service.denyRequest(id, DecideRequestRequest(text: form["text"]), by: call.actor)
            return Redirection("/requests/\(id)", note: "Denied.")
        }
        pages.action("requests/:id/revoke", .requestsDecide) { form, call in
            let id = try Self.number(call)
            _ = try await call.service.revokeRequest(id, DecideRequestRequest(text: form["text"]), by: call.actor)
            return Redirection("/requests/\(id)", note: "Revoked, and its sessions ended.")
        }
    }

    private static func number(_ call: PageCall) throws -> Int64 {
        guard let number = Int64(try call.parameter("id")), number > 0 else {
            throw AdminError(.notFound, "there is no such request")
        }
        return number
    }

    /// What an approver would want to know: the rules behind it, and what the user did lately.
    private func detail(of request: RequestInfo, _ call: PageCall) async throws -> RequestPages.DetailView {
        var steps: [RequestPages.DetailView.Step] = []
        var verdict: String?
        if call.may(.grantsRead) {
            let found = try? await call.service.explain(
                ExplainRequest(user: request.user, account: request.account, target: request.target), by: call.actor)
            steps = found?.trace.map { .init(rule: $0.rule, matched: $0.matched, reason: $0.reason) } ?? []
            verdict = found.map { $0.allowed ? "They may go there: \($0.reason)" : "Not now: \($0.reason)" }
        }
        var history: [RequestPages.DetailView.ActivityRow] = []
        if call.may(.recordingsRead) {
            history = try await call.service.listRecordings(by: call.actor).reversed().lazy
                .filter { $0.user == request.user }.prefix(10).map { recording in
                    .init(
                        id: recording.id, account: recording.account, target: recording.target,
                        started: ShownTime(recording.started), how: recording.how ?? "running")
                }
        }
        let isWaiting = request.state == "waiting"
        return RequestPages.DetailView(
            request: RequestPages.Item(request), csrf: call.holder.csrf, isWaiting: isWaiting,
            mayDecide: isWaiting && call.may(.requestsDecide), mayOverride: isWaiting && call.may(.requestsOverride),
            mayRevoke: request.permits && call.may(.requestsDecide), explanation: steps, verdict: verdict,
            history: history)
    }
}
