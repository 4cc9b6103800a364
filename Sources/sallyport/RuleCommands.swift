import AdminAPI
import ArgumentParser
import CommandRules
import Glibc

struct RuleCommand: NounCommand {
    static let configuration = CommandConfiguration(
        commandName: "rule", abstract: "Command rules, before a grant has them.",
        discussion: """
            Example:
              sallyport rule test --rule "wipe kill \\brm\\s+-\\w*r" 'sudo rm -rf /srv'
            """,
        subcommands: [RuleTestCommand.self])
}

struct RuleTestCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "test", abstract: "Say which rules a command line fits, and what would happen.",
        discussion: "Ends with 0 when no rule fits, and with 3 when one does. Of several, the strictest counts.")

    @ParentCommand var root: Sallyport
    @OptionGroup var output: OutputOptions
    @OptionGroup var options: CommandRuleOptions
    @Option(help: ArgumentHelp("The rules of this grant.", valueName: "name")) var grant: String?
    @Argument(help: "The command, or line at a shell.") var line: String

    struct Finding: Encodable {
        var rule: String
        var action: String
        var pattern: String
    }

    func run() async throws {
        var rules = try self.options.parsed()
        if let grant {
            let grants: [GrantInfo] = try await self.root.client.get(AdminRoutes.grants.path())
            guard let found = grants.first(where: { $0.name == grant }) else {
                throw CommandFailure("there is no grant \(grant)", hint: "see sallyport grant list")
            }
            rules += try CommandRuleOptions.rules(of: found.terms?.supervision ?? [])
        }
        guard !rules.isEmpty else {
            throw CommandFailure("there are no rules to test", hint: "name them with --rule, --rules or --grant")
        }
        let findings = CommandRule.matching(self.line.utf8, among: rules).map {
            Finding(rule: $0.name, action: $0.action.word, pattern: $0.pattern.text)
        }
        if self.output.json {
            try StandardOutput.json(findings)
        } else if findings.isEmpty {
            StandardOutput.line("no rule fits")
        } else {
            var table = Table(.left("RULE"), .left("ACTION"), .left("PATTERN"))
            for finding in findings { table.add(finding.rule, finding.action, finding.pattern) }
            table.write(none: "no rule fits")
        }
        guard findings.isEmpty else { Glibc.exit(ExitStatus.denied.rawValue) }
    }
}

/// Command rules on the command line.
struct CommandRuleOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "A command rule: NAME alert|hold|lock|kill PATTERN; repeat it for more.", valueName: "rule"))
    var rule: [String] = []
    @Option(
        help: ArgumentHelp("A file of them, one a line; # begins a comment.", valueName: "file"))
    var rules: [String] = []

    func texts() throws -> [String] {
        var texts = self.rule
        for path in self.rules {
            let text = String(decoding: try Inputs.file(path, limit: 64 * 1024), as: UTF8.self)
            texts += text.split(whereSeparator: \.isNewline).map(String.init)
                .filter { !$0.hasPrefix("#") && $0.contains { $0 != " " } }
        }
        return texts
    }

    func parsed() throws -> [CommandRule] { try self.texts().map(Self.rule) }

    /// The rules among a grant's terms of supervision.
    static func rules(of terms: [String]) throws -> [CommandRule] {
        try terms.filter { $0.hasPrefix("rule ") }.map { try Self.rule(String($0.dropFirst(5))) }
    }

    private static func rule(_ text: String) throws -> CommandRule {
        do {
            return try CommandRule(parsing: text)
        } catch {
            throw CommandFailure(error.message)
        }
    }
}
