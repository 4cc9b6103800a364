import AdminAPI
import ArgumentParser

struct SessionCommand: NounCommand {
    static let configuration = CommandConfiguration(
        commandName: "session", abstract: "Sessions that run now.",
        discussion: """
            Examples:
              sallyport session watch ID
              sallyport session lock ID --reason "wait for the change window"
              sallyport session message ID "the change window closes at ten" --require-ack
              sallyport session kill ID --reason "not in the change window"
            """,
        subcommands: [
            List.self, Show.self, SessionWatchCommand.self, SessionJoinCommand.self, SessionMessageCommand.self,
            SessionLockCommand.self,
            SessionUnlockCommand.self, SessionApproveCommand.self, SessionDenyCommand.self, Kill.self,
        ])

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List the sessions that run now.")

        @ParentCommand var root: Sallyport
        @OptionGroup var output: OutputOptions

        func run() async throws {
            let sessions: [SessionInfo] = try await self.root.client.get(AdminRoutes.sessions.path())
            guard !self.output.json else { return try StandardOutput.json(sessions) }
            var table = Table(
                .left("ID"), .left("USER"), .left("ACCOUNT"), .left("TARGET"), .left("FROM"), .left("STARTED"),
                .right("PID"), .left("LOCKED BY"), .left("WATCHED BY"))
            for session in sessions {
                table.add(
                    session.id, session.user, session.account, session.target, session.from,
                    Display.time(session.started), String(session.pid), session.lockedBy ?? "",
                    session.watchers.map(\.name).joined(separator: ","))
            }
            table.write(none: "no sessions")
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Show a session.")

        @ParentCommand var root: Sallyport
        @OptionGroup var output: OutputOptions
        @Argument(help: "Id of the session.") var id: String

        func run() async throws {
            let session: SessionInfo = try await self.root.client.get(AdminRoutes.session.path(self.id))
            guard !self.output.json else { return try StandardOutput.json(session) }
            var details = Details()
            details.add("id", session.id)
            details.add("user", session.user)
            details.add("account", session.account)
            details.add("target", session.target)
            details.add("from", session.from)
            details.add("grant", session.grant)
            details.add("started", Display.time(session.started))
            details.add("worker pid", String(session.pid))
            if let lockedBy = session.lockedBy { details.add("locked by", lockedBy) }
            if session.held { details.add("input", "held: no supervisor watches") }
            for watcher in session.watchers {
                let role = watcher.supervises ? ", supervises" : ""
                details.add("watched by", "\(watcher.name) since \(Display.time(watcher.since))\(role)")
            }
            for held in session.heldCommands {
                details.add(
                    "waits for approval",
                    "\(held.number) since \(Display.time(held.since)) (\(held.rule)): \(held.command)")
            }
            details.add("recorded", Display.size(session.recordedBytes))
            details.write()
        }
    }

    struct Kill: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "End a session now. Returns when both of its connections are proven closed.")

        @ParentCommand var root: Sallyport
        @OptionGroup var output: OutputOptions
        @Argument(help: "Id of the session.") var id: String
        @Option(help: ArgumentHelp("Why; kept in the recording and the audit log.", valueName: "text"))
        var reason = "ended by an administrator"

        func run() async throws {
            let result: KillResult = try await self.root.client.send(
                .POST, AdminRoutes.sessionKill.path(self.id), KillSessionRequest(reason: self.reason))
            if self.output.json {
                try StandardOutput.json(result)
            } else if result.verified {
                StandardOutput.line(
                    "killed \(Printable.line(result.id)), both connections closed after "
                        + "\(Display.milliseconds(result.closedMilliseconds)) ms")
            }
            guard result.verified else {
                throw CommandFailure(
                    "session \(result.id) was killed, but not proven dead", hint: "look at sallyport session list")
            }
        }
    }
}

extension Display {
    /// With one decimal.
    static func milliseconds(_ value: Double) -> String {
        let tenths = Int((max(0, min(value, 1e12)) * 10).rounded())
        return "\(tenths / 10).\(tenths % 10)"
    }
}
