import Testing

@testable import AccessPolicy

@Suite("Login names")
struct LoginNameTests {
    private static let rules = AccessRules(
        users: ["alice", "alice@example.org", "a+b@example.org", "ops", "ops@host"].map { PolicyUser(name: $0) },
        targets: [PolicyTarget(name: "web1", accounts: ["root"]), PolicyTarget(name: "db1", accounts: ["host"])])

    private func reading(_ text: String) throws -> LoginName.Reading {
        try LoginName(parsing: Array(text.utf8)).resolved(in: Self.rules)
    }

    @Test(
        "a login name is read from the right, with @ or +, whatever the user's name holds",
        arguments: [
            ("alice", "alice", nil, nil),
            ("alice@web1", "alice", nil, "web1"),
            ("alice@root@web1", "alice", "root", "web1"),
            ("alice+root+web1", "alice", "root", "web1"),
            ("alice+root@web1", "alice", "root", "web1"),
            ("alice@example.org", "alice@example.org", nil, nil),
            ("alice@example.org@web1", "alice@example.org", nil, "web1"),
            ("alice@example.org@root@web1", "alice@example.org", "root", "web1"),
            ("alice@example.org+root+web1", "alice@example.org", "root", "web1"),
            ("a+b@example.org@root@web1", "a+b@example.org", "root", "web1"),
            ("a+b@example.org", "a+b@example.org", nil, nil),
        ] as [(String, String, String?, String?)])
    func readings(text: String, user: String, account: String?, target: String?) throws {
        #expect(try self.reading(text) == LoginName.Reading(user: user, account: account, target: target))
    }

    @Test("a name that fits no user gives the fullest reading")
    func unknownUser() throws {
        #expect(
            try self.reading("eve@root@web1") == LoginName.Reading(user: "eve", account: "root", target: "web1"))
        #expect(try self.reading("eve@web1") == LoginName.Reading(user: "eve", account: nil, target: "web1"))
    }

    @Test("a reading whose account and target exist is preferred, then the fullest")
    func ambiguous() throws {
        #expect(
            try self.reading("ops@host@web1") == LoginName.Reading(user: "ops@host", account: nil, target: "web1"))
        #expect(try self.reading("ops@host@db1") == LoginName.Reading(user: "ops", account: "host", target: "db1"))
        #expect(try self.reading("ops@host@x") == LoginName.Reading(user: "ops", account: "host", target: "x"))
        #expect(try self.reading("alice@nowhere") == LoginName.Reading(user: "alice", account: nil, target: "nowhere"))
    }

    @Test(
        "missing parts are refused", arguments: ["", "@", "+", "@web1", "alice@", "alice@@web1", "@root@web1", "a@b@"])
    func emptyParts(text: String) {
        #expect(throws: LoginName.Failure.emptyPart) { try LoginName(parsing: Array(text.utf8)) }
    }

    @Test(
        "control characters, blanks and broken UTF-8 are refused",
        arguments: [[0x61, 0x00], [0x61, 0x0A], [0x61, 0x20, 0x62], [0x61, 0x1B], [0x61, 0x7F], [0x61, 0xFF]]
            as [[UInt8]])
    func badBytes(bytes: [UInt8]) {
        #expect(throws: LoginName.Failure.badCharacter) { try LoginName(parsing: bytes) }
    }

    @Test("the longest login name is read, one byte more is refused")
    func limit() throws {
        let longest = [UInt8](repeating: UInt8(ascii: "a"), count: LoginName.maximumBytes)
        #expect(try LoginName(parsing: longest).readings.count == 1)
        #expect(throws: LoginName.Failure.tooLong) { try LoginName(parsing: longest + [UInt8(ascii: "a")]) }
    }
}

@Suite("Names of objects")
struct ObjectNameTests {
    @Test(
        "usable names pass",
        arguments: [
            (ObjectName.Kind.user, "alice"), (.user, "alice.b+c@example.org"), (.target, "web-1.example_x"),
            (.account, "root"), (.account, "CORP\\svc$"), (.grant, "web-ops"),
            (.target, String(repeating: "x", count: ObjectName.maximumBytes)),
        ])
    func usable(kind: ObjectName.Kind, name: String) throws {
        try ObjectName.validate(name, as: kind)
    }

    @Test(
        "whoever is nobody yet is looked for by the names that the login name may hold, with a known target first",
        arguments: [
            ("dana", ["dana"]), ("dana@root@web1", ["dana", "dana@root", "dana@root@web1"]),
            ("dana@example.org", ["dana", "dana@example.org"]),
            ("dana@example.org@web1", ["dana", "dana@example.org", "dana@example.org@web1"]),
            ("a)(uid=b@web1", []), ("*", []),
        ])
    func newcomers(text: String, expected: [String]) throws {
        let rules = AccessRules(targets: [PolicyTarget(name: "web1", accounts: ["root"])])
        #expect(try LoginName(parsing: Array(text.utf8)).newcomers(in: rules) == expected)
    }

    @Test(
        "names that can't be told apart or printed are refused with one line",
        arguments: [
            (ObjectName.Kind.user, ""), (.user, "-x"), (.user, "a b"), (.user, "@a"), (.user, "a@"), (.user, "a+"),
            (.target, "a@b"), (.target, "a+b"), (.target, "a/b"), (.target, "ü"), (.account, "a@b"),
            (.account, "a\nb"), (.grant, "a\u{1B}[0m"),
            (.target, String(repeating: "x", count: ObjectName.maximumBytes + 1)),
        ])
    func unusable(kind: ObjectName.Kind, name: String) {
        let error = #expect(throws: ObjectName.Invalid.self) { try ObjectName.validate(name, as: kind) }
        #expect(error?.message.contains("\n") == false)
        #expect(error?.message.contains("\u{1B}") == false)
    }
}
