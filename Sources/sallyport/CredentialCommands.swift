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
              sallyport credential set web1/root --ca
              sallyport credential history web1/root
              sallyport credential rotate web1/root
            """,
        subcommands: [
            CredentialSetCommand.self, List.self, Show.self, History.self, Remove.self, AnswerCommand.self,
            CredentialRotateCommand.self, CredentialScheduleCommand.self, CredentialRestoreCommand.self,
            CredentialCheckoutsCommand.self, CredentialCheckinCommand.self,
        ])

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List credentials, without their secrets.")

        @ParentCommand var root: Sallyport
        @OptionGroup var output: OutputOptions

        func run() async throws {
            let credentials: [CredentialInfo] = try await self.root.client.get(AdminRoutes.credentials.path())
            guard !self.output.json else { return try StandardOutput.json(credentials) }
            let now = Timestamp.now
            var table = Table(.left("TARGET"), .left("ACCOUNT"), .left("KIND"), .right("AGE"), .left("PUBLIC KEY"))
            for credential in credentials {
                table.add(
                    credential.target, credential.account, credential.words,
                    Display.age(of: credential.changed, at: now),
                    credential.publicKey.map { "\($0.type) \($0.fingerprint)" } ?? "-")
            }
            table.write(none: "no credentials")
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show what may be told of an account's credential: everything but the secret.")

        @ParentCommand var root: Sallyport
        @OptionGroup var output: OutputOptions
        @Argument(help: ArgumentHelp("Where and as whom.", valueName: "target/account")) var account: AccountOnTarget

        func run() async throws {
            let credential: CredentialInfo = try await self.root.client.get(
                AdminRoutes.credential.path(self.account.target, self.account.account))
            guard !self.output.json else { return try StandardOutput.json(credential) }
            var details = Details()
            details.add("account", "\(credential.target)/\(credential.account)")
            details.add("kind", credential.kind.words)
            let age = Display.age(of: credential.changed, at: Timestamp.now)
            details.add("set", "\(Display.time(credential.changed)), \(age) ago")
            details.add("version", String(credential.version))
            if let rotation = credential.rotation { details.add("rotated", rotation.words) }
            if let unsettled = credential.unsettled {
                details.add("unsettled", unsettled.words)
                if let cause = unsettled.cause { details.add("because", cause) }
            }
            if let certificate = credential.certificate {
                details.add("authority", certificate.authority)
                details.add("principals", certificate.principals.joined(separator: ", "))
                details.add("valid", "\(certificate.validMinutes) min")
                details.add("from", certificate.source)
            }
            for answer in credential.answers ?? [] {
                let age = Display.age(of: answer.changed, at: Timestamp.now)
                details.add("answers", "\(answer.words), \(age) old")
            }
            if let place = credential.place { details.add("place", place) }
            if let key = credential.publicKey {
                details.add("fingerprint", key.fingerprint)
                details.add(credential.certificate == nil ? "public key" : "trusted key", key.line)
            }
            details.write()
        }
    }

    struct History: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List the changes of an account's credential, oldest first.")

        @ParentCommand var root: Sallyport
        @OptionGroup var output: OutputOptions
        @Argument(help: ArgumentHelp("Where and as whom.", valueName: "target/account")) var account: AccountOnTarget

        func run() async throws {
            let changes: [CredentialChangeInfo] = try await self.root.client.get(
                AdminRoutes.credentialHistory.path(self.account.target, self.account.account))
            guard !self.output.json else { return try StandardOutput.json(changes) }
            var table = Table(
                .left("TIME"), .left("CHANGE"), .left("KIND"), .left("BY"), .right("VERSION"), .left("KEPT"),
                .left("FINGERPRINT"))
            for change in changes {
                table.add(
                    Display.time(change.time), change.change.rawValue, change.kind.words, change.actor,
                    change.version.map(String.init) ?? "-", change.kept ? "yes" : "-", change.fingerprint ?? "-")
            }
            table.write(none: "no changes")
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

extension CredentialKind {
    var words: String {
        switch self {
        case .password: "password"
        case .privateKey: "private key"
        case .certificate: "certificate"
        case .baoPassword: "password on the vault server"
        case .baoPrivateKey: "private key on the vault server"
        case .baoCertificate: "certificate of the vault server"
        }
    }
}

extension CredentialInfo {
    /// The kind, with the authority of certificates.
    fileprivate var words: String {
        let authority = self.certificate.map {
            self.kind == .certificate ? " of \($0.authority)" : ", role \($0.authority)"
        }
        return self.kind.words + (authority ?? self.place.map { ", \($0)" } ?? "")
    }
}
