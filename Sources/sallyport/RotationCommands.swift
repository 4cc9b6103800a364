import AdminAPI
import ArgumentParser

struct CredentialRotateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rotate",
        abstract: "Give an account a new secret, on its target and in the vault.",
        discussion: """
            The new secret is in the vault before the target hears of it, and counts once a login has proved it.

            Examples:
              sallyport credential rotate web1/root
              sallyport credential rotate web1/backup --via root
            """)

    @ParentCommand var root: Sallyport
    @OptionGroup var output: OutputOptions
    @Argument(help: ArgumentHelp("Where and as whom.", valueName: "target/account")) var account: AccountOnTarget
    @Option(
        help: ArgumentHelp(
            "The account on the target that sets the password (default: what the schedule says, else the account).",
            valueName: "account"))
    var via: String?

    func run() async throws {
        let result: RotationResult = try await self.root.client.send(
            .POST, AdminRoutes.credentialRotation.path(self.account.target, self.account.account),
            RotateCredentialRequest(via: self.via))
        guard !self.output.json else { return try StandardOutput.json(result) }
        let method = result.method.isEmpty ? "" : " by \(result.method)"
        let key = result.fingerprint.map { ", \($0)" } ?? ""
        StandardOutput.line(
            Printable.line(
                "rotated the \(result.kind.words) of \(result.target)/\(result.account)\(method): version "
                    + "\(result.version)\(key)"))
        if let leftover = result.leftover {
            StandardOutput.line(Printable.line("\(leftover); the gateway tries again by itself"))
        }
    }
}

struct CredentialScheduleCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "schedule",
        abstract: "Say when an account's secret is rotated by itself, and how; what is left out stays as it is.",
        discussion: """
            Examples:
              sallyport credential schedule web1/root --every 30d
              sallyport credential schedule web1/backup --after-session --via root
              sallyport credential schedule web1/deploy --keys-file /etc/ssh/keys/deploy
              sallyport credential schedule web1/root --every never
            """)

    @ParentCommand var root: Sallyport
    @OptionGroup var output: OutputOptions
    @Argument(help: ArgumentHelp("Where and as whom.", valueName: "target/account")) var account: AccountOnTarget
    @Option(help: ArgumentHelp("How old it may become, such as 30d; never for any age.", valueName: "length"))
    var every: String?
    @Flag(inversion: .prefixedNo, help: "Rotate whenever the last session on the account has ended.")
    var afterSession: Bool?
    @Option(
        help: ArgumentHelp(
            "The account on the target that sets the password; - for the account itself.", valueName: "account"))
    var via: String?
    @Option(
        help: ArgumentHelp(
            "The account's authorized keys on the target; - for ~/.ssh/authorized_keys.", valueName: "path"))
    var keysFile: String?

    func validate() throws {
        if let every = self.every, every != "never", Length(argument: every) == nil {
            throw ValidationError("--every needs a length such as 30d, or never")
        }
    }

    func run() async throws {
        let (target, account) = (self.account.target, self.account.account)
        let present: CredentialInfo = try await self.root.client.get(AdminRoutes.credential.path(target, account))
        var schedule = present.rotation ?? RotationSchedule()
        if let every = self.every { schedule.everySeconds = Length(argument: every)?.seconds }
        if let afterSession = self.afterSession { schedule.afterSessions = afterSession }
        if let via = self.via { schedule.via = via == "-" ? nil : via }
        if let keysFile = self.keysFile { schedule.keysFile = keysFile == "-" ? nil : keysFile }
        let credential: CredentialInfo = try await self.root.client.send(
            .PUT, AdminRoutes.credentialSchedule.path(target, account), schedule)
        guard !self.output.json else { return try StandardOutput.json(credential) }
        StandardOutput.line(
            Printable.line("\(target)/\(account) is rotated \((credential.rotation ?? schedule).words)"))
    }
}

struct CredentialRestoreCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "restore",
        abstract: "Put a former secret of an account back into the vault, once a login has proved it.",
        discussion: """
            For targets that were restored from a backup. `credential history` lists the versions that are kept.

            Examples:
              sallyport credential restore web1/root --version 3
            """)

    @ParentCommand var root: Sallyport
    @OptionGroup var output: OutputOptions
    @Argument(help: ArgumentHelp("Where and as whom.", valueName: "target/account")) var account: AccountOnTarget
    @Option(help: ArgumentHelp("Which one.", valueName: "number")) var version: Int
    @Flag(help: "Without a login that proves it.") var unproved = false

    func run() async throws {
        let credential: CredentialInfo = try await self.root.client.send(
            .POST, AdminRoutes.credentialRestoration.path(self.account.target, self.account.account),
            RestoreCredentialRequest(version: self.version, unproved: self.unproved))
        guard !self.output.json else { return try StandardOutput.json(credential) }
        StandardOutput.line(
            Printable.line(
                "version \(self.version) of \(credential.target)/\(credential.account) is back, as version "
                    + "\(credential.version)\(self.unproved ? "; no login has proved it" : "")"))
    }
}

extension UnsettledRotation {
    /// What is open, in words.
    var words: String {
        switch self.phase {
        case "cleanup": "the old key is still on the target"
        case "rollback": "the new key, which was given up, may still be on the target"
        default: "a rotation of \(Display.time(self.started)): old and new secret are kept"
        }
    }
}

extension RotationSchedule {
    /// When, and how, in words.
    var words: String {
        var when: [String] = []
        if let seconds = self.everySeconds { when.append("every \(Self.length(seconds))") }
        if self.afterSessions { when.append("after sessions") }
        var words = when.isEmpty ? "on demand only" : when.joined(separator: " and ")
        if let via = self.via { words += ", via \(via)" }
        if let file = self.keysFile { words += ", keys in \(file)" }
        return words
    }

    private static func length(_ seconds: Int) -> String {
        for (unit, factor) in [("d", 86_400), ("h", 3600), ("m", 60)] where seconds % factor == 0 {
            return "\(seconds / factor)\(unit)"
        }
        return "\(seconds)s"
    }
}
