import SessionStore
import Testing

@testable import Gateway

@Suite("How long recordings are kept")
struct RetentionPolicyTests {
    private static let day: Int64 = 86_400 * 1_000_000_000
    private static let now: Int64 = 2_000_000_000 * 1_000_000_000

    private func session(
        endedDaysAgo days: Int64?, grants: [String] = ["g"], how: StoredSession.How = .closed
    ) -> StoredSession {
        StoredSession(
            id: .random(), user: "alice", account: "root", target: "web1", from: "f", grants: grants,
            recordingPath: "p", startedNanoseconds: 0,
            ending: days.map {
                StoredSession.Ending(how: how, bytes: 1, endedNanoseconds: Self.now - $0 * Self.day)
            })
    }

    private func verdict(
        _ session: StoredSession, _ rules: [(RetentionRule.Subject, days: Int?)], holds: [LegalHold.Subject] = [],
        defaultDays: Int? = nil
    ) -> RetentionPolicy.Verdict {
        RetentionPolicy(
            rules: rules.map { RetentionRule(subject: $0.0, keepSeconds: $0.days.map { $0 * 86_400 }) },
            holds: holds.map { LegalHold(subject: $0, reason: "case", actor: "root", placedNanoseconds: 0) },
            defaultSeconds: defaultDays.map { $0 * 86_400 }, labels: ["web1": ["env=prod"], "web2": ["env=test"]]
        ).verdict(on: session, at: Self.now)
    }

    @Test("the longest rule that is about a recording counts, whatever the order, and the default where there is none")
    func longest() {
        let old = self.session(endedDaysAgo: 100)
        let rules: [(RetentionRule.Subject, days: Int?)] = [
            (.target("web1"), 30), (.grant("g"), 90), (.label("env=prod"), 60), (.target("web2"), nil),
            (.label("env=test"), nil), (.grant("other"), nil),
        ]
        #expect(self.verdict(old, rules) == .due(rule: "grant g, 90 d"))
        #expect(self.verdict(old, rules.reversed()) == .due(rule: "grant g, 90 d"))
        // A rule is more than the default, longer or shorter.
        #expect(self.verdict(old, rules, defaultDays: 400) == .due(rule: "grant g, 90 d"))
        #expect(self.verdict(old, rules + [(.label("env=prod"), 101)]) == .kept)
        #expect(self.verdict(old, rules + [(.label("env=prod"), nil)], defaultDays: 1) == .kept)
        #expect(self.verdict(old, []) == .kept)
        #expect(self.verdict(old, [], defaultDays: 100) == .due(rule: "default, 100 d"))
        #expect(self.verdict(old, [], defaultDays: 101) == .kept)
    }

    @Test("a legal hold wins over every rule; a session that runs and a damaged recording are never due")
    func exceptions() {
        let rules: [(RetentionRule.Subject, days: Int?)] = [(.target("web1"), 1)]
        let old = self.session(endedDaysAgo: 100)
        for hold: LegalHold.Subject in [.user("alice"), .target("web1"), .recording(old.id.description)] {
            #expect(self.verdict(old, rules, holds: [hold]) == .held(by: "\(hold.text): case"))
        }
        for hold: LegalHold.Subject in [.user("bob"), .target("web2"), .recording("x")] {
            #expect(self.verdict(old, rules, holds: [hold]) == .due(rule: "target web1, 1 d"))
        }
        #expect(self.verdict(self.session(endedDaysAgo: nil), rules, defaultDays: 1) == .kept)
        #expect(self.verdict(self.session(endedDaysAgo: 100, how: .quarantined), rules) == .kept)
        // A clock that was set back makes nothing old.
        #expect(self.verdict(self.session(endedDaysAgo: -5), rules) == .kept)
    }
}
