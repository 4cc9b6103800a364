import CommandRules
import Testing

@testable import AccessPolicy

@Suite("supervision")
struct SupervisionTests {
    private static let seeds = (0..<40).map { _ in UInt64.random(in: 0...UInt64.max) }
    private static let rules = ["a kill rm", "a alert rm", "b hold ^x  y$", "c lock ."]
    private static let groups = ["sec", "night", "ops"]

    private static func any(_ random: inout SeededGenerator) -> Supervision {
        Supervision(
            isDualControl: random.chance(40),
            deadManSeconds: random.chance(30) ? random.element(of: [5, 30, 300]) : nil,
            supervisorGroups: random.chance(50) ? Set(random.subset(of: Self.groups)) : [],
            joinerGroups: random.chance(30) ? ["ops"] : random.chance(30) ? ["sec", "ops"] : nil,
            showsWatchers: random.chance(30),
            commandRules: random.subset(of: Self.rules).compactMap { try? CommandRule(parsing: $0) })
    }

    @Test("what it says is read as it was written", arguments: seeds)
    func terms(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let supervision = Self.any(&random)
        #expect(try Supervision(parsing: supervision.terms) == supervision, "seed \(seed)")
        #expect(supervision.terms.isEmpty == (supervision == .none))
    }

    @Test(
        "terms that mean nothing are refused",
        arguments: [
            "", "dual", "dual-control yes", "dead-man", "dead-man 4", "dead-man 86401", "dead-man x", "supervisors",
            "supervisors ", "join", "join ", "join a b", "show-watchers no", "rule", "rule x", "rule x kill (",
        ])
    func refused(term: String) {
        #expect(throws: Supervision.Invalid.self) { try Supervision(parsing: [term]) }
    }

    @Test("a further grant never lets anybody supervise who could not, nor takes dual control away", arguments: seeds)
    func strictest(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let some = (0..<3).map { _ in Self.any(&random) }
        let more = Self.any(&random)
        let (before, after) = (Supervision.strictest(of: some), Supervision.strictest(of: some + [more]))
        #expect(!before.isDualControl || after.isDualControl, "seed \(seed)")
        #expect((after.deadManSeconds ?? .max) <= (before.deadManSeconds ?? .max), "seed \(seed)")
        #expect(Set(before.commandRules).isSubset(of: after.commandRules), "seed \(seed)")
        #expect(!before.showsWatchers || after.showsWatchers, "seed \(seed)")
        for name in ["alice", "bob"] {
            let groups = Set(random.subset(of: Self.groups))
            if after.mayJoin(name, in: groups, over: "alice") {
                #expect(before.mayJoin(name, in: groups, over: "alice"), "seed \(seed)")
            }
            if before.isDualControl, after.admits(name, in: groups, over: "alice") {
                #expect(before.admits(name, in: groups, over: "alice"), "seed \(seed)")
            }
        }
        #expect(Supervision.strictest(of: some.reversed()) == before, "seed \(seed)")
    }

    @Test("nobody types along where a grant doesn't say so, without each of the groups, or in a session of their own")
    func joining() {
        let open = Supervision(joinerGroups: ["ops", "night"])
        #expect(open.mayJoin("bob", in: ["ops", "night", "sec"], over: "alice"))
        #expect(!open.mayJoin("bob", in: ["ops"], over: "alice"))
        #expect(!open.mayJoin("alice", in: ["ops", "night"], over: "alice"))
        #expect(!Supervision.none.mayJoin("bob", in: ["ops", "night"], over: "alice"))
        #expect(!Supervision(joinerGroups: []).mayJoin("bob", in: ["ops"], over: "alice"))
        #expect(Supervision.strictest(of: [open, .none]).joinerGroups == nil)
    }

    @Test("nobody supervises themselves, nor where there is no dual control, nor without each of the groups")
    func admission() {
        let groups = Supervision(isDualControl: true, supervisorGroups: ["sec", "night"])
        let rulesOnly = Supervision(supervisorGroups: ["sec"])
        #expect(!rulesOnly.isDualControl && !rulesOnly.admits("bob", in: ["sec"], over: "alice"))
        #expect(rulesOnly.mayDecide("bob", in: ["sec"], over: "alice"))
        #expect(!rulesOnly.mayDecide("bob", in: [], over: "alice"))
        #expect(!rulesOnly.mayDecide("alice", in: ["sec"], over: "alice"))
        #expect(groups.admits("bob", in: ["sec", "night", "ops"], over: "alice"))
        #expect(!groups.admits("bob", in: ["sec"], over: "alice"))
        #expect(!groups.admits("alice", in: ["sec", "night"], over: "alice"))
        #expect(!Supervision.none.admits("bob", in: [], over: "alice"))
        #expect(Supervision(isDualControl: true).admits("bob", in: [], over: "alice"))
    }
}
