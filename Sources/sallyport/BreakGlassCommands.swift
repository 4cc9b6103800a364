import AdminAPI
import ArgumentParser

struct BreakGlassCommand: NounCommand {
    static let configuration = CommandConfiguration(
        commandName: "break-glass", abstract: "Emergency access: who had it, and the codes in the envelopes.",
        discussion: """
            People open it by connecting at a terminal, and review it over SSH:
              ssh -t alice@root@db1@gateway
              ssh carol@gateway break-glass review 3 --text "restored the index, as said"

            Examples:
              sallyport break-glass codes make -k 2 -n 5
              sallyport break-glass list
              sallyport break-glass end 3 --reason "over"
            """,
        subcommands: [
            BreakGlassListCommand.self, BreakGlassOpenCommand.self, BreakGlassEndCommand.self,
            BreakGlassCodesCommand.self,
        ])
}

struct BreakGlassListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List uses that need a review, newest first.")

    @ParentCommand var root: Sallyport
    @OptionGroup var output: OutputOptions
    @Flag(help: "Those that were reviewed, too.") var all = false

    func run() async throws {
        let uses: [EmergencyInfo] = try await self.root.client.get(
            AdminRoutes.emergencies.path(query: self.all ? [("all", "true")] : []))
        guard !self.output.json else { return try StandardOutput.json(uses) }
        var table = Table(
            .right("ID"), .left("STATE"), .left("USER"), .left("ACCOUNT"), .left("TARGET"), .left("GRANT"),
            .left("BY"), .left("OPENED"), .left("UNTIL"), .left("REVIEWED BY"), .left("REVIEWERS"), .left("REASON"))
        for use in uses {
            table.add(
                "\(use.id)", use.state, use.user, use.account, use.target, use.grant, use.method,
                Display.time(use.opened), Display.time(use.until), Display.list(use.reviews.map(\.reviewer)),
                Display.list(use.reviewers), use.reason)
        }
        table.write(none: "no emergency access waits for a review")
    }
}

struct BreakGlassOpenCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "open",
        abstract: "Open emergency access for a user by sealed codes, a line each on standard input.")

    @ParentCommand var root: Sallyport
    @OptionGroup var output: OutputOptions
    @Argument(help: ArgumentHelp("Where and as whom.", valueName: "target/account")) var account: AccountOnTarget
    @Option(help: "For whom.") var user: String
    @Option(help: ArgumentHelp("Why.", valueName: "text")) var reason: String

    func run() async throws {
        let codes = try Inputs.standardInput(limit: 4096).split(separator: UInt8(ascii: "\n")).map { line in
            SecretField(Array(line.filter { $0 != UInt8(ascii: "\r") }))
        }
        let use: EmergencyInfo = try await self.root.client.send(
            .POST, AdminRoutes.emergencies.path(),
            OpenEmergencyRequest(
                user: self.user, account: self.account.account, target: self.account.target, reason: self.reason,
                codes: codes.filter { !$0.bytes.isEmpty }))
        guard !self.output.json else { return try StandardOutput.json(use) }
        StandardOutput.line(
            Printable.line(
                "emergency \(use.id): \(use.account)@\(use.target) is open to \(use.user) until \(Display.time(use.until))"
            ))
    }
}

struct BreakGlassEndCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "end", abstract: "End emergency access before its time; its sessions end at once.")

    @ParentCommand var root: Sallyport
    @OptionGroup var output: OutputOptions
    @OptionGroup var withdrawal: WithdrawalOptions
    @Argument(help: "Number of the use.") var id: Int64

    func run() async throws {
        let use: EmergencyInfo = try await self.root.client.delete(
            AdminRoutes.emergency.path("\(self.id)", query: self.withdrawal.query))
        guard !self.output.json else { return try StandardOutput.json(use) }
        StandardOutput.line("emergency \(use.id) is over")
    }
}

struct BreakGlassCodesCommand: NounCommand {
    static let configuration = CommandConfiguration(
        commandName: "codes", abstract: "Codes for sealed envelopes, so many of which open emergency access.",
        subcommands: [Make.self])

    struct Make: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "make", abstract: "Make a new set, in the place of the one that there is.",
            discussion: "The codes are shown once, and the gateway keeps none of them. Give each to somebody else.")

        @ParentCommand var root: Sallyport
        @OptionGroup var output: OutputOptions
        @Option(name: [.customShort("k"), .long], help: "How many of them open.") var threshold: Int
        @Option(name: [.customShort("n"), .long], help: "How many there are.") var count: Int

        func run() async throws {
            let made: SealedCodes = try await self.root.client.send(
                .POST, AdminRoutes.sealedCodes.path(),
                MakeSealedCodesRequest(threshold: self.threshold, count: self.count))
            let texts = made.codes.map { String(decoding: $0.bytes, as: UTF8.self) }
            guard !self.output.json else { return try StandardOutput.json(["codes": texts]) }
            StandardOutput.line("any \(made.threshold) of these open emergency access; they are not shown again:")
            for text in texts { StandardOutput.line("  \(Printable.line(text))") }
        }
    }
}
