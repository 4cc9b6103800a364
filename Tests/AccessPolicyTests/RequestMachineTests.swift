import Testing

@testable import AccessPolicy

@Suite("requests for access")
struct RequestMachineTests {
    private static let second: Int64 = 1_000_000_000
    private static let rule = ApprovalRule(
        approvals: 2, approvers: ["leads"], deputies: ["juniors"], deputySeconds: 60, waitSeconds: 600)
    private static let people: [String: PolicyUser] = Dictionary(
        uniqueKeysWithValues: [
            PolicyUser(name: "alice", groups: ["leads"]), PolicyUser(name: "carol", groups: ["leads"]),
            PolicyUser(name: "dan", groups: ["leads"]), PolicyUser(name: "erin", groups: ["juniors"]),
            PolicyUser(name: "mallory", groups: ["ops"]),
        ].map { ($0.name, $0) })

    private static func person(_ name: String) throws -> PolicyUser { try #require(self.people[name]) }

    /// alice's, filed at 0.
    private static func request() -> RequestMachine {
        RequestMachine(requester: "alice", filed: 0, waitsUntil: 600 * self.second, seconds: 300)
    }

    private static func approve(
        _ machine: inout RequestMachine, _ name: String, at seconds: Int64, people: [String: PolicyUser]? = nil
    ) throws -> RequestMachine.Count {
        try machine.approved(
            by: try self.person(name), rule: self.rule, people: people ?? self.people, at: seconds * self.second)
    }

    @Test("two different people of the group approve, and it permits from the second on, for its time")
    func quorum() throws {
        var machine = Self.request()
        #expect(try Self.approve(&machine, "carol", at: 10) == .missing(1))
        #expect(throws: RequestMachine.Refusal.alreadyApproved) { try Self.approve(&machine, "carol", at: 11) }
        #expect(machine.state == .waiting)
        #expect(try Self.approve(&machine, "dan", at: 20) == .approved(until: 320 * Self.second))
        #expect(machine.permits(at: 319 * Self.second) && !machine.permits(at: 320 * Self.second))
    }

    @Test("nobody decides their own, nor who is in no group for it, nor a deputy too early")
    func people() throws {
        var machine = Self.request()
        #expect(throws: RequestMachine.Refusal.ownRequest) { try Self.approve(&machine, "alice", at: 1) }
        #expect(throws: RequestMachine.Refusal.noApprover) { try Self.approve(&machine, "mallory", at: 1) }
        #expect(throws: RequestMachine.Refusal.tooEarly(seconds: 59)) { try Self.approve(&machine, "erin", at: 1) }
        #expect(try Self.approve(&machine, "erin", at: 60) == .missing(1))
        #expect(throws: RequestMachine.Refusal.ownRequest) {
            try machine.denied(by: try Self.person("alice"), rule: Self.rule, at: 61)
        }
        #expect(throws: RequestMachine.Refusal.notTheRequester) { try machine.withdrawn(by: "carol", at: 61) }
        let robot = PolicyUser(
            name: "robot", groups: ["leads"], service: try ServiceAccount(sources: ["10.0.0.1"]))
        #expect(throws: RequestMachine.Refusal.noApprover) {
            try machine.approved(by: robot, rule: Self.rule, people: Self.people, at: 62)
        }
    }

    @Test("an approval of somebody who has lost the group, is disabled or removed, counts no longer")
    func lost() throws {
        for change in [PolicyUser(name: "carol"), PolicyUser(name: "carol", isEnabled: false, groups: ["leads"]), nil] {
            var machine = Self.request()
            #expect(try Self.approve(&machine, "carol", at: 1) == .missing(1))
            var people = Self.people
            people["carol"] = change
            #expect(try Self.approve(&machine, "dan", at: 2, people: people) == .missing(1))
            #expect(machine.state == .waiting)
        }
    }

    @Test("it expires undecided, to the moment")
    func expiry() throws {
        var machine = Self.request()
        _ = try Self.approve(&machine, "carol", at: 1)
        let early = machine.timePassed(to: 600 * Self.second - 1)
        #expect(!early)
        #expect(throws: RequestMachine.Refusal.over(.expired)) { try Self.approve(&machine, "dan", at: 600) }
        let isOver = machine.timePassed(to: 600 * Self.second)
        let again = machine.timePassed(to: 700 * Self.second)
        #expect(isOver && machine.state == .expired && !again)
    }

    @Test(
        "whatever is tried in whatever order, a request has one outcome, and only one step has made it",
        arguments: (0..<200).map { _ in UInt64.random(in: 0...UInt64.max) })
    func anyOrder(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        var machine = Self.request()
        var decided: RequestMachine.State?
        var time: Int64 = 0
        let names = ["alice", "carol", "dan", "erin", "mallory"]
        for _ in 0..<40 {
            time += Int64.random(in: 0...40, using: &random) * Self.second
            let before = machine
            let person = try Self.person(random.element(of: names))
            do throws(RequestMachine.Refusal) {
                switch Int.random(in: 0..<8, using: &random) {
                case 0...3: _ = try machine.approved(by: person, rule: Self.rule, people: Self.people, at: time)
                case 4: try machine.denied(by: person, rule: Self.rule, at: time)
                case 5: try machine.withdrawn(by: person.name, at: time)
                case 6: try machine.revoked(by: person, rule: Self.rule, at: time)
                default: _ = machine.timePassed(to: time)
                }
            } catch {
                #expect(machine == before, "seed \(seed): a refused step changed something")
            }
            #expect(Set(machine.approvals.map(\.approver)).count == machine.approvals.count, "seed \(seed)")
            #expect(machine.approvals.allSatisfy { !["alice", "mallory"].contains($0.approver) }, "seed \(seed)")
            guard machine.state != before.state else { continue }
            if before.state == .waiting {
                #expect(decided == nil, "seed \(seed)")
                decided = machine.state
                if machine.state == .approved { #expect(machine.approvals.count >= 2, "seed \(seed)") }
                #expect(machine.state == .expired || time < machine.waitsUntil, "seed \(seed)")
            } else {
                // What was approved may be taken back while it permits, and nothing else ever changes.
                #expect(before.state == .approved && machine.state == .revoked, "seed \(seed)")
                #expect(before.permits(at: time), "seed \(seed)")
            }
        }
    }
}

