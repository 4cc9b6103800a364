import Testing

@testable import AccessPolicy

@Suite("Service accounts, addresses, and principals")
struct ServiceAccountTests {
    private func rules(_ grants: [Grant]) throws -> AccessPolicy {
        let service = try ServiceAccount(sources: ["10.0.0.0/8"])
        return AccessPolicy(
            rules: AccessRules(
                users: [
                    PolicyUser(name: "deploy", groups: ["ops"], service: service),
                    PolicyUser(name: "anna", groups: ["ops"]),
                ], targets: [PolicyTarget(name: "web1", accounts: ["root"])], grants: grants))
    }

    private func grant(
        users: Set<String> = [], groups: Set<String> = [], _ channels: Set<ChannelKind>, forwards: [ForwardRule] = [],
        secondFactor: Int? = nil
    ) -> Grant {
        Grant(
            name: "grant \(users.sorted()) \(groups.sorted()) \(channels.count)", users: users, groups: groups,
            targets: ["web1"], accounts: ["root"], channels: channels, forwards: forwards,
            secondFactorSeconds: secondFactor)
    }

    private func decide(_ policy: AccessPolicy, _ user: String = "deploy") -> AccessDecision.Verdict {
        policy.decide(Self.request(user)).verdict
    }

    private static func request(_ user: String) -> AccessRequest {
        AccessRequest(user: user, account: "root", target: "web1", origin: .anywhere, time: 0)
    }

    @Test("a grant gives a service account all it permits where it names it, and exec, sftp and scp through a group")
    func channels() throws {
        let forward = try ForwardRule(parsing: "db1:5432", direction: .local)
        let all: Set<ChannelKind> = [.shell, .exec, .sftp, .agent, .localForward]
        let ofGroup = try self.rules([self.grant(groups: ["ops"], all, forwards: [forward])])
        guard case .allowed(let reached) = self.decide(ofGroup),
            case .allowed(let person) = self.decide(ofGroup, "anna")
        else {
            Issue.record("both are allowed")
            return
        }
        #expect(reached.channels == [.exec, .sftp])
        #expect(reached.forwards.isEmpty)
        #expect(person.channels == all)
        #expect(person.forwards == [forward])
        let named = try self.rules([self.grant(users: ["deploy"], groups: ["ops"], all, forwards: [forward])])
        guard case .allowed(let explicit) = self.decide(named) else {
            Issue.record("it is allowed")
            return
        }
        #expect(explicit.channels == all)
        #expect(explicit.forwards == [forward])
        let shellAlone = try self.rules([self.grant(groups: ["ops"], [.shell])])
        #expect(self.decide(shellAlone) == .denied(.noGrant))
        let steps = shellAlone.decide(Self.request("deploy")).trace
        #expect(steps.last?.outcome == .noServiceChannels)
    }

    @Test("a second factor that any of its grants asks for refuses a service account, and no person")
    func secondFactor() throws {
        let grants = [
            self.grant(users: ["deploy"], [.exec]), self.grant(groups: ["ops"], [.exec, .sftp], secondFactor: 60),
        ]
        let policy = try self.rules(grants)
        #expect(self.decide(policy) == .denied(.secondFactorOfService))
        guard case .allowed(let person) = self.decide(policy, "anna") else {
            Issue.record("a person is allowed")
            return
        }
        #expect(person.secondFactorSeconds == 60)
        guard case .allowed = self.decide(try self.rules([grants[0]])) else {
            Issue.record("without it, it is allowed")
            return
        }
    }

