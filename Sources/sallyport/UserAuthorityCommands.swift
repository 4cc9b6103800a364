import AdminAPI
import ArgumentParser

struct UserAuthorityCommand: NounCommand {
    static let configuration = CommandConfiguration(
        commandName: "authority", abstract: "Authorities whose SSH certificates let users in.",
        discussion: """
            Examples:
              sallyport user authority add corporate --key ca.pub --principals '*'
              sallyport user authority add mail --key mail.pub --principals '*@corp.example=*'
              sallyport user authority add robots --key robots.pub --principals deploy-bot=deploy
            """,
        subcommands: [Add.self, List.self, Remove.self])

    struct Add: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Trust an authority.")

        @ParentCommand var root: Sallyport
        @OptionGroup var output: OutputOptions
        @Argument(help: "Name of the authority.") var name: String
        @Option(help: ArgumentHelp("File with the authority's public key.", valueName: "file")) var key: String
        @Option(
            help: ArgumentHelp(
                """
                Whom its certificates may be: users' names, PRINCIPAL=USER, in both with a * for any characters, or * for the \
                user of the principal's name.
                """,
                valueName: "names"))
        var principals: [NameList]

        func run() async throws {
            let keys = try Inputs.publicKeys(self.key)
            guard let key = keys.first, keys.count == 1 else {
                throw CommandFailure("\(self.key) holds more than one key", status: .usage)
            }
            let request = AddUserAuthorityRequest(
                name: self.name, key: key, principals: self.principals.flatMap(\.names))
            let added: UserAuthorityInfo = try await self.root.client.send(
                .POST, AdminRoutes.userAuthorities.path(), request)
            guard !self.output.json else { return try StandardOutput.json(added) }
            StandardOutput.line("added user authority \(Printable.line(added.name)), \(added.key.fingerprint)")
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List the authorities that are trusted.")

        @ParentCommand var root: Sallyport
        @OptionGroup var output: OutputOptions

        func run() async throws {
            let authorities: [UserAuthorityInfo] = try await self.root.client.get(AdminRoutes.userAuthorities.path())
            guard !self.output.json else { return try StandardOutput.json(authorities) }
            var table = Table(
                .left("AUTHORITY"), .left("TYPE"), .left("FINGERPRINT"), .left("PRINCIPALS"), .left("ADDED"))
            for authority in authorities {
                table.add(
                    authority.name, authority.key.type, authority.key.fingerprint, Display.list(authority.principals),
                    Display.time(authority.added))
            }
            table.write(none: "no user authorities")
        }
    }

    struct Remove: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Trust an authority no longer; the sessions that its certificates let in end at once.")

        @ParentCommand var root: Sallyport
        @OptionGroup var output: OutputOptions
        @OptionGroup var withdrawal: WithdrawalOptions
        @Argument(help: "Name of the authority.") var name: String

        func run() async throws {
            let ended: Withdrawal = try await self.root.client.delete(
                AdminRoutes.userAuthority.path(self.name, query: self.withdrawal.query))
            try self.output.report("removed user authority \(self.name)", ended)
        }
    }
}
