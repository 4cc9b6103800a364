import AdminAPI
import ArgumentParser

/// Whom a grant is about, where, when and from where.
struct GrantScope: ParsableArguments {
    @Option(help: ArgumentHelp("Users.", valueName: "names")) var user: [NameList] = []
    @Option(help: ArgumentHelp("Groups of users.", valueName: "names")) var group: [NameList] = []
    @Option(help: ArgumentHelp("Targets.", valueName: "names")) var target: [NameList] = []
    @Option(
        help: ArgumentHelp(
            "Targets with these labels: of each key one of the values.", valueName: "key=value"))
    var targetLabel: [NameList] = []
    @Option(help: ArgumentHelp("Accounts on the targets, or any.", valueName: "names")) var account: [NameList]
    @Option(
        help: ArgumentHelp(
            "Hours in which it applies, such as \"mon-fri 08:00-18:00 Europe/Berlin\"; repeat it for more.",
            valueName: "days hours zone"))
    var window: [String] = []
    @Option(
        help: ArgumentHelp(
            "From when on, UTC, such as 2027-03-01T08:00:00Z.", valueName: "time"))
    var notBefore: Moment?
    @Option(
        help: ArgumentHelp(
            "Until when: a day (to its end) or a time, UTC, or a length from now such as 8h, 30d.", valueName: "time"))
    var notAfter: Expiry?
    @Option(help: ArgumentHelp("Networks that it is used from, such as 10.0.0.0/8.", valueName: "networks"))
    var from: [NameList] = []

    func validate() throws {
        guard !self.user.isEmpty || !self.group.isEmpty else { throw ValidationError("name --user or --group") }
        guard !self.target.isEmpty || !self.targetLabel.isEmpty else {
            throw ValidationError("name --target or --target-label")
        }
    }

    /// `any` stands for every account; a target that has an account of this name is one among them.
    var accounts: [String] { self.account.flatMap(\.names).map { $0 == "any" ? "*" : $0 } }

    var terms: GrantTerms {
        func some(_ texts: [String]) -> [String]? { texts.isEmpty ? nil : texts }
        return GrantTerms(
            targetLabels: some(self.targetLabel.flatMap(\.names)), windows: some(self.window),
            notBefore: self.notBefore?.time, notAfter: self.notAfter?.time, from: some(self.from.flatMap(\.names)))
    }
}

/// How much a grant permits.
struct GrantLimits: ParsableArguments {
    @Option(help: ArgumentHelp("Longest session, such as 8h.", valueName: "time")) var maxSession: Length?
    @Option(
        help: ArgumentHelp("Longest time without a key pressed, or a byte moved, such as 15m.", valueName: "time"))
    var maxIdle: Length?
    @Option(help: ArgumentHelp("Most sessions of one user at once.", valueName: "number")) var sessionsPerUser: Int?
    @Option(help: ArgumentHelp("Most sessions on one target at once, of all users.", valueName: "number"))
    var sessionsPerTarget: Int?
    @Option(
        help: ArgumentHelp(
            "Most bytes that one channel takes to the target: 100M for sftp, scp and exec, or such as sftp=1G,shell=10M.",
            valueName: "size"))
    var maxUpload: [ByteLimits] = []
    @Option(help: ArgumentHelp("Likewise from the target.", valueName: "size")) var maxDownload: [ByteLimits] = []

    func add(to terms: inout GrantTerms) {
        terms.sessionSeconds = self.maxSession?.seconds
        terms.idleSeconds = self.maxIdle?.seconds
        terms.sessionsPerUser = self.sessionsPerUser
        terms.sessionsPerTarget = self.sessionsPerTarget
        let limits =
            self.maxUpload.flatMap { $0.texts(of: "upload") } + self.maxDownload.flatMap { $0.texts(of: "download") }
        terms.byteLimits = limits.isEmpty ? nil : limits
    }
}

/// `100M`, or `sftp=1G,exec=10M`.
struct ByteLimits: ExpressibleByArgument {
    private var limits: [(kind: String, bytes: UInt64)] = []

    /// What a size alone is about: the channels that files go through.
    private static let usualKinds = ["sftp", "scp", "exec"]

    init?(argument: String) {
        for part in argument.split(separator: ",", omittingEmptySubsequences: false) {
            let words = part.split(separator: "=", omittingEmptySubsequences: false)
            guard (1...2).contains(words.count), let bytes = Self.bytes(words[words.count - 1]) else { return nil }
            self.limits += (words.count == 2 ? [String(words[0])] : Self.usualKinds).map { ($0, bytes) }
        }
    }

    func texts(of direction: String) -> [String] { self.limits.map { "\($0.kind) \(direction) \($0.bytes)" } }

    /// `1048576`, `1024K`, `1M`, `1G`, `1T`: in steps of 1024.
    private static func bytes(_ text: Substring) -> UInt64? {
        let steps = ["K": 10, "M": 20, "G": 30, "T": 40] as [Character: UInt64]
        guard let last = text.last else { return nil }
        let step = steps[Character(last.uppercased())]
        guard let number = UInt64(step == nil ? text : text.dropLast()), number > 0 else { return nil }
        let (bytes, overflow) = number.multipliedReportingOverflow(by: 1 << (step ?? 0))
        return overflow ? nil : bytes
    }
}

/// A moment on the command line, UTC: `2027-06-30T12:00:00Z`, or the beginning of `2027-06-30`.
struct Moment: ExpressibleByArgument {
    var time: Timestamp

    init?(argument: String) {
        guard let time = Timestamp(argument) ?? Timestamp(argument + "T00:00:00Z") else { return nil }
        self.time = time
    }
}

/// Takes access away, whatever other grants say.
struct GrantDenyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "deny", abstract: "Add a grant that denies; it wins over all that allow.",
        discussion:
            "Sessions that it denies end at once. Each option takes names separated by commas, and may be repeated.")

    @ParentCommand var root: Sallyport
    @OptionGroup var output: OutputOptions
    @Argument(help: "Name of the grant.") var name: String
    @OptionGroup var scope: GrantScope
    @Option(help: ArgumentHelp("Channel kinds that it takes away; all without it.", valueName: "kinds"))
    var kinds: [NameList] = []

    func run() async throws {
        var terms = self.scope.terms
        terms.effect = "deny"
        let request = AddGrantRequest(
            name: self.name, users: self.scope.user.flatMap(\.names), groups: self.scope.group.flatMap(\.names),
            targets: self.scope.target.flatMap(\.names), accounts: self.scope.accounts,
            allow: self.kinds.flatMap(\.names), terms: terms)
        let grant: GrantInfo = try await self.root.client.send(.POST, AdminRoutes.grants.path(), request)
        guard !self.output.json else { return try StandardOutput.json(grant) }
        StandardOutput.line("added grant \(Printable.line(grant.name)), which denies")
    }
}
