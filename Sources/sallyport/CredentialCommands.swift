import AdminAPI
import ArgumentParser

/// `TARGET/ACCOUNT` on the command line.
struct AccountOnTarget: ExpressibleByArgument {
    var target: String
    var account: String

    init?(argument: String) {
        let parts = argument.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty else { return nil }
        self.target = String(parts[0])
        self.account = String(parts[1])
    }
}

struct CredentialCommand: NounCommand {
    static let configuration = CommandConfiguration(
        commandName: "credential", abstract: "What the gateway logs in to targets with; never shown again.",
        discussion: """
            Examples:
              sallyport credential set web1/root --key root_key
              pwgen 40 1 | sallyport credential set web1/backup --password-stdin
            """,
        subcommands: [Set.self, List.self, Remove.self])

    struct Set: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Set or replace the credential of an account on a target.")

        @ParentCommand var root: Sallyport
        @OptionGroup var output: OutputOptions
        @Argument(help: ArgumentHelp("Where and as whom.", valueName: "target/account")) var account: AccountOnTarget
        @Option(help: ArgumentHelp("File with a private key.", valueName: "file"))
        var key: String?
        @Flag(help: "Read the private key's passphrase from standard input; without it a terminal is asked.")
        var passphraseStdin = false
        @Flag(help: "Read a password from standard input.") var passwordStdin = false

        func validate() throws {
            guard self.passwordStdin == (self.key == nil) else {
                throw ValidationError(
                    self.passwordStdin
                        ? "--key and --password-stdin exclude each other" : "give --key FILE or --password-stdin")
            }
            guard !self.passphraseStdin || self.key != nil else {
                throw ValidationError("--passphrase-stdin belongs to --key FILE")
            }
        }

        func run() async throws {
            let secret =
                if let key = self.key {
                    SecretField(try Inputs.file(key, limit: 64 * 1024))
                } else {
                    try Inputs.password()
                }
            let request = SetCredentialRequest(
                target: self.account.target, account: self.account.account,
                kind: self.key == nil ? .password : .privateKey, secret: secret,
                passphrase: self.passphraseStdin ? try Inputs.passphrase() : nil)
            let credential = try await self.root.client.sendingKey(request, file: self.key)
            guard !self.output.json else { return try StandardOutput.json(credential) }
            let key = credential.publicKey.map { ", \($0.type) \($0.fingerprint)" } ?? ""
            StandardOutput.line(
                Printable.line("set the \(credential.kind.words) of \(credential.target)/\(credential.account)\(key)"))
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List credentials, without their secrets.")

        @ParentCommand var root: Sallyport
        @OptionGroup var output: OutputOptions

        func run() async throws {
            let credentials: [CredentialInfo] = try await self.root.client.get(AdminRoutes.credentials.path())
            guard !self.output.json else { return try StandardOutput.json(credentials) }
            var table = Table(
                .left("TARGET"), .left("ACCOUNT"), .left("KIND"), .left("CHANGED"), .left("PUBLIC KEY"))
            for credential in credentials {
                table.add(
                    credential.target, credential.account, credential.kind.words, Display.time(credential.changed),
                    credential.publicKey.map { "\($0.type) \($0.fingerprint)" } ?? "-")
            }
            table.write(none: "no credentials")
        }
    }

    struct Remove: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Remove a credential.")

        @ParentCommand var root: Sallyport
        @Argument(help: ArgumentHelp("Where and as whom.", valueName: "target/account")) var account: AccountOnTarget

        func run() async throws {
            try await self.root.client.delete(
                AdminRoutes.credential.path(self.account.target, self.account.account))
            StandardOutput.line(
                Printable.line("removed the credential of \(self.account.target)/\(self.account.account)"))
        }
    }
}

extension ControlClient {
    /// Sends the request, and asks on the terminal for a passphrase if the gateway finds that the key of `file` has one.
    fileprivate func sendingKey(_ request: SetCredentialRequest, file: String?) async throws -> CredentialInfo {
        do {
            return try await self.send(.POST, AdminRoutes.credentials.path(), request)
        } catch let failure as CommandFailure where failure.code == .passphraseNeeded {
            guard let file, let passphrase = try Inputs.passphraseOnTerminal(of: file) else { throw failure }
            var request = request
            request.passphrase = passphrase
            return try await self.send(.POST, AdminRoutes.credentials.path(), request)
        }
    }
}

extension CredentialKind {
    fileprivate var words: String {
        switch self {
        case .password: "password"
        case .privateKey: "private key"
        }
    }
}
