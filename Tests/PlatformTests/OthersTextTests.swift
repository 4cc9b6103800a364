import Platform
import Testing

@Suite("Others' words, and addresses that they give")
struct OthersTextTests {
    @Test(
        "addresses that secrets may go to",
        arguments: [
            ("https://id.example.org", true), ("http://127.0.0.1:8080/x", true), ("http://[::1]/x", true),
            ("http://localhost", true), ("http://id.example.org", false), ("http://localhost.example.org", false),
            ("http://127.0.0.1@example.org", false), ("ftp://id", false), ("https://", false),
            ("https://a b", false), ("http://127.0.0.1\\@example.org", false),
        ])
    func addresses(_ address: String, _ isPermitted: Bool) {
        #expect(ServerAddress.mayGetSecrets(address) == isPermitted)
    }

    @Test("others' words come to one line, and no more than was asked for")
    func line() {
        #expect("a\r\nb\u{1B}[2J\u{7F}ä".onOneLine(atMost: 100) == "a  b [2J ä")
        #expect("abcdef".onOneLine(atMost: 3) == "abc")
        #expect("".onOneLine(atMost: 3).isEmpty)
    }
}
