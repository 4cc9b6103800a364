import AdminAPI
import ArgumentParser

struct UserKeyCommand: NounCommand {
    static let configuration = CommandConfiguration(
        commandName: "key", abstract: "The public keys by which a user signs in.",
        discussion: """
            Examples:
              sallyport user key add alice --key laptop.pub --expires 2027-06-30
              sallyport user key remove alice SHA256:uNiVztksCsDhcc0u9e8BrrEZGDwJtlrJbVAX0tMBJSM
            """,
        subcommands: [Add.self, List.self, Remove.self])

    struct Add: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Add public keys to a user.")

        @ParentCommand var root: Sallyport
        @OptionGroup var addition: Addition

        func run() async throws { try await self.addition.run(self.root.client) }
    }

    /// The verb `add-key` of old.
    struct AddInOneWord: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "add-key", abstract: "The same as user key add.", shouldDisplay: false)

        @ParentCommand var root: Sallyport
        @OptionGroup var addition: Addition

        func run() async throws { try await self.addition.run(self.root.client) }
    }

    struct Addition: ParsableArguments {
        @Argument(help: "Name of the user.") var name: String
        @Option(help: ArgumentHelp("File with OpenSSH public keys; may be repeated.", valueName: "file"))
        var key: [String]
        @Option(
            help: ArgumentHelp(
                "Until when they are good: a day (2027-06-30, to its end), a time, or a length such as 90d or 12h.",
                valueName: "time"))
        var expires: Expiry?
        @Option(help: "Comment in place of the file's own.") var comment: String?

        func run(_ client: ControlClient) async throws {
            let request = AddKeysRequest(
                keys: try self.key.flatMap(Inputs.publicKeys), expires: self.expires?.time, comment: self.comment)
            let user: UserInfo = try await client.send(.POST, AdminRoutes.userKeys.path(self.name), request)
            StandardOutput.line("user \(Printable.line(user.name)) has \(user.keys.count) keys")
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List the keys of a user.")

        @ParentCommand var root: Sallyport
        @OptionGroup var output: OutputOptions
        @Argument(help: "Name of the user.") var name: String

        func run() async throws {
            let user: UserInfo = try await self.root.client.get(AdminRoutes.user.path(self.name))
            guard !self.output.json else { return try StandardOutput.json(user.keys) }
            var table = Table(.left("FINGERPRINT"), .left("TYPE"), .left("EXPIRES"), .left("COMMENT"))
            for key in user.keys {
                table.add(key.fingerprint, key.type, key.expires.map(Display.time) ?? "-", key.comment)
            }
            table.write(none: "no keys")
        }
    }

    struct Remove: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Take a key from a user; the sessions that it let in end at once.")

        @ParentCommand var root: Sallyport
        @OptionGroup var output: OutputOptions
        @OptionGroup var withdrawal: WithdrawalOptions
        @Argument(help: "Name of the user.") var name: String
        @Argument(help: "Fingerprint of the key, SHA256:…, as user key list shows it.") var fingerprint: String

        func run() async throws {
            let ended: Withdrawal = try await self.root.client.delete(
                AdminRoutes.userKey.path(self.name, self.fingerprint, query: self.withdrawal.query))
            try self.output.report("removed key \(self.fingerprint) of user \(self.name)", ended)
        }
    }
}
