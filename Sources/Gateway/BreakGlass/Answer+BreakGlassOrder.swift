import AccessPolicy
import AuditLog
import Platform
import SessionStore
import WorkerProtocol

extension Broker {
    /// Does what a user asks about emergencies, over SSH.
    func answer(
        _ order: BreakGlassOrder, _ login: Login, from peer: PeerAddress, hasTerminal: Bool
    ) async throws -> DeskAnswer {
        guard !login.restrictions.contains(.service) else {
            throw OrderText.Mistake(line: "a service account reviews nothing")
        }
        let (store, user) = (self.store, login.user)
        let lines: [String] = try await self.questions.run {
            let person = try store.accessRules().users[user]
            func visible(_ use: StoredBreakGlassUse) -> Bool {
                use.user == user || person.map { use.rule.mayReview($0, useBy: use.user) } ?? false
            }
            func use(_ number: Int64) throws -> StoredBreakGlassUse {
                guard let use = try store.breakGlassUse(number), visible(use) else {
                    throw OrderText.Mistake(line: "there is no emergency \(number) for you to see")
                }
                return use
            }
            switch order {
            case .list:
                let uses = try store.breakGlassUses(unreviewedOnly: true).filter(visible)
                return uses.isEmpty ? ["no emergencies wait for a review of yours"] : uses.prefix(20).map(\.line)
            case .show(let number): return try use(number).details
            case .review(let number, let text):
                _ = try use(number)
                let reviewed = try store.reviewBreakGlass(
                    number, text: AuditField.printable(text), by: user, from: peer.description)
                return [
                    reviewed.missing == 0
                        ? "emergency \(number) is reviewed"
                        : "emergency \(number) has your review, and needs \(reviewed.missing) more"
                ]
            }
        }
        let text = lines.map(AuditField.printable).joined(separator: hasTerminal ? "\r\n" : "\n")
        return DeskAnswer(text: Array(text.utf8.prefix(WireLimits.text)), status: 0)
    }
}

extension StoredBreakGlassUse {
    fileprivate var line: String {
        "\(self.number)  \(TimeText.time(self.openedNanoseconds))  \(self.user) \(self.account)@\(self.target), needs "
            + "\(self.missing) more reviews: \(self.reason.prefix(80))"
    }

    fileprivate var details: [String] {
        [
            "emergency \(self.number): \(self.reviewedNanoseconds == nil ? "needs review" : "reviewed")",
            "\(self.user) has opened \(self.account)@\(self.target) by \(self.grant), with \(self.method)",
            "from \(self.from), \(TimeText.time(self.openedNanoseconds)) to \(TimeText.time(self.untilNanoseconds))",
            "reason: \(self.reason)",
        ] + self.reviews.map { "reviewed \(TimeText.time($0.nanoseconds)) by \($0.reviewer): \($0.text)" }
    }
}
