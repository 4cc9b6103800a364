import AdminAPI
import ArgumentParser

struct UserCommand: NounCommand {
    static let configuration = CommandConfiguration(
        commandName: "user", abstract: "Who may log in to the gateway.",
        discussion: """
            Examples:
              sallyport user add alice --key alice.pub
              sallyport user add deploy --service --from 10.1.0.0/16 --key deploy.pub --sessions 4
              sallyport user set-password alice --password-stdin
              sallyport user key add alice --key new.pub --expires 90d
              sallyport user totp enrol alice
              sallyport user edit alice --require publickey+totp
              sallyport user edit alice --role auditor
              sallyport user disable alice --reason "left the company"
            """,
        subcommands: [
            Add.self, List.self, Show.self, Edit.self, Disable.self, Enable.self, Remove.self, SetPassword.self,
            UserKeyCommand.self, SecondFactorCommand.self, UserAuthorityCommand.self, UserKeyCommand.AddInOneWord.self,
        ])

    struct Add: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Add a user.")

        @ParentCommand var root: Sallyport
        @OptionGroup var output: OutputOptions
        @Argument(help: "Name of the user.") var name: String
        @Option(help: ArgumentHelp("File with OpenSSH public keys; may be repeated.", valueName: "file"))
        var key: [String] = []
        @Flag(help: "Read a password from standard input.") var passwordStdin = false
        @Option(help: ArgumentHelp("The user signs in by a directory: ldap or oidc.", valueName: "source"))
        var directory: String?
        @Flag(help: "A service account: a program, which signs in by key or certificate alone.") var service = false
        @OptionGroup var terms: ServiceTermOptions

        func validate() throws {
            if !self.service, !self.terms.isEmpty {
                throw ValidationError("--from and --sessions are for service accounts: add --service")
            }
            guard self.service else { return }
            if self.terms.from.isEmpty { throw ValidationError("a service account needs --from, where it comes from") }
            if self.passwordStdin { throw ValidationError("a service account has no password") }
        }

        func run() async throws {
            let request = AddUserRequest(
                name: self.name, keys: try self.key.flatMap(Inputs.publicKeys),
                password: self.passwordStdin ? try Inputs.password() : nil, source: self.directory,
                service: self.service ? self.terms.request : nil)
            let user: UserInfo = try await self.root.client.send(.POST, AdminRoutes.users.path(), request)
            guard !self.output.json else { return try StandardOutput.json(user) }
            let kind = user.service == nil ? "user" : "service account"
            StandardOutput.line("added \(kind) \(Printable.line(user.name))")
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List users.")

        @ParentCommand var root: Sallyport
        @OptionGroup var output: OutputOptions

        func run() async throws {
            let users: [UserInfo] = try await self.root.client.get(AdminRoutes.users.path())
            guard !self.output.json else { return try StandardOutput.json(users) }
            var table = Table(
                .left("USER"), .left("KIND"), .left("STATE"), .right("KEYS"), .left("PASSWORD"), .left("GROUPS"),
                .left("ADDED"))
            for user in users {
                table.add(
                    user.name, user.service == nil ? "person" : "service", user.state, String(user.keys.count),
                    user.passwordPlace, Display.list(user.groups), Display.time(user.added))
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
            details.add("kind", user.service == nil ? "person" : "service account")
            details.add("state", user.suspension.map { "\(user.state): \(Printable.line($0))" } ?? user.state)
            details.add("added", Display.time(user.added))
            if let service = user.service {
                details.add("comes from", Display.list(service.from ?? []))
                details.add("sessions at once", String(service.sessions ?? 0))
            } else {
                details.add("password", user.passwordPlace)
                details.add("one-time codes", user.hasSecondFactor ? "yes" : "no")
                if user.hasSecondFactor { details.add("recovery codes left", String(user.unusedRecoveryCodes)) }
                details.add("logins need", Requirement.shown(user.require))
            }
            details.add("groups", Display.list(user.groups))
            let roles: UserRoles = try await self.root.client.get(AdminRoutes.userRoles.path(self.name))
            details.add("roles", Display.list(roles.own.map(\.rawValue)))
            for group in roles.groups {
                details.add("roles by \(group.group)", Display.list(group.roles.map(\.rawValue)))
            }
            for key in user.keys {
                let expiry = key.expires.map { " until \(Display.time($0))" } ?? ""
                let verified = key.requireVerification == true ? " with PIN" : ""
                let touched = key.requireTouch == false ? " without touch" : ""
                details.add("key", "\(key.type) \(key.fingerprint)\(verified)\(touched)\(expiry)")
            }
            details.write()
        }
    }

    struct Remove: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Remove a user, with keys and every mention in groups and grants; live sessions end at once.")

        @ParentCommand var root: Sallyport
        @OptionGroup var output: OutputOptions
        @OptionGroup var withdrawal: WithdrawalOptions
        @Argument(help: "Name of the user.") var name: String

        func run() async throws {
            let ended: Withdrawal = try await self.root.client.delete(
                AdminRoutes.user.path(self.name, query: self.withdrawal.query))
            try self.output.report("removed user \(self.name)", ended)
        }
    }

