import AdminAPI
import ArgumentParser

/// `credential answer`
struct AnswerCommand: NounCommand {
    static let configuration = CommandConfiguration(
        commandName: "answer", abstract: "What a login answers when the target asks more than the credential.",
        discussion: """
            Targets ask by keyboard-interactive: for a password that the account's own doesn't answer, for a PIN, for a
            one-time code. A pattern (* and ?, in both cases) says which question is meant; without one, --totp-stdin
            answers the usual questions for a code. Each answer is given once in a login.

            Examples:
              sallyport credential answer set web1/root --totp-stdin < seed
              sallyport credential answer set web1/root --question "*PIN*" --secret-stdin
              sallyport credential answer remove web1/root --question "*PIN*"
            """,
        subcommands: [Set.self, Remove.self])

    struct Set: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Set or replace an answer; credential show lists them.")

        @ParentCommand var root: Sallyport
        @OptionGroup var output: OutputOptions
        @Argument(help: ArgumentHelp("Where and as whom.", valueName: "target/account")) var account: AccountOnTarget
        @Option(help: ArgumentHelp("Which question is answered.", valueName: "pattern")) var question: String = ""
        @Flag(help: "Read a seed of one-time codes (base32, or an otpauth:// address) from standard input.")
        var totpStdin = false
        @Flag(help: "Read the answer itself from standard input.") var secretStdin = false

        func validate() throws {
            guard self.totpStdin != self.secretStdin else {
                throw ValidationError("give one of --totp-stdin and --secret-stdin")
            }
            guard self.totpStdin || !self.question.isEmpty else {
                throw ValidationError("--secret-stdin needs --question PATTERN")
            }
        }

        func run() async throws {
            let request = SetAnswerRequest(
                question: self.question, kind: self.totpStdin ? .totp : .secret,
                secret: try Inputs.secret(called: self.totpStdin ? "seed" : "answer"))
            let credential: CredentialInfo = try await self.root.client.send(
                .POST, AdminRoutes.credentialAnswers.path(self.account.target, self.account.account), request)
            guard !self.output.json else { return try StandardOutput.json(credential) }
            let place = "\(credential.target)/\(credential.account)"
            let answer = credential.answers?.first { $0.question == self.question }
            StandardOutput.line(Printable.line("\(place) answers \(answer.map(\.words) ?? self.question)"))
        }
    }

    struct Remove: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Remove an answer.")

        @ParentCommand var root: Sallyport
        @Argument(help: ArgumentHelp("Where and as whom.", valueName: "target/account")) var account: AccountOnTarget
        @Option(help: ArgumentHelp("Which question, as it was set.", valueName: "pattern")) var question: String = ""

        func run() async throws {
            try await self.root.client.delete(
                AdminRoutes.credentialAnswers.path(
                    self.account.target, self.account.account, query: [("question", self.question)]))
            StandardOutput.line(
                Printable.line("removed an answer of \(self.account.target)/\(self.account.account)"))
        }
    }
}

extension AnswerInfo {
    /// `"*PIN*" with a secret`
    var words: String {
        let what = self.question.isEmpty ? "questions for a one-time code" : "\"\(self.question)\""
        switch self.kind {
        case .secret: return "\(what) with a secret"
        case .totp: return "\(what) with codes (\(self.details))"
        }
    }
}
