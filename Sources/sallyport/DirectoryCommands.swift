import AdminAPI
import ArgumentParser

struct DirectoryCommand: NounCommand {
    static let configuration = CommandConfiguration(
        commandName: "directory", abstract: "The directory that users come from.",
        discussion: """
            Examples:
              sallyport directory status
              sallyport directory show alice
            """,
        subcommands: [Status.self, Show.self])

    struct Status: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Ask every server now.", discussion: "Exit code 1 when none of them gives answers.")

        @ParentCommand var root: Sallyport
        @OptionGroup var output: OutputOptions

        func run() async throws {
            let status = try await self.root.client.get(AdminRoutes.directory.path(), as: DirectoryStatus.self)
            if self.output.json {
                try StandardOutput.json(status)
            } else {
                var table = Table(.left("SERVER"), .left("STATE"))
                for server in status.servers {
                    table.add(server.address, server.trouble.map { "failing: \(Printable.line($0))" } ?? "works")
                }
                table.write(none: "no directory")
            }
            guard status.servers.isEmpty || status.servers.contains(where: { $0.trouble == nil }) else {
                throw CommandFailure("the directory gives no answers")
            }
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show what the directory says of a person, and which groups that leads to.")

        @ParentCommand var root: Sallyport
        @OptionGroup var output: OutputOptions
        @Argument(help: "Name of the person.") var name: String

        func run() async throws {
            let person: DirectoryPersonInfo = try await self.root.client.get(
                AdminRoutes.directoryPerson.path(self.name))
            guard !self.output.json else { return try StandardOutput.json(person) }
            var details = Details()
            details.add("name", person.name)
            details.add("entry", person.distinguishedName)
            details.add("may sign in", person.refusal.map { "no: \($0)" } ?? "yes")
            for group in person.directoryGroups { details.add("in", group) }
            details.add("groups here", Display.list(person.groups))
            for key in person.keys { details.add("key", key) }
            details.write()
        }
    }
}
