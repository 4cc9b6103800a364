import SessionStore
import WorkerProtocol

/// What the vault answers to the questions of one login, each answer once: one that is wrong doesn't get better, and
/// counts where accounts are locked. No secrets in here.
struct AnswerBook: Sendable {
    private var unused: [StoredAnswer]

    /// - parameter answers: in the order in which they are matched.
    init(_ answers: [StoredAnswer]) { self.unused = answers }

    /// The answer to this question, which is then used; nil when there is none.
    mutating func take(for question: TargetQuestion) -> StoredAnswer? {
        guard let index = self.unused.firstIndex(where: { Self.matches($0, question) }) else { return nil }
        return self.unused.remove(at: index)
    }

    private static func matches(_ answer: StoredAnswer, _ question: TargetQuestion) -> Bool {
        if !answer.question.isEmpty { return PromptPattern(Array(answer.question.utf8)).matches(question.text) }
        switch answer.kind {
        case .totp: return Self.asksForCode(question.text)
        case .secret: return false
        }
    }

    /// As PAM modules, network devices and appliances ask for a one-time code.
    private static func asksForCode(_ text: [UInt8]) -> Bool {
        let text = String(decoding: PromptPattern.lowered(text), as: UTF8.self)
        return ["code", "one-time", "one time", "onetime", "otp", "token", "authenticator"].contains {
            text.contains($0)
        }
    }
}
