import AdminAPI
import ArgumentParser

struct UserCommand: NounCommand {
    static let configuration = CommandConfiguration(
        commandName: "user", abstract: "Who may log in to the gateway.",
        discussion: """
            Examples:
              sallyport user add alice --key alice.pub
              sallyport user set-password alice --password-stdin
            """,
        subcommands: [Add.self, List.self, Show.self, Remove.self, SetPassword.self, AddKey.self])

    struct Add: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Add a user.")

        @ParentCommand var root: Sallyport
        @OptionGroup var output: OutputOptions
        @Argument(help: "Name of the user.") var name: String
        @Option(help: ArgumentHelp("File with OpenSSH public keys; may be repeated.", valueName: "file"))
        var key: [String] = []
        @Flag(help: "Read a password from standard input.") var passwordStdin = false

        func run() async throws {
            let request = AddUserRequest(
                name: self.name, keys: try self.key.flatMap(Inputs.publicKeys),
                password: self.passwordStdin ? try Inputs.password() : nil)
            let user: UserInfo = try await self.root.client.send(.POST, AdminRoutes.users.path(), request)
            guard !self.output.json else { return try StandardOutput.json(user) }
            StandardOutput.line("added user \(Printable.line(user.name))")
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List users.")

        @ParentCommand var root: Sallyport
        @OptionGroup var output: OutputOptions

        func run() async throws {
            let users: [UserInfo] = try await self.root.client.get(AdminRoutes.users.path())
            guard !self.output.json else { return try StandardOutput.json(users) }
            var table = Table(.left("USER"), .right("KEYS"), .left("PASSWORD"), .left("ADDED"))
            for user in users {
                table.add(
                    user.name, String(user.keys.count), user.hasPassword ? "yes" : "no", Display.time(user.added))
            }
            table.write(none: "no users")
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Show a user and its keys.")

        @ParentCommand var root: Sallyport
        @OptionGroup var output: OutputOptions
        @Argument(help: "Name of the user.") var name: String

        func run() async throws {
            let user: UserInfo = try await self.root.client.get(AdminRoutes.user.path(self.name))
            guard !self.output.json else { return try StandardOutput.json(user) }
            var details = Details()
            details.add("user", user.name)
            details.add("added", Display.time(user.added))
            details.add("password", user.hasPassword ? "yes" : "no")
            for key in user.keys {
                details.add("key", "\(key.type) \(key.fingerprint)")
            }
            details.write()
        }
    }

    struct Remove: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Remove a user.")

        @ParentCommand var root: Sallyport
        @Argument(help: "Name of the user.") var name: String

        func run() async throws {
            try await self.root.client.delete(AdminRoutes.user.path(self.name))
            StandardOutput.line("removed user \(Printable.line(self.name))")
        }
    }

    struct SetPassword: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "set-password", abstract: "Set or replace a user's password.")

        @ParentCommand var root: Sallyport
        @Argument(help: "Name of the user.") var name: String
        @Flag(help: "Read the password from standard input (always so; accepted for scripts).")
        var passwordStdin = false

        func run() async throws {
            let request = SetPasswordRequest(password: try Inputs.password())
            try await self.root.client.send(.PUT, AdminRoutes.userPassword.path(self.name), request)
            StandardOutput.line("set the password of user \(Printable.line(self.name))")
        }
    }

    struct AddKey: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "add-key", abstract: "Add public keys to a user.")

        @ParentCommand var root: Sallyport
        @Argument(help: "Name of the user.") var name: String
        @Option(help: ArgumentHelp("File with OpenSSH public keys; may be repeated.", valueName: "file"))
        var key: [String]

        func run() async throws {
            let request = AddKeysRequest(keys: try self.key.flatMap(Inputs.publicKeys))
            let user: UserInfo = try await self.root.client.send(
                .POST, AdminRoutes.userKeys.path(self.name), request)
            StandardOutput.line("user \(Printable.line(user.name)) has \(user.keys.count) keys")
        }
    }
}
