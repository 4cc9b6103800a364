import AdminAPI
import ArgumentParser
import Glibc
import QRCode

struct SecondFactorCommand: NounCommand {
    static let configuration = CommandConfiguration(
        commandName: "totp", abstract: "One-time codes of a user's authenticator app, and recovery codes.",
        discussion: """
            Examples:
              sallyport user totp enrol alice
              sallyport user edit alice --require publickey+totp
            """,
        subcommands: [Enrol.self, Confirm.self, Remove.self, RecoveryCodes.self])

    struct Enrol: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make a secret, show it as a QR code, and have it confirmed with one code.",
            discussion: "At a terminal it asks for the code; elsewhere user totp confirm takes it.")

        @ParentCommand var root: Sallyport
        @OptionGroup var output: OutputOptions
        @Argument(help: "Name of the user.") var name: String

        func run() async throws {
            let enrolment: SecondFactorEnrolment = try await self.root.client.send(
                .POST, AdminRoutes.userSecondFactor.path(self.name), [String: String]())
            let uri = String(decoding: enrolment.uri.bytes, as: UTF8.self)
            guard !self.output.json else { return try StandardOutput.json(["uri": uri]) }
            if let code = QRCode(enrolment.uri.bytes) {
                for line in code.lines(coloured: StandardOutput.isTerminal) { StandardOutput.line(line) }
            }
            StandardOutput.line(Printable.line(uri))
            guard isatty(STDIN_FILENO) == 1 else {
                return StandardOutput.line("confirm with: sallyport user totp confirm \(Printable.line(self.name))")
            }
            try await Confirmation.run(self.name, self.root.client, json: false)
        }
    }

    struct Confirm: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Confirm an enrolment with a code, read from standard input; prints the recovery codes.")

        @ParentCommand var root: Sallyport
        @OptionGroup var output: OutputOptions
        @Argument(help: "Name of the user.") var name: String

        func run() async throws { try await Confirmation.run(self.name, self.root.client, json: self.output.json) }
    }

    struct Remove: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Take the one-time codes and recovery codes from a user.")

        @ParentCommand var root: Sallyport
        @Argument(help: "Name of the user.") var name: String

        func run() async throws {
            try await self.root.client.delete(AdminRoutes.userSecondFactor.path(self.name))
            StandardOutput.line("removed the one-time codes of user \(Printable.line(self.name))")
        }
    }

    struct RecoveryCodes: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "recovery-codes", abstract: "Make new recovery codes in place of all the old.")

        @ParentCommand var root: Sallyport
        @OptionGroup var output: OutputOptions
        @Argument(help: "Name of the user.") var name: String

        func run() async throws {
            let codes: AdminAPI.RecoveryCodes = try await self.root.client.send(
                .POST, AdminRoutes.userRecoveryCodes.path(self.name), [String: String]())
            try Confirmation.show(codes, json: self.output.json)
        }
    }
}

/// The end of an enrolment.
private enum Confirmation {
    static func run(_ name: String, _ client: ControlClient, json: Bool) async throws {
        let request = ConfirmSecondFactorRequest(code: try Inputs.password(asking: "code: "))
        let codes: AdminAPI.RecoveryCodes = try await client.send(
            .POST, AdminRoutes.userSecondFactorConfirmation.path(name), request)
        try self.show(codes, json: json)
    }

    static func show(_ codes: AdminAPI.RecoveryCodes, json: Bool) throws {
        let texts = codes.codes.map { String(decoding: $0.bytes, as: UTF8.self) }
        guard !json else { return try StandardOutput.json(["recovery_codes": texts]) }
        StandardOutput.line("recovery codes, each for one login without the app; they are not shown again:")
        for text in texts { StandardOutput.line("  \(Printable.line(text))") }
    }
}
