import AdminAPI
import ArgumentParser

/// Who has to look on.
struct GrantSupervision: ParsableArguments {
    @Flag(help: "Nothing that is typed arrives unless a supervisor watches, see sallyport session watch.")
    var dualControl = false
    @Option(
        help: ArgumentHelp(
            "How often the supervisor has to press a key, from 5s on, such as 30s; else input is held.",
            valueName: "time"))
    var deadMan: Length?
    @Option(
        help: ArgumentHelp(
            "Supervisors are members of all these groups; else they are anybody but the user.", valueName: "names"))
    var supervisors: [NameList] = []
    @Option(
        help: ArgumentHelp(
            "Members of all these groups may type along, see sallyport session join; else nobody may.",
            valueName: "names"))
    var join: [NameList] = []
    @Flag(help: "Tell the user who watches.") var showWatchers = false
    @OptionGroup var commands: CommandRuleOptions

    func validate() throws {
        guard self.dualControl || self.deadMan == nil else {
            throw ValidationError("--dead-man goes with --dual-control")
        }
    }

    func add(to terms: inout GrantTerms) throws {
        var texts = self.dualControl ? ["dual-control"] : []
        if let deadMan { texts.append("dead-man \(deadMan.seconds)") }
        texts += self.supervisors.flatMap(\.names).map { "supervisors \($0)" }
        texts += self.join.flatMap(\.names).map { "join \($0)" }
        if self.showWatchers { texts.append("show-watchers") }
        texts += try self.commands.parsed().map { "rule \($0.text)" }
        terms.supervision = texts.isEmpty ? nil : texts
    }
}
