import SSHTransport
import Testing

@testable import SessionWorker

@Suite("Questions of a target")
struct UserQuestionTests {
    private func shown(_ text: String, name: String = "", instruction: String = "") -> String {
        let prompt = ClientLeg.Prompt(
            name: Array(name.utf8), instruction: Array(instruction.utf8), text: Array(text.utf8), echo: false)
        return String(decoding: UserQuestion(prompt, number: 1).shown, as: UTF8.self)
    }

    @Test("what the target says of the round stands before the question, each on lines of its own")
    func parts() {
        #expect(self.shown("Code: ") == "Code: ")
        #expect(self.shown("Code: ", name: "Login", instruction: "Sent.\n\n") == "Login\nSent.\nCode: ")
        #expect(self.shown("One\r\nTwo: ") == "One\nTwo: ")
        #expect(self.shown("") == "")
    }

    @Test("nothing in it moves the cursor, hides, or turns the text")
    func harmless() {
        #expect(self.shown("a\u{1B}[2Jb\u{7}\u{0}\u{9B}c\t:") == "a [2Jb   c :")
        #expect(self.shown("x\u{202E}y\u{200B}z\u{2028}: ") == "x y z : ")
        let odd = ClientLeg.Prompt(name: [], instruction: [], text: [0xFF, 0x3A], echo: true)
        #expect(String(decoding: UserQuestion(odd, number: 1).shown, as: UTF8.self) == "\u{FFFD}:")
    }

    @Test("it is cut at so many characters, and keeps its last lines")
    func long() {
        #expect(self.shown(String(repeating: "x", count: 1_000_000)).count == 2000)
        let lines = self.shown((1...500).map { "\($0)" }.joined(separator: "\n")).split(separator: "\n")
        #expect(lines.count == 40 && lines.last == "500")
    }

    @Test("the same words asked again are another question")
    func again() {
        let prompt = ClientLeg.Prompt(name: [], instruction: [], text: [65], echo: true)
        #expect(UserQuestion(prompt, number: 1) != UserQuestion(prompt, number: 2))
    }
}
