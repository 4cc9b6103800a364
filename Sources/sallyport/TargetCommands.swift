import AdminAPI
import ArgumentParser

struct TargetCommand: NounCommand {
    static let configuration = CommandConfiguration(
        commandName: "target", abstract: "Hosts that the gateway leads to.",
        discussion: """
            Examples:
              sallyport target add web1 --address 10.0.0.5:22 --scan
              sallyport target add switch7 --address 10.0.0.9 --scan --algorithms legacy
              sallyport target pin web1 --host-key new_host_key.pub
            """,
        subcommands: [Add.self, Edit.self, List.self, Show.self, Remove.self, Pin.self, HostKey.self])

    /// How the gateway speaks to the target.
    struct ProfileOptions: ParsableArguments {
        @Option(
            help: ArgumentHelp(
                "modern, legacy, or lists such as \"legacy kex=A,B ciphers=C\"; "
                    + "the lists are kex, ciphers, macs, host-keys and user-keys.",
                valueName: "algorithms"))
        var algorithms: String?
        @Option(
            help: ArgumentHelp(
                "Which question of a keyboard-interactive login gets the password, such as \"*pass*:\"; "
                    + "empty for the usual ones.", valueName: "pattern"))
        var passwordPrompt: String?
        @Option(
            help: ArgumentHelp(
                "What becomes of questions that no stored answer fits, such as for a one-time code: refuse (they end the "
                    + "login), or pass (the user answers them at a terminal).", valueName: "refuse|pass"))
        var prompts: String?
        @Option(
            help: ArgumentHelp(
                "What grants choose the target by, such as env=prod,team=web; all of them; none takes them away.",
                valueName: "key=value"))
        var label: [NameList] = []

        /// nil when nothing was said.
        var labels: [String]? {
            let words = self.label.flatMap(\.names)
            return words.isEmpty ? nil : words == ["none"] ? [] : words
        }
    }

    /// Where the host keys come from: exactly one of a file and a scan.
    struct HostKeyOptions: ParsableArguments {
        @Option(
            help: ArgumentHelp(
                "File with public keys of the host, such as ssh_host_ed25519_key.pub.", valueName: "file"))
        var hostKey: [String] = []
        @Flag(help: "Connect now and pin the keys that the host shows.") var scan = false

        func validate() throws {
            guard self.scan == self.hostKey.isEmpty else {
                throw ValidationError(
                    self.scan ? "--host-key and --scan exclude each other" : "give --host-key FILE or --scan")
            }
        }

        func source() throws -> HostKeySource {
            self.scan ? .scan : .lines(try self.hostKey.flatMap(Inputs.publicKeys))
        }
    }

    struct Add: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Add a target and pin its host keys.")

        @ParentCommand var root: Sallyport
        @OptionGroup var output: OutputOptions
        @Argument(help: "Name of the target.") var name: String
        @Option(help: ArgumentHelp("Where its sshd listens.", valueName: "host:port")) var address: String
        @OptionGroup var hostKeys: HostKeyOptions
        @OptionGroup var profile: ProfileOptions

        func run() async throws {
            let request = AddTargetRequest(
                name: self.name, address: self.address, hostKeys: try self.hostKeys.source(),
                algorithms: self.profile.algorithms, passwordPrompt: self.profile.passwordPrompt,
                prompts: self.profile.prompts, labels: self.profile.labels)
            let target: TargetInfo = try await self.root.client.send(.POST, AdminRoutes.targets.path(), request)
            guard !self.output.json else { return try StandardOutput.json(target) }
            StandardOutput.line("added target \(Printable.line(target.name)), \(Printable.line(target.address))")
            target.writePins()
        }
    }

    struct Edit: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "edit",
            abstract: "Change how the gateway speaks to a target, from the next session on, and its labels.",
            aliases: ["set"])

        @ParentCommand var root: Sallyport
        @OptionGroup var output: OutputOptions
        @Argument(help: "Name of the target.") var name: String
        @OptionGroup var profile: ProfileOptions

        func validate() throws {
            guard
                self.profile.algorithms ?? self.profile.passwordPrompt ?? self.profile.prompts != nil
                    || self.profile.labels != nil
            else {
                throw ValidationError("give --algorithms, --password-prompt, --prompts or --label")
            }
        }

        func run() async throws {
            let request = ChangeTargetRequest(
                algorithms: self.profile.algorithms, passwordPrompt: self.profile.passwordPrompt,
                prompts: self.profile.prompts, labels: self.profile.labels)
            let target: TargetInfo = try await self.root.client.send(
                .PATCH, AdminRoutes.target.path(self.name), request)
            guard !self.output.json else { return try StandardOutput.json(target) }
            target.writeProfile()
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List targets.")

        @ParentCommand var root: Sallyport
        @OptionGroup var output: OutputOptions

        func run() async throws {
            let targets: [TargetInfo] = try await self.root.client.get(AdminRoutes.targets.path())
            guard !self.output.json else { return try StandardOutput.json(targets) }
            var table = Table(
                .left("TARGET"), .left("ADDRESS"), .left("ACCOUNTS"), .left("LABELS"), .right("HOST KEYS"),
                .left("ADDED"))
            for target in targets {
                table.add(
                    target.name, target.address, Display.list(target.accounts), Display.list(target.labels),
                    String(target.hostKeys.count),
                    Display.time(target.added))
            }
            table.write(none: "no targets")
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Show a target and its pinned host keys.")

        @ParentCommand var root: Sallyport
        @OptionGroup var output: OutputOptions
        @Argument(help: "Name of the target.") var name: String

        func run() async throws {
            let target: TargetInfo = try await self.root.client.get(AdminRoutes.target.path(self.name))
            guard !self.output.json else { return try StandardOutput.json(target) }
            var details = Details()
            details.add("target", target.name)
            details.add("address", target.address)
            details.add("accounts", Display.list(target.accounts))
            if !target.labels.isEmpty { details.add("labels", Display.list(target.labels)) }
            details.add("algorithms", target.algorithms)
            if let prompt = target.passwordPrompt { details.add("password prompt", prompt) }
            if target.prompts != "refuse" { details.add("other prompts", target.prompts) }
            details.add("added", Display.time(target.added))
            for key in target.hostKeys {
                details.add("host key", "\(key.type) \(key.fingerprint)")
            }
            for key in target.pendingHostKeys {
                details.add("pending host key", "\(key.type) \(key.fingerprint)")
            }
            details.write()
        }
    }

    struct Remove: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Remove a target and its credentials.")

        @ParentCommand var root: Sallyport
        @Argument(help: "Name of the target.") var name: String

        func run() async throws {
            try await self.root.client.delete(AdminRoutes.target.path(self.name))
            StandardOutput.line("removed target \(Printable.line(self.name))")
        }
    }

    struct Pin: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Replace the pinned host keys of a target, after its keys have changed.")

        @ParentCommand var root: Sallyport
        @OptionGroup var keys: KeysOfTarget

        func run() async throws { try await self.keys.pin(by: .PUT, on: self.root) }
    }
}

extension TargetInfo {
    fileprivate func writeProfile() {
        var details = Details()
        details.add("target", self.name)
        details.add("algorithms", self.algorithms)
        details.add("password prompt", self.passwordPrompt ?? "as usual")
        details.add("other prompts", self.prompts)
        details.add("labels", Display.list(self.labels))
        details.write()
    }
}
