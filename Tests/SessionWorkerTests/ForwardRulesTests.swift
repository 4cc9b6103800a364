import Testing
import WorkerProtocol

@testable import SessionWorker

@Suite("Rules for forwards")
struct ForwardRulesTests {
    private func rules(
        _ host: ForwardPermission.Host, _ ports: ClosedRange<UInt16> = 0...65535, nested: Bool = false
    ) -> ForwardRules {
        ForwardRules([
            ForwardPermission(
                direction: .local, host: host, firstPort: ports.lowerBound, lastPort: ports.upperBound,
                allowsNestedSSH: nested)
        ])
    }

    private func isPermitted(_ rules: ForwardRules, _ host: String, _ port: UInt32 = 22) -> Bool {
        rules.verdict(on: Array(host.utf8), port, .local) != .refused
    }

    @Test(
        "a pattern speaks of names alone, whatever an address looks like",
        arguments: [
            ("db1", "db1", true), ("db1", "DB1.", true), ("db1", "db10", false), ("db1", "xdb1", false),
            ("*.example", "a.b.example", true), ("*.example", "example", false), ("db?", "db1", true),
            ("db?", "db", false), ("*", "127.0.0.1", false), ("*.1", "127.0.0.1", false), ("*.1", "127.1", false),
            ("1*", "127.1", false), ("2*", "2130706433", false), ("0*", "0x7f.0x1", false), ("*", "::1", false),
            ("*", "", false), ("*", "a b", false), ("*", "a%eth0", false), ("a*b*c", "axxbyyc", true),
            ("a*b*c", "axxbyy", false), ("db1", "db1..", false),
        ])
    func patterns(pattern: String, host: String, expected: Bool) {
        #expect(self.isPermitted(self.rules(.pattern(Array(pattern.utf8))), host) == expected)
    }

    @Test(
        "a network speaks of addresses alone, in whatever form they are written",
        arguments: [
            ("10.255.0.1", true), ("11.0.0.1", false), ("::ffff:10.1.2.3", true), ("::FFFF:0a01:0203", true),
            ("010.0.0.1", false), ("10.1", false), ("localhost", false), ("fd00::1", false), ("", false),
            ("10.0.0.1 ", false), ("10.0.0.1%lo", false),
        ])
    func networks(host: String, expected: Bool) {
        #expect(self.isPermitted(self.rules(.network(address: [10, 0, 0, 0], bits: 8)), host) == expected)
    }

    @Test("a network's odd bits count, and all or none of them may")
    func bits() {
        let odd = self.rules(.network(address: [10, 0, 0, 0b1010_0000], bits: 27))
        #expect(self.isPermitted(odd, "10.0.0.191"))
        #expect(!self.isPermitted(odd, "10.0.0.192"))
        let all = self.rules(.network(address: [0, 0, 0, 0], bits: 0))
        #expect(self.isPermitted(all, "203.0.113.9"))
        #expect(!self.isPermitted(all, "::1"))
        #expect(!self.isPermitted(self.rules(.network(address: [1, 2], bits: 99)), "1.2.3.4"))
    }

    @Test("ports and direction have to fit, and any host means any text")
    func ports() {
        let rules = self.rules(.any, 80...82)
        for (port, expected) in [(79, false), (80, true), (82, true), (83, false), (65616, false)] {
            #expect(self.isPermitted(rules, "127.1", UInt32(port)) == expected)
        }
        #expect(rules.verdict(on: [], 80, .local) != .refused)
        #expect(rules.verdict(on: Array("db1".utf8), 80, .remote) == .refused)
        #expect(ForwardRules().verdict(on: Array("db1".utf8), 80, .local) == .refused)
    }

    @Test(
        "a path speaks of Unix sockets alone, and only of plain ones",
        arguments: [
            ("/run/app.sock", "/run/app.sock", true), ("/run/app.sock", "/run/App.sock", false),
            ("/run/app.sock", "run/app.sock", false), ("/run/*.sock", "/run/a.b.sock", true),
            ("/run/*.sock", "/run/a/b.sock", false), ("/run/*/s?", "/run/x/s1", true),
            ("/run/*", "/run/..", false), ("/run/*", "/run/.", false), ("/run/*", "/run/", false),
            ("/run/**", "/run/a/b/c", true), ("/run/**", "/run", false), ("/run/**", "/runner/a", false),
            ("/run/**", "/run/../etc/a", false), ("/run/**", "/run//a", false), ("/**", "/a", true),
            ("/**", "", false), ("/**", "a", false), ("/**", "/a\0b", false),
        ])
    func paths(pattern: String, path: String, expected: Bool) {
        let rules = self.rules(.path(Array(pattern.utf8)), 0...0)
        #expect((rules.verdict(onPath: Array(path.utf8), .local) != .refused) == expected)
        #expect(rules.verdict(onPath: Array(path.utf8), .remote) == .refused)
        #expect(!self.isPermitted(rules, path, 0))
        #expect(self.rules(.any).verdict(onPath: Array(path.utf8), .local) == .refused)
    }

    @Test("SSH inside needs a rule that fits and permits it")
    func nested() {
        let rules = ForwardRules([
            ForwardPermission(
                direction: .local, host: .any, firstPort: 0, lastPort: .max, allowsNestedSSH: false),
            ForwardPermission(
                direction: .local, host: .pattern(Array("bastion".utf8)), firstPort: 22, lastPort: 22,
                allowsNestedSSH: true),
        ])
        #expect(rules.verdict(on: Array("bastion".utf8), 22, .local) == .permitted(nestedSSH: true))
        #expect(rules.verdict(on: Array("bastion".utf8), 23, .local) == .permitted(nestedSSH: false))
        #expect(rules.verdict(on: Array("db1".utf8), 22, .local) == .permitted(nestedSSH: false))
    }

    @Test(
        "an SSH connection is found in the first bytes of either side, however they are cut",
        arguments: [
            ("SSH-2.0-x\r\n", false, true), ("SSH-1.99-x\n", false, true), ("hello\nSSH-2.0-x\n", true, true),
            ("hello\nSSH-2.0-x\n", false, false), ("GET / SSH-2.0-\r\n", true, false),
            ("SSH-3.0-x\n", false, false), ("SSH", false, false),
            (String(repeating: "x\n", count: 2100) + "SSH-2.0-x\n", true, false),
        ])
    func detection(text: String, isServer: Bool, expected: Bool) {
        for size in [1, 2, 5, 100_000] {
            var detector = NestedSSH(server: isServer)
            var found = 0
            var rest = Array(text.utf8)[...]
            while !rest.isEmpty {
                if rest.prefix(size).withUnsafeBytes({ detector.received($0) }) { found += 1 }
                rest = rest.dropFirst(size)
            }
            #expect(found == (expected ? 1 : 0), "in pieces of \(size)")
        }
    }
}
