import Testing

@testable import CommandRules

@Suite("command rules")
struct CommandPatternTests {
    @Test(
        "patterns match what they say",
        arguments: [
            ("rm", "echo; rm -rf /"), ("^rm", "rm x"), ("^rm$", "rm"), ("r.m", "rXm"), ("ab*c", "ac"),
            ("ab*c", "abbbc"),
            ("ab+c", "abc"),
            ("ab?c", "ac"), ("a|b", "xxb"), ("(foo|bar)+baz", "foobarbaz"), ("[a-c]x", "bx"),
            ("[^a-c]x", "dx"), ("[]x]y", "]y"), ("\\brm\\b", "sudo rm x"), ("\\d{3}", "x123"), ("a{2,}b", "aaab"),
            ("a{0,2}b", "b"), ("\\.", "."), ("[\\d.]+$", "v1.2"), ("(a*)*b", "aaab"), ("(|a)b", "b"), ("a||b", ""),
            ("\\s-rf?\\s", "rm\t-r x"), ("é+", "caféé"), ("(?:ab){2}", "abab"), ("[a-]", "-"), ("\\\\", "\\"),
        ])
    func matching(pattern: String, line: String) throws {
        #expect(try CommandPattern(pattern).matches(line.utf8))
    }

    @Test(
        "and nothing else",
        arguments: [
            ("^rm", "xrm"), ("rm$", "rmx"), ("\\brm\\b", "rmdir"), ("ab+c", "ac"), ("[^a]", "a"), ("\\d{3}", "12"),
            ("a{2,3}b", "ab"), ("\\Bx", "x"), ("a.c", "ac"), ("^$", "x"), ("(foo|bar)baz", "bazfoo"), ("RM", "rm"),
        ])
    func different(pattern: String, line: String) throws {
        #expect(try !CommandPattern(pattern).matches(line.utf8))
    }

    @Test(
        "what can't be read is refused",
        arguments: [
            "", "(", ")", "a)", "[", "[]", "[a", "*a", "a**", "a+?", "a{", "a{3", "a{3,2}", "a{99}", "\\", "\\q",
            "[z-a]",
            "(?=a)", "[é]", "((((a{64}){64}){64}))",
            String(repeating: "(", count: 40) + String(repeating: ")", count: 40),
            String(repeating: "a", count: 257),
        ])
    func refused(pattern: String) {
        #expect(throws: CommandPattern.Invalid.self) { try CommandPattern(pattern) }
    }

    /// Backtrackers take 2^30 steps for these.
    @Test(
        "hostile patterns and lines take no longer than their sizes",
        arguments: ["(a*)*b", "(a|aa)+b", "(a|a)*b", "a*a*a*a*b"])
    func linear(pattern: String) throws {
        let pattern = try CommandPattern(pattern)
        #expect(!pattern.matches([UInt8](repeating: UInt8(ascii: "a"), count: 20_000)))
    }

    @Test("rules are read as they are written, and the strictest that fits comes first")
    func rules() throws {
        let texts = ["wipe kill rm +-rf", "Look-1 alert rm", "stop hold  two  spaces ", "rest lock ^rm"]
        let rules = try texts.map { text throws(CommandRule.Invalid) in try CommandRule(parsing: text) }
        #expect(rules.map(\.text) == texts)
        #expect(CommandRule.matching("rm -rf /".utf8, among: rules).map(\.name) == ["wipe", "rest", "Look-1"])
        #expect(CommandRule.matching("ls".utf8, among: rules).isEmpty)
        for text in ["", "a", "a kill", "a kill ", "a die x", "a b kill x", " kill x", "a kill \u{7}", "a kill ("] {
            #expect(throws: CommandRule.Invalid.self) { try CommandRule(parsing: text) }
        }
    }
}
