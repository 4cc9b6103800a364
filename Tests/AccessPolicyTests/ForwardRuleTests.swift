import Testing

@testable import AccessPolicy

@Suite("Places for forwards")
struct ForwardRuleTests {
    @Test(
        "a place is read as it is written",
        arguments: [
            ("*:*", .any, 0...65535), ("DB1.Example:5432", .pattern("db1.example"), 5432...5432),
            ("*.example:80-99", .pattern("*.example"), 80...99),
            ("10.0.0.0/8:22", .network(address: [10, 0, 0, 0], bits: 8), 22...22),
            ("127.0.0.1:*", .network(address: [127, 0, 0, 1], bits: 32), 0...65535),
            ("[::1]:1", .network(address: Array(repeating: 0, count: 15) + [1], bits: 128), 1...1),
            ("/run/App.sock", .path("/run/App.sock"), 0...0), ("/run/*/s?.sock", .path("/run/*/s?.sock"), 0...0),
            ("/run/user/1000/**", .path("/run/user/1000/**"), 0...0), ("/**", .path("/**"), 0...0),
            ("[fd00::/8]:65535", .network(address: [0xFD] + Array(repeating: 0, count: 15), bits: 8), 65535...65535),
        ] as [(String, ForwardRule.Host, ClosedRange<UInt16>)])
    func reads(text: String, host: ForwardRule.Host, ports: ClosedRange<UInt16>) throws {
        let rule = try ForwardRule(parsing: text, direction: .local)
        #expect(rule.host == host)
        #expect(rule.ports == ports)
        #expect(try ForwardRule(parsing: rule.text, direction: .local) == rule)
    }

    @Test(
        "what is no place is refused",
        arguments: [
            "", ":", "db1", "db1:", ":22", "db1:0", "db1:65536", "db1:-1", "db1:9-8", "db1:1-2-3", "db1:x", "::1:22",
            "[db1]:22", "[::1:22", "[::1]22", "10.0.0.0/33:22", "10.0.0.0/:22", "10.0.0.0/8/8:22", "d b:22", "db1:+1",
            "dö:22", "fe80::1%eth0:22", "[fe80::1%eth0]:22", String(repeating: "a", count: 254) + ":22", "db1/8:22",
            "/", "//", "/run/", "/run//a", "/run/./a", "/run/../a", "/run/**/a", "/run/a**", "/run/a b", "/run/a\n",
            "run/a.sock", "/" + String(repeating: "a", count: 216),
        ])
    func refuses(text: String) {
        #expect(throws: ForwardRule.Invalid.self) { try ForwardRule(parsing: text, direction: .remote) }
    }

    @Test("the places that mean the target itself can be read")
    func targetItself() throws {
        for text in ForwardRule.targetItself { _ = try ForwardRule(parsing: text, direction: .local) }
    }
}
