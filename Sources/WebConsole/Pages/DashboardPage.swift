import AdminAPI

/// The sessions that run now.
enum DashboardPage {
    struct View: Sendable {
        let sessions: [SessionRow]
        let mayOpen: Bool
    }

    struct SessionRow: Sendable {
        let id: String
        let user: String
        let account: String
        let target: String
        let from: String
        let started: String
        let lockedBy: String?
        let watchers: Int
    }
}

extension WebConsole {
    func addDashboard(to pages: PageTable) {
        pages.page("", .sessionsRead) { call in
            let sessions = try await call.service.listSessions(by: call.actor)
            let rows = sessions.map { session in
                DashboardPage.SessionRow(
                    id: session.id, user: session.user, account: session.account, target: session.target,
                    from: session.from, started: session.started.description, lockedBy: session.lockedBy,
                    watchers: session.watchers.count)
            }
            return Page(
                "dashboard", title: "Live sessions",
                DashboardPage.View(sessions: rows, mayOpen: call.may(.recordingsOpen)))
        }
    }
}
