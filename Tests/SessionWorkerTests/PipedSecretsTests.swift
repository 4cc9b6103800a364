import Testing

@testable import SessionWorker

@Suite("input without a terminal")
struct PipedSecretsTests {
    private func secrets(_ pipe: inout PipedSecrets, _ input: String) -> Int {
        Array(input.utf8).withUnsafeBytes { pipe.secretPrefix(of: $0) }
    }

    private func heard(_ pipe: inout PipedSecrets, _ output: String) {
        Array(output.utf8).withUnsafeBytes { pipe.heard($0) }
    }

    @Test(
        "sudo that reads its password from the input is known by its option",
        arguments: [
            ("sudo -S id", true), ("/usr/bin/sudo -u bob -S id", true), ("sh -c 'sudo -HS id'", true),
            ("sudo --stdin id", true), ("sudo id", false), ("ls -S", false), ("sudo -n id", false),
            ("echo sudo; ls", false),
        ])
    func sudo(command: String, expected: Bool) {
        #expect(PipedSecrets.readsPassword(Array(command.utf8)) == expected)
    }

    @Test("the first line alone is a secret, in however many pieces it comes")
    func firstLine() {
        var pipe = PipedSecrets()
        pipe.asked(for: Array("sudo -S tee file".utf8))
        #expect(self.secrets(&pipe, "hunt") == 4)
        #expect(self.secrets(&pipe, "er2\ncontent\n") == 4)
        #expect(self.secrets(&pipe, "more\n") == 0)
    }

    @Test("a question without a line end makes the next line a secret")
    func question() {
        var pipe = PipedSecrets()
        pipe.asked(for: Array("passwd ops".utf8))
        #expect(self.secrets(&pipe, "data\n") == 0)
        self.heard(&pipe, "changing\nNew pass")
        self.heard(&pipe, "word: ")
        #expect(self.secrets(&pipe, "hunter2\nnext\n") == 8)
        self.heard(&pipe, "password: unchanged\n")
        #expect(self.secrets(&pipe, "data\n") == 0)
    }

    @Test("bytes of a protocol are never taken for an answer")
    func protocolBytes() {
        var pipe = PipedSecrets()
        pipe.isProtocol = true
        self.heard(&pipe, "Password: ")
        #expect(self.secrets(&pipe, "\u{0}\u{5}") == 0)
    }
}
