import AdminAPI
import ArgumentParser

struct TokenCommand: NounCommand {
    static let configuration = CommandConfiguration(
        commandName: "token", abstract: "Tokens for the API over HTTPS.",
        discussion: """
            Examples:
              sallyport token create --name grafana --role auditor --scope metrics.read --expires 90d
              sallyport token create --name alice-laptop --role operator --user alice --expires 30d
              sallyport token revoke grafana
            """,
        subcommands: [Create.self, List.self, Revoke.self])

    struct Create: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make a token and print it, this once. It is kept as a hash alone.")

        @ParentCommand var root: Sallyport
        @OptionGroup var output: OutputOptions
        @Option(help: "Name of the token.") var name: String
        @Option(
            help: ArgumentHelp(
                "What it may do: \(Role.allCases.map(\.rawValue).joined(separator: ", ")).", valueName: "role"))
        var role: Role
        @Option(help: ArgumentHelp("Whose it is: it is worth nothing once the user is disabled.", valueName: "name"))
        var user: String?
        @Option(
            help: ArgumentHelp(
                "Limit it to permissions of the role, such as sessions.read; may be repeated.", valueName: "permissions"
            ))
        var scope: [NameList] = []
        @Option(help: ArgumentHelp("When it ends, such as 90d or 2027-06-30; at most 366d.", valueName: "time"))
        var expires: Expiry

        func run() async throws {
            let scope = try self.scope.flatMap(\.names).map { name in
                guard let permission = Permission(rawValue: name) else {
                    throw CommandFailure(
                        "there is no permission '\(name)'",
                        hint: "those are \(Permission.allCases.map(\.rawValue).joined(separator: ", "))",
                        status: .usage)
                }
                return permission
            }
            let created: CreatedToken = try await self.root.client.send(
                .POST, AdminRoutes.tokens.path(),
                CreateTokenRequest(
                    name: self.name, role: self.role, user: self.user, scope: scope.isEmpty ? nil : scope,
                    expires: self.expires.time))
            guard !self.output.json else { return try StandardOutput.json(created) }
            // Alone on standard output, for a file.
            StandardOutput.line(Printable.line(created.token))
            StandardError.line(
                "token \(created.info.name) ends at \(Display.time(created.info.expires)); it is not shown again")
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List tokens, without what they are.")

        @ParentCommand var root: Sallyport
        @OptionGroup var output: OutputOptions

        func run() async throws {
            let tokens: [TokenInfo] = try await self.root.client.get(AdminRoutes.tokens.path())
            guard !self.output.json else { return try StandardOutput.json(tokens) }
            var table = Table(
                .left("TOKEN"), .left("BEGINS"), .left("ROLE"), .left("USER"), .left("STATE"), .left("EXPIRES"),
                .left("LAST USED"), .left("PERMISSIONS"))
            for token in tokens {
                let isWhole = Set(token.permissions) == token.role.permissions
                table.add(
                    token.name, token.prefix, token.role.rawValue, token.user ?? "-", token.state.rawValue,
                    Display.time(token.expires), token.lastUsed.map(Display.time) ?? "never",
                    isWhole ? "all of the role" : Display.list(token.permissions.map(\.rawValue)))
            }
            table.write(none: "no tokens")
        }
    }

    struct Revoke: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Make a token worth nothing, at once and for good.")

        @ParentCommand var root: Sallyport
        @OptionGroup var output: OutputOptions
        @Argument(help: "Name of the token.") var name: String

        func run() async throws {
            let token: TokenInfo = try await self.root.client.delete(AdminRoutes.token.path(self.name))
            guard !self.output.json else { return try StandardOutput.json(token) }
            StandardOutput.line("revoked token \(Printable.line(token.name))")
        }
    }
}

extension Role: ExpressibleByArgument {}
