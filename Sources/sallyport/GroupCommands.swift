import AdminAPI
import ArgumentParser

struct GroupCommand: NounCommand {
    static let configuration = CommandConfiguration(
        commandName: "group", abstract: "Groups of users, for grants.",
        discussion: """
            Examples:
              sallyport group add dba --user alice,bob --comment "database team"
              sallyport group edit dba --add-user carol --remove-user bob
              sallyport grant add db --group dba --target db1 --account postgres --allow shell
            """,
        subcommands: [Add.self, List.self, Show.self, Edit.self, Remove.self])

    struct Add: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Add a group.")

        @ParentCommand var root: Sallyport
        @OptionGroup var output: OutputOptions
        @Argument(help: "Name of the group.") var name: String
        @Option(help: ArgumentHelp("Its members, separated by commas; may be repeated.", valueName: "names"))
        var user: [NameList] = []
        @Option(help: "What the group is for.") var comment: String?

        func run() async throws {
            let request = AddGroupRequest(
                name: self.name, comment: self.comment, members: self.user.flatMap(\.names))
            let group: GroupInfo = try await self.root.client.send(.POST, AdminRoutes.groups.path(), request)
            guard !self.output.json else { return try StandardOutput.json(group) }
            StandardOutput.line("added group \(Printable.line(group.name))")
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List groups.")

        @ParentCommand var root: Sallyport
        @OptionGroup var output: OutputOptions

        func run() async throws {
            let groups: [GroupInfo] = try await self.root.client.get(AdminRoutes.groups.path())
            guard !self.output.json else { return try StandardOutput.json(groups) }
            var table = Table(.left("GROUP"), .left("MEMBERS"), .left("GRANTS"), .left("COMMENT"), .left("ADDED"))
            for group in groups {
                table.add(
                    group.name, Display.list(group.members), Display.list(group.grants), group.comment,
                    Display.time(group.added))
            }
            table.write(none: "no groups")
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Show a group and its members.")

        @ParentCommand var root: Sallyport
        @OptionGroup var output: OutputOptions
        @Argument(help: "Name of the group.") var name: String

        func run() async throws {
            let group: GroupInfo = try await self.root.client.get(AdminRoutes.group.path(self.name))
            guard !self.output.json else { return try StandardOutput.json(group) }
            var details = Details()
            details.add("group", group.name)
            details.add("comment", group.comment.isEmpty ? "-" : group.comment)
            details.add("added", Display.time(group.added))
            details.add("members", Display.list(group.members))
            details.add("logins need", Requirement.shown(group.require))
            details.add("grants", Display.list(group.grants))
            details.write()
        }
    }

    struct Edit: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Change a group; who leaves it loses at once what it let in.")

        @ParentCommand var root: Sallyport
        @OptionGroup var output: OutputOptions
        @Argument(help: "Name of the group.") var name: String
        @Option(help: ArgumentHelp("Users to take in.", valueName: "names")) var addUser: [NameList] = []
        @Option(help: ArgumentHelp("Users to take out.", valueName: "names")) var removeUser: [NameList] = []
        @Option(help: "What the group is for.") var comment: String?
        @Option(help: Requirement.help) var require: [NameList] = []
        @OptionGroup var roles: RoleOptions

        private var changesGroup: Bool {
            !self.addUser.isEmpty || !self.removeUser.isEmpty || self.comment != nil || !self.require.isEmpty
        }

        func validate() throws {
            guard self.changesGroup || !self.roles.isEmpty else {
                throw ValidationError("say what to change: --add-user, --remove-user, --comment, --require or --role")
            }
        }

        func run() async throws {
            if !self.roles.isEmpty {
                _ = try await self.root.client.send(
                    .PUT, AdminRoutes.groupRoles.path(self.name), self.roles.request(), as: GroupRoles.self)
            }
            guard self.changesGroup else { return try self.output.report("changed group \(self.name)", Withdrawal()) }
            let request = ChangeGroupRequest(
                comment: self.comment, addMembers: self.addUser.flatMap(\.names),
                removeMembers: self.removeUser.flatMap(\.names),
                require: self.require.isEmpty ? nil : Requirement.words(self.require))
            let changed: ChangedGroup = try await self.root.client.send(
                .PATCH, AdminRoutes.group.path(self.name), request)
            guard !self.output.json else { return try StandardOutput.json(changed) }
            try self.output.report("changed group \(changed.group.name)", changed.withdrawal)
        }
    }

    struct Remove: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Remove a group and every mention in grants; its members stay users.")

        @ParentCommand var root: Sallyport
        @OptionGroup var output: OutputOptions
        @OptionGroup var withdrawal: WithdrawalOptions
        @Argument(help: "Name of the group.") var name: String

        func run() async throws {
            let ended: Withdrawal = try await self.root.client.delete(
                AdminRoutes.group.path(self.name, query: self.withdrawal.query))
            try self.output.report("removed group \(self.name)", ended)
        }
    }
}
