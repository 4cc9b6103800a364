import AdminAPI
import ArgumentParser

/// A list on the command line: comma-separated, and the option may be repeated.
struct NameList: ExpressibleByArgument {
    var names: [String]

    init?(argument: String) {
        self.names = argument.split(separator: ",").map(\.trimmed).filter { !$0.isEmpty }
        if self.names.isEmpty { return nil }
    }
}

struct GrantCommand: NounCommand {
    static let configuration = CommandConfiguration(
        commandName: "grant", abstract: "Who may use which account on which targets; all else is denied.",
        discussion: """
            Example:
              sallyport grant add web-admins --user alice,bob --target web1 --account root --allow shell,exec,sftp,scp
              sallyport grant add db --user alice --target web1 --account root --allow local-forward --forward db1:5432
              sallyport grant add day --group ops --target-label env=prod --account any --allow shell \
                --window "mon-fri 08:00-18:00 Europe/Berlin" --from 10.0.0.0/8 --max-session 8h --max-idle 15m
              sallyport grant add on-call --group ops --target db1 --account root --allow shell \\
                --approval 1 --approvers leads --require-reason --ticket 'OPS-[0-9]+'
              sallyport grant add core --group ops --target db1 --account root --allow shell --dual-control --dead-man 5m
              sallyport grant deny interns --group interns --target-label env=prod --account any
            """,
        subcommands: [Add.self, GrantDenyCommand.self, List.self, Remove.self])

    struct Add: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Add a grant.", discussion: "Each option takes names separated by commas, and may be repeated.")

        @ParentCommand var root: Sallyport
        @OptionGroup var output: OutputOptions
        @Argument(help: "Name of the grant.") var name: String
        @OptionGroup var scope: GrantScope
        @Option(help: ArgumentHelp("Channel kinds, such as shell,exec,sftp,scp.", valueName: "kinds"))
        var allow: [NameList]
        @Option(
            help: ArgumentHelp(
                """
                Where local forwards may go: HOST:PORT, with names, *, networks, port ranges, or the /PATH of a Unix \
                socket; else the target itself.
                """,
                valueName: "places"))
        var forward: [NameList] = []
        @Option(
            help: ArgumentHelp(
                "Where the target may listen for remote forwards: ADDRESS:PORT or /PATH; else its loopback addresses.",
                valueName: "places"))
        var listen: [NameList] = []
        @Flag(help: "Permit other SSH connections inside forwards: nothing in them is readable.")
        var nestedSsh = false
        @Option(
            help: ArgumentHelp(
                "What of the input is recorded: all, mask-secrets (nothing typed without echo), or none.",
                valueName: "policy"))
        var keystrokes = "mask-secrets"
        @Option(
            help: ArgumentHelp(
                "What of the files that sftp and scp move is recorded: omit (path, size, SHA-256), or record (content too).",
                valueName: "policy"))
        var fileContent = "omit"
        @Option(
            help: ArgumentHelp(
                "A one-time code that is no older than this when a session begins: 30s to 24h, such as 15m.",
                valueName: "time"))
        var mfaWithin: Length?
        @OptionGroup var limits: GrantLimits
        @OptionGroup var approvals: GrantApprovalOptions
        @OptionGroup var emergencies: GrantEmergencyOptions
        @OptionGroup var supervision: GrantSupervision

        func run() async throws {
            var terms = self.scope.terms
            self.limits.add(to: &terms)
            terms.approval = self.approvals.terms
            terms.breakGlass = self.emergencies.terms
            try self.supervision.add(to: &terms)
            let request = AddGrantRequest(
                name: self.name, users: self.scope.user.flatMap(\.names), groups: self.scope.group.flatMap(\.names),
                targets: self.scope.target.flatMap(\.names), accounts: self.scope.accounts,
                allow: self.allow.flatMap(\.names),
                forwards: self.forward.flatMap(\.names), listens: self.listen.flatMap(\.names),
                nestedSSH: self.nestedSsh, keystrokes: self.keystrokes,
                fileContent: self.fileContent, secondFactorSeconds: self.mfaWithin?.seconds, terms: terms)
            let grant: GrantInfo = try await self.root.client.send(.POST, AdminRoutes.grants.path(), request)
            guard !self.output.json else { return try StandardOutput.json(grant) }
            StandardOutput.line("added grant \(Printable.line(grant.name))")
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List grants.")

        @ParentCommand var root: Sallyport
        @OptionGroup var output: OutputOptions

        func run() async throws {
            let grants: [GrantInfo] = try await self.root.client.get(AdminRoutes.grants.path())
            guard !self.output.json else { return try StandardOutput.json(grants) }
            var table = Table(
                .left("GRANT"), .left("USERS"), .left("GROUPS"), .left("ACCOUNTS"), .left("TARGETS"), .left("ALLOW"),
                .left("FORWARDS"), .left("KEYSTROKES"), .left("FILE CONTENT"), .left("TERMS"), .left("ADDED"))
            for grant in grants {
                table.add(
                    grant.name, Display.list(grant.users), Display.list(grant.groups), Display.list(grant.accounts),
                    Display.list(grant.targets), Self.kinds(of: grant), Self.forwards(of: grant), grant.keystrokes,
                    grant.fileContent, grant.summary.isEmpty ? "-" : grant.summary.joined(separator: "; "),
                    Display.time(grant.added))
            }
            table.write(none: "no grants")
        }

        private static func kinds(of grant: GrantInfo) -> String {
            guard grant.terms?.effect == "deny" else { return Display.list(grant.allow) }
            return grant.allow.isEmpty ? "deny all" : "deny \(Display.list(grant.allow))"
        }

        /// Such as `db1:5432,listen localhost:*,nested ssh`.
        private static func forwards(of grant: GrantInfo) -> String {
            Display.list(
                grant.forwards + grant.listens.map { "listen \($0)" } + (grant.nestedSSH ? ["nested ssh"] : []))
        }
    }

    struct Remove: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Remove a grant; sessions that no other grant permits end at once.")

        @ParentCommand var root: Sallyport
        @OptionGroup var output: OutputOptions
        @OptionGroup var withdrawal: WithdrawalOptions
        @Argument(help: "Name of the grant.") var name: String

        func run() async throws {
            let ended: Withdrawal = try await self.root.client.delete(
                AdminRoutes.grant.path(self.name, query: self.withdrawal.query))
            try self.output.report("removed grant \(self.name)", ended)
        }
    }
}