    @Test("a service account comes from where it is bound to, and from nowhere else")
    func sources() throws {
        let service = try ServiceAccount(sources: ["192.0.2.7", "10.1.0.0/16", "2001:db8::/32", "10.1.0.0/16"])
        #expect(service.sources.map(\.text) == ["192.0.2.7", "10.1.0.0/16", "2001:db8::/32"])
        #expect(service.maximumSessions == 10)
        for host in ["192.0.2.7", "10.1.255.1", "::ffff:10.1.2.3", "2001:db8:1::9"] { #expect(service.permits(host)) }
        for host in ["192.0.2.8", "10.2.0.1", "2001:db9::1", "::1", "gateway", ""] { #expect(!service.permits(host)) }
        for sources in [[], ["web1"], ["10.0.0.1/8"], ["10.0.0.0/33"], ["10.0.0.0/"], ["10.0.0.0/+8"]] {
            #expect(throws: ServiceAccount.Invalid.self) { try ServiceAccount(sources: sources) }
        }
        #expect(throws: ServiceAccount.Invalid.self) { try ServiceAccount(sources: ["::1"], maximumSessions: 0) }
    }

    @Test("a range holds the addresses that share its leading bits, each length against a model of numbers")
    func ranges() throws {
        for bits in 0...32 {
            let network: UInt32 = bits == 0 ? 0 : 0xC0A8_1234 & ~(UInt32.max >> UInt32(bits))
            func text(_ number: UInt32) -> String {
                [24, 16, 8, 0].map { "\(number >> UInt32($0) & 0xFF)" }.joined(separator: ".")
            }
            let range = try IPNetwork(parsing: "\(text(network))/\(bits)")
            for number in [network, ~network, 0xC0A8_1234, 0xC0A8_1235, 0xC0A9_0000, 0x4000_0000, 1] as [UInt32] {
                let isIn = bits == 0 || (number ^ network) >> UInt32(32 - bits) == 0
                #expect(range.contains(text(number)) == isIn, "\(range) and \(text(number))")
            }
            #expect(!range.contains("2001:db8::1"))
        }
        #expect(try IPNetwork(parsing: "0.0.0.0/0").contains("203.0.113.9"))
        #expect(try !IPNetwork(parsing: "::/0").contains("203.0.113.9"))
    }

    @Test(
        "principals lead to users by their names and by rules with a star",
        arguments: [
            (["*"], "alice", "alice", true), (["*"], "alice", "bob", false), (["alice"], "alice", "alice", true),
            (["alice"], "bob", "bob", false), (["bot=deploy"], "bot", "deploy", true),
            (["bot=deploy"], "bot", "bot", false), (["bot=deploy", "*"], "bot", "bot", false),
            (["bot=deploy", "*"], "alice", "alice", true), (["bot=a", "bot=b"], "bot", "b", true),
            (["*@corp.example=*"], "alice@corp.example", "alice", true),
            (["*@corp.example=*"], "alice@corp.example", "alice@corp.example", false),
            (["*@corp.example=*"], "alice@corp.example.org", "alice", false),
            (["*@corp.example=*"], "@corp.example", "", false), (["ci-*=ci"], "ci-7", "ci", true),
            (["ci-*=ci"], "ci-", "ci", false), (["ci-*"], "ci-7", "ci-7", true), (["ci-*"], "other", "other", false),
        ] as [([String], String, String, Bool)])
    func principals(entries: [String], principal: String, user: String, isPermitted: Bool) throws {
        let map = try PrincipalMap(parsing: entries)
        #expect(map.permits(principal, toBe: user) == isPermitted)
        if isPermitted { #expect(map.leads(to: user)) }
    }

    @Test("a map that means nothing is refused")
    func badMaps() throws {
        for entries in [[], [""], ["=alice"], ["a="], ["a,b"], ["a*b*=c"], ["a=*"], ["a=b=c"], ["a=-b"], ["a b"]] {
            #expect(throws: PrincipalMap.Invalid.self, "\(entries)") { try PrincipalMap(parsing: entries) }
        }
        #expect(try !PrincipalMap(parsing: ["bot=deploy", "*@corp=x-*"]).leads(to: "alice"))
        #expect(try PrincipalMap(parsing: ["bot=deploy", "*@corp=x-*"]).leads(to: "x-alice"))
    }
}
