import AdminAPI
import ArgumentParser

struct ReportCommand: NounCommand {
    static let configuration = CommandConfiguration(
        commandName: "report", abstract: "What reviews of access ask for.",
        discussion: """
            Examples:
              sallyport report access --csv > access.csv
              sallyport report activity --since 90d
              sallyport report unused-grants --since 180d
            """,
        subcommands: [Access.self, Activity.self, UnusedGrants.self])

    struct Options: ParsableArguments {
        @Flag(help: "Print JSON.") var json = false
        @Flag(
            help: "Print comma-separated values (RFC 4180); what a spreadsheet would take for a formula begins with '.")
        var csv = false

        func validate() throws {
            guard !(self.json && self.csv) else { throw ValidationError("--json and --csv exclude each other") }
        }

        func write<Row: Encodable>(_ rows: [Row], as table: Table, none: String) throws {
            if self.json { return try StandardOutput.json(rows) }
            if self.csv { table.writeCommaSeparated() } else { table.write(none: none) }
        }
    }

    struct Since: ParsableArguments {
        @Option(
            help: ArgumentHelp("From when on: a day or a time, UTC, or how long ago, such as 90d.", valueName: "time"))
        var since: Past?

        var query: [(name: String, value: String)] { self.since.map { [("since", $0.time.description)] } ?? [] }
    }

    struct Access: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Who can reach what, by which grant.",
            discussion:
                "Whatever the hour is, and from wherever; OPEN says whether it is open now, from some address, or once others approve."
        )

        @ParentCommand var root: Sallyport
        @OptionGroup var options: Options

        func run() async throws {
            let rows: [AccessReportRow] = try await self.root.client.get(AdminRoutes.accessReport.path())
            var table = Table(
                .left("USER"), .left("ACCOUNT"), .left("TARGET"), .left("GRANT"), .left("BY GROUP"), .left("ALLOW"),
                .left("TERMS"), .left("DENIED BY"), .left("OPEN"))
            for row in rows {
                table.add(
                    row.enabled ? row.user : "\(row.user) (disabled)", row.account, row.target, row.grant,
                    Display.list(row.groups), Display.list(row.allow),
                    row.terms.isEmpty ? "-" : row.terms.joined(separator: "; "), Display.list(row.deniedBy),
                    row.open ? "yes" : row.onApproval ? "on approval" : row.forEmergencies ? "emergency" : "no")
            }
            try self.options.write(rows, as: table, none: "nobody can reach anything")
        }
    }

    struct Activity: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "What was done, by user, account and target.")

        @ParentCommand var root: Sallyport
        @OptionGroup var options: Options
        @OptionGroup var since: Since

        func run() async throws {
            let rows: [ActivityReportRow] = try await self.root.client.get(
                AdminRoutes.activityReport.path(query: self.since.query))
            var table = Table(
                .left("USER"), .left("ACCOUNT"), .left("TARGET"), .right("SESSIONS"), .right("RUNNING"), .left("FIRST"),
                .left("LAST"), .right("SECONDS"), .right("RECORDED BYTES"))
            for row in rows {
                table.add(
                    row.user, row.account, row.target, String(row.sessions), String(row.running),
                    Display.time(row.first), Display.time(row.last), String(row.seconds), String(row.bytes))
            }
            try self.options.write(rows, as: table, none: "no sessions")
        }
    }

    struct UnusedGrants: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Grants that opened no session: never, or not since a time.",
            discussion: "With --since, grants that were added later are left out.")

        @ParentCommand var root: Sallyport
        @OptionGroup var options: Options
        @OptionGroup var since: Since

        func run() async throws {
            let rows: [UnusedGrantRow] = try await self.root.client.get(
                AdminRoutes.unusedGrantsReport.path(query: self.since.query))
            var table = Table(.left("GRANT"), .left("ADDED"), .left("LAST USED"), .left("USERS"), .left("GROUPS"))
            for row in rows {
                table.add(
                    row.grant, Display.time(row.added), row.lastUsed.map(Display.time) ?? "never",
                    Display.list(row.users), Display.list(row.groups))
            }
            try self.options.write(rows, as: table, none: "no unused grants")
        }
    }
}

/// A moment that is over: `2026-01-31`, `2026-01-31T08:00:00Z`, both UTC, or how long ago, such as `90d`.
struct Past: ExpressibleByArgument {
    var time: Timestamp

    init?(argument: String) {
        if let seconds = Expiry.seconds(in: argument) {
            let (nanoseconds, isTooLong) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
            let (moment, isBefore) = Timestamp.now.nanosecondsSince1970.subtractingReportingOverflow(nanoseconds)
            guard !isTooLong, !isBefore, moment >= 0 else { return nil }
            self.time = Timestamp(nanosecondsSince1970: moment)
        } else if let moment = Moment(argument: argument) {
            self.time = moment.time
        } else {
            return nil
        }
    }
}
