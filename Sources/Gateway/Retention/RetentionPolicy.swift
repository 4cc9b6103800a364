import AccessPolicy
import SessionStore

/// What becomes of a recording, by the rules as they are now. Pure.
struct RetentionPolicy: Sendable {
    enum Verdict: Hashable, Sendable {
        /// Nothing but a rule or a person deletes it, and none does now.
        case kept
        /// Its time is over by this rule, such as `target web1, 90 d`.
        case due(rule: String)
        case held(by: String)
    }

    let rules: [RetentionRule]
    let holds: [LegalHold]
    /// Where no rule is about a recording, in seconds; nil for ever.
    let defaultSeconds: Int?
    /// By target: of those that there are.
    let labels: [String: Set<String>]

    /// The longest of the rules that are about it counts; the default where there is none.
    /// - parameter now: UTC, in nanoseconds.
    func verdict(on session: StoredSession, at now: Int64) -> Verdict {
        guard let ending = session.ending, ending.how != .quarantined else { return .kept }
        let about = self.rules.filter { self.isAbout(session, $0.subject) }
        let rule: String
        let seconds: Int
        if about.isEmpty {
            guard let defaultSeconds else { return .kept }
            (rule, seconds) = ("default", defaultSeconds)
        } else {
            // One that keeps for ever wins.
            guard let longest = about.max(by: { $0.keepSeconds ?? .max < $1.keepSeconds ?? .max }),
                let keepSeconds = longest.keepSeconds
            else { return .kept }
            (rule, seconds) = (longest.subject.text, keepSeconds)
        }
        let (age, overflow) = now.subtractingReportingOverflow(ending.endedNanoseconds)
        guard !overflow, age / 1_000_000_000 >= seconds else { return .kept }
        if let hold = self.holds.first(where: { $0.subject.covers(session) }) {
            return .held(by: "\(hold.subject.text): \(hold.reason)")
        }
        return .due(rule: "\(rule), \(Self.length(seconds))")
    }

    private func isAbout(_ session: StoredSession, _ subject: RetentionRule.Subject) -> Bool {
        switch subject {
        case .grant(let name): session.grants.contains(name)
        case .target(let name): session.target == name
        case .label(let text): self.labels[session.target]?.contains(text) == true
        }
    }

    /// `90 d`, or `36 h` where it is no number of days.
    static func length(_ seconds: Int) -> String {
        seconds % 86_400 == 0 ? "\(seconds / 86_400) d" : "\(seconds / 3600) h"
    }
}

extension RetentionPolicy {
    /// As everything stands in the database.
    init(_ store: SessionStore, defaultSeconds: Int?) throws {
        self.init(
            rules: try store.retentionRules(), holds: try store.legalHolds(), defaultSeconds: defaultSeconds,
            labels: Dictionary(try store.targets().map { ($0.name, Set($0.labels)) }) { first, _ in first })
    }
}
