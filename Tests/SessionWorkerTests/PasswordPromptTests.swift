import Testing

@testable import SessionWorker

@Suite("password prompts")
struct PasswordPromptTests {
    private func asks(_ text: String, echo: Bool = false, pattern: String? = nil) -> Bool {
        PasswordPrompt(pattern: pattern.map { Array($0.utf8) }).asksForPassword(Array(text.utf8), echo: echo)
    }

    @Test(
        "the usual questions get the password",
        arguments: [
            "Password: ", "password:", "(ops@web1) Password:", "ops's password:", "Passwort: ", "Mot de passe :",
            "Пароль:", "パスワード:", "Enter PASSWORD> ",
        ])
    func usual(text: String) { #expect(self.asks(text)) }

    @Test(
        "other questions don't",
        arguments: [
            "Verification code: ", "One-time password (OATH) for `ops': ", "New password: ", "Retype new password:",
            "Enter your token password:", "Username:", "", "Passcode:", "Are you sure (yes/no)? ",
        ])
    func others(text: String) { #expect(!self.asks(text)) }

    @Test("a question whose answer is shown doesn't, and neither does one without end")
    func shown() {
        #expect(!self.asks("Password: ", echo: true))
        #expect(!self.asks("Password: " + String(repeating: "a", count: 2000)))
    }

    @Test(
        "a pattern of the target's own decides alone",
        arguments: [
            ("*pin*:", "Enter PIN :", true), ("*pin*:", "Password:", false), ("Secret?", "SECRET?", true),
            ("a*b*c", "aXXbYYbZc", true), ("a*b*c", "aXXbYYbZ", false), ("*", "", true), ("?", "", false),
            ("**x**", "x", true), ("new password*", "New password: ", true),
        ])
    func patterns(pattern: String, text: String, expected: Bool) {
        #expect(self.asks(text, pattern: pattern) == expected)
        #expect(self.asks(text, echo: true, pattern: pattern) == expected)
    }

    @Test("a pattern and a question made to take long don't")
    func slow() {
        #expect(
            !self.asks(
                String(repeating: "a", count: 1024), pattern: String(repeating: "*a", count: 500) + "b"))
    }

    @Test("a question is quoted on one line, without control characters")
    func quoted() {
        #expect(PasswordPrompt.quoted(Array("Code\u{1B}[2J\r\n: ".utf8)) == "\"Code [2J  :\"")
        #expect(PasswordPrompt.quoted([0xFF, 0x41]) == "\"\u{FFFD}A\"")
        #expect(PasswordPrompt.quoted(Array(repeating: 0x41, count: 5000)).count == 102)
    }
}