    struct Edit: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: """
                Change what logins of a user have to prove, roles in the administration, or a service account's sources \
                and sessions.
                """)

        @ParentCommand var root: Sallyport
        @OptionGroup var output: OutputOptions
        @Argument(help: "Name of the user.") var name: String
        @Option(help: Requirement.help) var require: [NameList] = []
        @OptionGroup var terms: ServiceTermOptions
        @OptionGroup var roles: RoleOptions

        func validate() throws {
            if self.require.isEmpty, self.terms.isEmpty, self.roles.isEmpty {
                throw ValidationError(
                    "say what to change: --require, --role, or --from and --sessions of a service account")
            }
        }

        func run() async throws {
            if !self.roles.isEmpty {
                _ = try await self.root.client.send(
                    .PUT, AdminRoutes.userRoles.path(self.name), self.roles.request(), as: UserRoles.self)
            }
            guard !self.require.isEmpty || !self.terms.isEmpty else {
                return try self.output.report("changed user \(self.name)", Withdrawal())
            }
            let request = ChangeUserRequest(
                require: self.require.isEmpty ? nil : Requirement.words(self.require),
                service: self.terms.isEmpty ? nil : self.terms.request)
            let ended: Withdrawal = try await self.root.client.send(
                .PATCH, AdminRoutes.user.path(self.name), request)
            try self.output.report("changed user \(self.name)", ended)
        }
    }

    struct Disable: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Let a user sign in no longer; live sessions end at once.")

        @ParentCommand var root: Sallyport
        @OptionGroup var output: OutputOptions
        @OptionGroup var withdrawal: WithdrawalOptions
        @Argument(help: "Name of the user.") var name: String

        func run() async throws {
            let request = ChangeUserRequest(enabled: false, reason: self.withdrawal.reason)
            let ended: Withdrawal = try await self.root.client.send(
                .PATCH, AdminRoutes.user.path(self.name), request)
            try self.output.report("disabled user \(self.name)", ended)
        }
    }

    struct Enable: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Let a disabled user sign in again.")

        @ParentCommand var root: Sallyport
        @OptionGroup var output: OutputOptions
        @Argument(help: "Name of the user.") var name: String

        func run() async throws {
            let ended: Withdrawal = try await self.root.client.send(
                .PATCH, AdminRoutes.user.path(self.name), ChangeUserRequest(enabled: true))
            try self.output.report("enabled user \(self.name)", ended)
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
}

extension UserInfo {
    fileprivate var state: String { !self.enabled ? "disabled" : self.suspension == nil ? "enabled" : "suspended" }

    /// Where the user's password is.
    fileprivate var passwordPlace: String {
        self.source == "local" ? (self.hasPassword ? "yes" : "no") : self.source
    }
}
