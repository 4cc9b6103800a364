import AdminAPI
import ArgumentParser

struct AuthorityCommand: NounCommand {
    static let configuration = CommandConfiguration(
        commandName: "ca", abstract: "Certificate authorities that sign for sessions; credential set --ca makes them.",
        discussion: """
            Examples:
              sallyport ca list
              sallyport ca show default > /etc/ssh/sallyport_ca.pub     # on a target, with TrustedUserCAKeys
            """,
        subcommands: [List.self, Show.self, Remove.self])

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List certificate authorities.")

        @ParentCommand var root: Sallyport
        @OptionGroup var output: OutputOptions

        func run() async throws {
            let authorities: [AuthorityInfo] = try await self.root.client.get(AdminRoutes.authorities.path())
            guard !self.output.json else { return try StandardOutput.json(authorities) }
            let now = Timestamp.now
            var table = Table(.left("NAME"), .right("AGE"), .right("ACCOUNTS"), .left("KEY"))
            for authority in authorities {
                table.add(
                    authority.name, Display.age(of: authority.added, at: now), String(authority.accounts.count),
                    "\(authority.publicKey.type) \(authority.publicKey.fingerprint)")
            }
            table.write(none: "no certificate authorities")
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print the public key of an authority, the line for TrustedUserCAKeys.")

        @ParentCommand var root: Sallyport
        @OptionGroup var output: OutputOptions
        @Argument(help: "Name of the authority.") var name: String

        func run() async throws {
            let authorities: [AuthorityInfo] = try await self.root.client.get(AdminRoutes.authorities.path())
            guard let authority = authorities.first(where: { $0.name == self.name }) else {
                throw CommandFailure("there is no certificate authority \(self.name)", hint: "see sallyport ca list")
            }
            guard !self.output.json else { return try StandardOutput.json(authority) }
            StandardOutput.line(Printable.line(authority.publicKey.line))
        }
    }

    struct Remove: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Remove an authority that signs for no account; its key is lost.")

        @ParentCommand var root: Sallyport
        @Argument(help: "Name of the authority.") var name: String

        func run() async throws {
            try await self.root.client.delete(AdminRoutes.authority.path(self.name))
            StandardOutput.line("removed certificate authority \(Printable.line(self.name))")
        }
    }
}
