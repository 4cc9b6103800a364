import AdminAPI

/// The sessions that run now. A script keeps the list as it is, and shows their screens.
enum DashboardPage {
    struct View: Sendable {
        let sessions: [Session]
        /// Whether screens may be looked at.
        let screens: Bool
        let emergencies: Int?
        let waiting: Int?
    }

    struct Session: Sendable {
        let id: String
        let user: String
        let account: String
        let target: String
        let from: String
        let started: ShownTime
        let grant: String
        let state: String?
        let watchers: String?

        init(_ session: SessionInfo) {
            self.id = session.id
            self.user = session.user
            self.account = session.account
            self.target = session.target
            self.from = session.from
            self.started = ShownTime(session.started)
            self.grant = session.grant
            self.state = SessionState.text(session)
            self.watchers =
                session.watchers.isEmpty ? nil : session.watchers.map(\.name).joined(separator: ", ")
        }
    }
}

enum SessionState {
    /// What holds a session up; nil for nothing.
    static func text(_ session: SessionInfo) -> String? {
        if let name = session.lockedBy { return "locked by \(name)" }
        if !session.heldCommands.isEmpty { return "a command waits" }
        return session.held ? "waits for a supervisor" : nil
    }
}

extension WebConsole {
    func addDashboard(to pages: PageTable) {
        pages.page("", .sessionsRead) { call in
            let sessions = try await call.service.listSessions(by: call.actor)
            var (emergencies, waiting) = (0, 0)
            if call.may(.requestsRead) {
                emergencies = try await call.service.listEmergencies(all: false, by: call.actor).count
                waiting = try await call.service.listRequests(all: false, by: call.actor)
                    .count { $0.state == "waiting" }
            }
            return Page(
                "dashboard", title: "Live sessions",
                DashboardPage.View(
                    sessions: sessions.map(DashboardPage.Session.init), screens: call.may(.recordingsOpen),
                    emergencies: emergencies > 0 ? emergencies : nil, waiting: waiting > 0 ? waiting : nil),
                scripts: ["xterm.js", "screens.js", "dashboard.js"], styles: ["xterm.css", "screens.css"],
                makesStyles: true)
        }
    }
}