@Suite("rules of approval")
struct ApprovalRuleTests {
    @Test("a ticket matches as a whole, and what is asked for has its limits")
    func check() throws {
        let rule = ApprovalRule(
            approvals: 1, approvers: ["leads"], longestSeconds: 600, requiresReason: true, ticketPattern: "OPS-[0-9]+")
        try rule.check(seconds: 600, reason: "r", ticket: "OPS-47")
        for (seconds, reason, ticket) in [
            (601, "r", "OPS-47"), (0, "r", "OPS-47"), (60, "", "OPS-47"), (60, "r", ""), (60, "r", "xOPS-47"),
            (60, "r", "OPS-47 and more"), (60, "r", "OPS-" + String(repeating: "1", count: 80)),
        ] {
            #expect(throws: ApprovalRule.Invalid.self, "\(seconds) \(reason) \(ticket)") {
                try rule.check(seconds: seconds, reason: reason, ticket: ticket)
            }
        }
    }

    @Test("rules that can't be are told")
    func validation() throws {
        try ApprovalRule(approvals: 2, approvers: ["a"], deputies: ["b"], ticketPattern: "X[0-9]+").validate()
        for rule in [
            ApprovalRule(approvals: 0, approvers: ["a"]), ApprovalRule(approvals: 11, approvers: ["a"]),
            ApprovalRule(approvals: 1, approvers: []), ApprovalRule(approvals: 1, approvers: ["a"], waitSeconds: 5),
            ApprovalRule(approvals: 1, approvers: ["a"], longestSeconds: 1),
            ApprovalRule(approvals: 1, approvers: ["a"], ticketPattern: "["),
            ApprovalRule(approvals: 1, approvers: ["a"], deputies: ["b"], deputySeconds: 3600, waitSeconds: 3600),
        ] {
            #expect(throws: ApprovalRule.Invalid.self) { try rule.validate() }
        }
    }
}
