import AdminAPI
import ArgumentParser

/// What a retention rule is about.
struct RetentionSubject: ParsableArguments {
    @Option(help: ArgumentHelp("Recordings of sessions that this grant permitted.", valueName: "name")) var grant:
        String?
    @Option(help: ArgumentHelp("Recordings of this target.", valueName: "name")) var target: String?
    @Option(help: ArgumentHelp("Recordings of targets with this label.", valueName: "key=value"))
    var targetLabel: String?

    func validate() throws {
        guard [self.grant, self.target, self.targetLabel].count(where: { $0 != nil }) == 1 else {
            throw ValidationError("name one of --grant, --target, --target-label")
        }
    }

    var kind: String { self.grant != nil ? "grant" : self.target != nil ? "target" : "label" }
    var name: String { self.grant ?? self.target ?? self.targetLabel ?? "" }
}

/// `90d`, or `forever`.
struct Keeping: ExpressibleByArgument {
    /// Nil for ever.
    var seconds: Int?

    init?(argument: String) {
        if argument == "forever" { return }
        guard let length = Length(argument: argument) else { return nil }
        self.seconds = length.seconds
    }

    static func words(_ seconds: Int?) -> String {
        guard let seconds else { return "for ever" }
        return seconds % 86_400 == 0 ? "\(seconds / 86_400) d" : "\(seconds / 3600) h"
    }
}

struct RecordingRetentionCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "retention", abstract: "How long recordings are kept.",
        discussion: """
            Of the rules that are about a recording the longest counts, from the end of its session on; where there is
            none, `[recording] keep` of sallyport.toml does. Nothing deletes what is under a legal hold.

            Examples:
              sallyport recording retention set --target web1 --keep 90d
              sallyport recording retention set --target-label env=prod --keep forever
              sallyport recording retention --dry-run
            """,
        subcommands: [Run.self, List.self, Set.self, Remove.self], defaultSubcommand: Run.self)

    struct Run: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Delete the recordings whose time is over, as the gateway does by itself each hour.",
            discussion: "Exit code 1 when one of them could not be deleted.")

        @ParentCommand var root: Sallyport
        @OptionGroup var output: OutputOptions
        @Flag(help: "Only say which they are.") var dryRun = false

        func run() async throws {
            let result: RetentionResult = try await self.root.client.send(
                .POST, AdminRoutes.retentionRun.path(), RunRetentionRequest(dryRun: self.dryRun))
            if self.output.json {
                try StandardOutput.json(result)
            } else {
                var table = Table(
                    .left("RECORDING"), .left("ENDED"), .left("USER"), .left("TARGET"), .right("SIZE"), .left("WHAT"),
                    .left("WHY"))
                for (items, what) in [
                    (result.deleted, self.dryRun ? "would go" : "deleted"), (result.held, "held"),
                    (result.failed, "failed"),
                ] {
                    for item in items {
                        table.add(
                            item.id, Display.time(item.ended), item.user, item.target, Display.size(item.bytes), what,
                            item.why)
                    }
                }
                table.write(none: "no recording's time is over")
            }
            guard result.failed.isEmpty else {
                throw CommandFailure("\(Display.count(result.failed.count, "recording")) could not be deleted")
            }
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List the rules.")

        @ParentCommand var root: Sallyport
        @OptionGroup var output: OutputOptions

        func run() async throws {
            try self.output.show(
                try await self.root.client.get(
                    AdminRoutes.retention.path(), as: RetentionSettings.self))
        }
    }

    struct Set: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Say how long recordings are kept, in place of what was said of the same ones.")

        @ParentCommand var root: Sallyport
        @OptionGroup var output: OutputOptions
        @OptionGroup var subject: RetentionSubject
        @Option(help: ArgumentHelp("A day at least, such as 90d; or forever.", valueName: "length")) var keep: Keeping

        func run() async throws {
            try self.output.show(
                try await self.root.client.send(
                    .PUT, AdminRoutes.retention.path(),
                    RetentionRuleInfo(
                        kind: self.subject.kind, subject: self.subject.name, keepSeconds: self.keep.seconds)))
        }
    }

    struct Remove: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Remove a rule.")

        @ParentCommand var root: Sallyport
        @OptionGroup var output: OutputOptions
        @OptionGroup var subject: RetentionSubject

        func run() async throws {
            try self.output.show(
                try await self.root.client.delete(
                    AdminRoutes.retention.path(
                        query: [("kind", self.subject.kind), ("subject", self.subject.name)]),
                    as: RetentionSettings.self))
        }
    }
}

struct RecordingDeleteCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "delete", abstract: "Delete a recording by hand; its seal is kept, and the audit log says so.",
        discussion: """
            Refused for one that is being made, damaged, or under a legal hold.

            Example:
              sallyport recording delete ID --reason "requested by the data protection officer, ticket 4711"
            """)

    @ParentCommand var root: Sallyport
    @OptionGroup var output: OutputOptions
    @Argument(help: "Id of the recording.") var id: String
    @Option(help: "Why; kept in the audit log.") var reason: String

    func run() async throws {
        let recording: RecordingInfo = try await self.root.client.delete(
            AdminRoutes.recording.path(self.id, query: [("reason", self.reason)]))
        guard !self.output.json else { return try StandardOutput.json(recording) }
        StandardOutput.line(Printable.line("recording \(recording.id) was deleted; its seal is kept"))
    }
}

extension OutputOptions {
    fileprivate func show(_ settings: RetentionSettings) throws {
        guard !self.json else { return try StandardOutput.json(settings) }
        var table = Table(.left("RECORDINGS OF"), .left("KEPT"))
        for rule in settings.rules { table.add("\(rule.kind) \(rule.subject)", Keeping.words(rule.keepSeconds)) }
        table.add("all others", Keeping.words(settings.defaultSeconds))
        table.write(none: "")
    }
}
