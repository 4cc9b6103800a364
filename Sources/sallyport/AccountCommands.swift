import AdminAPI
import ArgumentParser

struct AccountCommand: NounCommand {
    static let configuration = CommandConfiguration(
        commandName: "account", abstract: "Accounts on targets.",
        discussion: """
            Examples:
              sallyport account discover web1 --as root
            """,
        subcommands: [Discover.self])

    struct Discover: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List the accounts of a target, who may become root there, and what the vault doesn't manage.",
            discussion: """
                The gateway logs in with a credential that it has, in a session that is recorded, and only reads. As root,
                or where sudo needs no password, it sees everything; else what the account sees.

                Examples:
                  sallyport account discover web1 --as root
                  sallyport account discover web1 --as backup --json
                """)

        @ParentCommand var root: Sallyport
        @OptionGroup var output: OutputOptions
        @Argument(help: "Name of the target.") var target: String
        @Option(
            name: .customLong("as"),
            help: ArgumentHelp("The account that looks (default: root, else the only one).", valueName: "account"))
        var account: String?

        func run() async throws {
            let account = try await self.lookingAccount()
            let found: AccountDiscovery = try await self.root.client.send(
                .POST, AdminRoutes.accountDiscovery.path(self.target), DiscoverAccountsRequest(account: account))
            guard !self.output.json else { return try StandardOutput.json(found) }
            var table = Table(
                .left("ACCOUNT"), .right("UID"), .left("LOGIN"), .left("PASSWORD"), .right("KEYS"), .left("ROOT BY"),
                .left("MANAGED"))
            for account in found.accounts {
                table.add(
                    account.name, String(account.uid), account.canLogIn ? "yes" : "no",
                    account.password?.rawValue ?? "?", account.keys.map { String($0.count) } ?? "?", account.rootBy,
                    account.isManaged ? "yes" : "no")
            }
            table.write(none: "no accounts")
            if !found.isPrivileged {
                StandardOutput.line(
                    Printable.line("\(found.account) does not see everything: ? stands for what was not to be seen"))
            }
            for name in found.unmanagedPrivileged {
                StandardOutput.line(
                    Printable.line("not managed: \(name) may become root, and the vault has no credential of it"))
            }
        }

        private func lookingAccount() async throws -> String {
            if let account = self.account { return account }
            let credentials: [CredentialInfo] = try await self.root.client.get(AdminRoutes.credentials.path())
            let accounts = credentials.filter { $0.target == self.target }.map(\.account)
            if accounts.contains("root") { return "root" }
            guard accounts.count == 1 else {
                throw CommandFailure(
                    accounts.isEmpty
                        ? "there is no credential for \(self.target)"
                        : "more than one account of \(self.target) has a credential",
                    hint: "say which one looks with --as ACCOUNT")
            }
            return accounts[0]
        }
    }
}

extension DiscoveredAccount {
    /// How it may become root, in words.
    fileprivate var rootBy: String {
        guard self.isPrivileged else { return "-" }
        if self.uid == 0 { return "uid 0" }
        return self.privilegedGroups.isEmpty ? "sudo" : "group \(self.privilegedGroups.joined(separator: ", "))"
    }
}
