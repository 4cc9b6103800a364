import SessionStore
import Testing
import WorkerProtocol

@testable import Gateway

@Suite("answers to targets' questions")
struct TargetAnswerTests {
    private func answer(_ question: String, _ kind: StoredAnswerKind) -> StoredAnswer {
        StoredAnswer(question: question, kind: kind, sealed: [], details: "", changedNanoseconds: 0)
    }

    private func question(_ text: String) -> TargetQuestion { TargetQuestion(text: Array(text.utf8), echo: false) }

    @Test("an answer is given once, to a question that its pattern matches")
    func patterns() {
        var book = AnswerBook([self.answer("*pin*", .secret), self.answer("", .totp)])
        #expect(book.take(for: self.question("Password: ")) == nil)
        #expect(book.take(for: self.question("Enter PIN: "))?.question == "*pin*")
        #expect(book.take(for: self.question("Enter PIN: ")) == nil)
        #expect(book.take(for: self.question("Verification code: "))?.kind == .totp)
        #expect(book.take(for: self.question("Verification code: ")) == nil)
    }

    @Test(
        "questions for a code are known, others aren't",
        arguments: [
            ("Verification code: ", true), ("One-time password (OATH) for `ops': ", true), ("Enter OTP:", true),
            ("Token:", true), ("Passcode or option (1-3): ", true), ("Password: ", false), ("PIN: ", false),
            ("", false),
        ])
    func codes(text: String, expected: Bool) {
        var book = AnswerBook([self.answer("", .totp)])
        #expect((book.take(for: self.question(text)) != nil) == expected)
    }

    @Test("a code is given once, the next ones wait, and too many don't")
    func ledger() {
        var ledger = CodeLedger()
        let owner = CodeLedger.Owner(target: "web1", account: "root", question: "")
        #expect(ledger.next(of: owner, present: 100) == 100)
        #expect(ledger.next(of: owner, present: 100) == 101)
        #expect(ledger.next(of: owner, present: 100) == 102)
        #expect(ledger.next(of: owner, present: 100) == nil)
        #expect(ledger.next(of: owner, present: 101) == 103)
        #expect(ledger.next(of: owner, present: 200) == 200)
        let other = CodeLedger.Owner(target: "web2", account: "root", question: "")
        #expect(ledger.next(of: other, present: 200) == 200)
    }
}
