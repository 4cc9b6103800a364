import Testing

@testable import Directory

@Suite("directory") struct DirectoryTests {
    /// What RFC 4515 section 3 makes of an assertion value.
    private static func unescaped(_ text: String) -> [UInt8]? {
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "\\") else {
                bytes.append(byte)
                continue
            }
            guard let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16), rest.count >= 2 else {
                return nil
            }
            bytes.append(value)
            rest = rest.dropFirst(2)
        }
        return bytes
    }

    @Test("a value in a filter is what it was, whatever its bytes, and holds nothing that means anything")
    func escaping() {
        var random = SystemRandomNumberGenerator()
        var samples: [[UInt8]] =
            (0...255).map { [UInt8($0)] }
            + ["*", ")(uid=*", "a)(|(b=*))", "\\2a", "{dn}", "ü"]
            .map { Array($0.utf8) }
        for _ in 0..<2000 {
            samples.append((0..<Int.random(in: 0...40, using: &random)).map { _ in .random(in: 0...255) })
        }
        for sample in samples {
            let escaped = LDAPFilter.escape(sample)
            #expect(Self.unescaped(escaped) == sample)
            #expect(!escaped.utf8.contains { "()*{}&|!<>~: \0".utf8.contains($0) || $0 > 0x7E }, "\(escaped)")
        }
    }

    @Test("values take the places of a template, and no value becomes a place")
    func filling() {
        #expect(LDAPFilter.filled("(uid={user})", user: "a*b") == "(uid=a\\2ab)")
        #expect(
            LDAPFilter.filled("(|(m={dn})(u={user}))", user: "{dn}", dn: "cn=x (y),dc=z")
                == "(|(m=cn=x\\20\\28y\\29,dc=z)(u=\\7bdn\\7d))")
    }

    @Test(
        "what is no filter is told from one",
        arguments: [
            ("(uid={user})", true), ("(&(a=b)(c=d))", true), ("uid={user}", false), ("(a=b)(c=d)", false),
            ("((a=b)", false), ("", false), (")(", false),
        ])
    func plausibility(_ text: String, _ isPlausible: Bool) { #expect(LDAPFilter.isPlausible(text) == isPlausible) }

    @Test("names of entries are compared in one form")
    func names() throws {
        let wanted = try #require(DistinguishedName.normalized("cn=db admins,ou=groups,dc=example,dc=org"))
        for same in ["CN=DB Admins, OU=Groups, DC=example, DC=org", "cn=db\\20admins,ou=groups,dc=example,dc=org"] {
            #expect(DistinguishedName.normalized(same) == wanted)
        }
        #expect(DistinguishedName.normalized("cn=db admins,ou=others,dc=example,dc=org") != wanted)
        for bad in ["", "db admins", "=,"] { #expect(DistinguishedName.normalized(bad) == nil) }
    }

    @Test(
        "addresses of servers",
        arguments: [
            ("ldaps://dc1.example.org", true), ("ldap://[::1]:389", true), ("ldap://", false),
            ("ldap://a/dc=x??sub", false), ("https://a", false), ("ldap://a b", false), ("ldapi://%2f", false),
        ])
    func servers(_ text: String, _ isServer: Bool) { #expect(LDAPSettings.isServer(text) == isServer) }

    private func entry(_ values: [String: [String]]) -> LDAPConnection.Entry {
        LDAPConnection.Entry(
            name: "cn=x",
            values: Dictionary(uniqueKeysWithValues: values.map { ($0.lowercased(), $1.map { Array($0.utf8) }) }))
    }

    @Test("accounts that are closed, by each directory's mark; one that is locked for wrong passwords is not")
    func marks() {
        let now: Int64 = 1_700_000_000_000_000_000
        // 100 ns from 1601 until that moment.
        let moment = 116_444_736_000_000_000 + 17_000_000_000_000_000
        for (values, isClosed) in [
            (["userAccountControl": ["514"]], true), (["userAccountControl": ["512"]], false),
            (["nsAccountLock": ["TRUE"]], true), (["nsAccountLock": ["false"]], false),
            (["pwdAccountLockedTime": ["000001010000Z"]], true),
            (["pwdAccountLockedTime": ["20261130120000Z"]], false),
            (["accountExpires": ["\(moment)"]], true), (["accountExpires": ["\(moment + 100)"]], false),
            (["accountExpires": ["0"]], false), (["accountExpires": ["9223372036854775807"]], false), ([:], false),
        ] { #expect((AccountMarks.refusal(of: self.entry(values), at: now) != nil) == isClosed, "\(values)") }
    }

    @Test("an entry is known by what it is and not by its name")
    func identifiers() {
        #expect(AccountMarks.identifiers(of: self.entry(["entryUUID": ["5f0c"]])) == ["entryUUID:5f0c"])
        #expect(
            AccountMarks.identifiers(of: self.entry(["ipaUniqueID": ["7"], "entryUUID": ["5f0c"]]))
                == ["entryUUID:5f0c", "ipaUniqueID:7"])
        let binary = LDAPConnection.Entry(name: "cn=x", values: ["objectguid": [[0, 255]]])
        #expect(AccountMarks.identifiers(of: binary) == ["objectGUID:00ff"])
        #expect(AccountMarks.identifiers(of: self.entry([:])).isEmpty)
    }
}
