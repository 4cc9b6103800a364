import Foundation
import SallyportTesting
import Testing

extension EndToEnd {
    /// Many people at once do different things to the same requests: each has one outcome, which everybody sees.
    @Suite("races for requests", .serialized, .laboratory, .throughGateway)
    struct RequestRaces {
        private var lab: Laboratory { .current }
        private var gateway: TestGateway { self.lab.gateway }
        private var account: String { self.lab.target.login }

        private func person(_ name: String, in group: String) throws -> Route {
            let key = try SSHKey(.ed25519, named: "\(name)-key", in: self.lab.scratch)
            try self.gateway.administer("user", "add", name, "--key", key.publicPath)
            _ = try self.gateway.command(["group", "add", group])
            try self.gateway.administer("group", "edit", group, "--add-user", name)
            return self.lab.route().logging(inAs: name).identifying(with: key)
        }

        /// Runs all of them at once, to the end.
        private func race(_ clients: [(route: Route, command: String)]) throws -> [Outcome] {
            let running = try clients.map { client in
                try RunningProcess(self.lab.client.ssh(client.route, client.command), in: self.lab.scratch)
            }
            return try running.map { try $0.wait(within: .seconds(60)) }
        }

        /// How often each of these codes was audited for the request.
        private func audited(_ id: String, _ codes: [String], after sequence: UInt64) throws -> [Int] {
            let rows = try self.gateway.audit().filter { $0.sequence > sequence && $0.fields["request"] == id }
            return codes.map { code in rows.count { $0.code == code } }
        }

        private static let outcomes = ["SP3103I", "SP3104I", "SP3105I", "SP3107I"]

        private func state(_ id: String) throws -> String {
            struct Row: Decodable { let state: String }
            let text = try self.gateway.administer("request", "show", id, "--json")
            return try JSONDecoder().decode(Row.self, from: Data(text.utf8)).state
        }

        @Test("approve, deny and withdraw at once: one outcome, audited once, and told alike to everybody")
        func steps() throws {
            let asker = try self.person("rita", in: "r-users")
            let leads = try (1...4).map { try self.person("lead\($0)", in: "r-lead") }
            try self.gateway.administer(
                "grant", "add", "race", "--user", "rita", "--target", "web1", "--account", self.account, "--allow",
                "exec", "--approval", "2", "--approvers", "r-lead")
            var seen: Set<String> = []
            for round in 0..<6 {
                let before = try self.gateway.lastAuditSequence()
                let created = try self.lab.client.runSSH(asker, "request create \(self.account)@web1")
                #expect(created.code == 0, "\(created.errorText)")
                let id = try #require(
                    try self.gateway.audited("SP3101I", after: before).first?.fields["request"])
                let clients: [(Route, String)]
                switch round % 3 {
                // All approve: the later two come too late.
                case 0: clients = leads.map { ($0, "request approve \(id)") }
                case 1:
                    clients =
                        leads.prefix(3).map { ($0, "request approve \(id)") } + [(leads[3], "request deny \(id)")]
                default:
                    clients = leads.map { ($0, "request approve \(id)") } + [(asker, "request withdraw \(id)")]
                }
                let outcomes = try self.race(clients)
                let counts = try self.audited(id, Self.outcomes, after: before)
                #expect(counts.reduce(0, +) == 1, "round \(round): \(counts)")
                let state = try self.state(id)
                seen.insert(state)
                #expect(counts[["approved": 0, "denied": 1, "withdrawn": 3][state] ?? 2] == 1, "\(state) \(counts)")
                // Whoever's step counted heard so, and nobody else.
                let served = outcomes.count { $0.code == 0 }
                let approvals = try self.audited(id, ["SP3102I"], after: before)[0]
                #expect(served == approvals + 1, "round \(round): \(served) heard success, \(approvals) approvals")
                let refused = try self.audited(id, ["SP3109W"], after: before)[0]
                #expect(refused == outcomes.count - served, "round \(round)")
                if state == "approved" {
                    #expect(approvals == 1, "two different people have approved")
                    let revoked = try self.lab.client.runSSH(leads[0], "request revoke \(id)")
                    #expect(revoked.code == 0, "\(revoked.errorText)")
                }
            }
            #expect(seen.contains("approved"))
        }

        @Test("approvals around the moment at which a request expires: it is one or the other, never both")
        func expiry() throws {
            let asker = try self.person("xena", in: "x-users")
            let leads = try (1...6).map { try self.person("xlead\($0)", in: "x-lead") }
            try self.gateway.administer(
                "grant", "add", "expiring", "--user", "xena", "--target", "web1", "--account", self.account, "--allow",
                "exec", "--approval", "6", "--approvers", "x-lead", "--approval-expires", "30s")
            let before = try self.gateway.lastAuditSequence()
            let created = try self.lab.client.runSSH(asker, "request create \(self.account)@web1")
            #expect(created.code == 0, "\(created.errorText)")
            let id = try #require(try self.gateway.audited("SP3101I", after: before).first?.fields["request"])
            for lead in leads.prefix(4) {
                #expect(try self.lab.client.runSSH(lead, "request approve \(id)").code == 0)
            }
            // The last ones try again and again until it is decided, whichever way.
            try waitUntil("the request is decided", within: .seconds(90)) {
                let clients = leads.suffix(1).map { ($0, "request approve \(id)") }
                _ = try self.race(clients + clients)
                return try self.state(id) != "waiting"
            }
            // Only five of six have approved: it has expired, and a late sixth changes nothing.
            let late = try self.lab.client.runSSH(leads[4], "request approve \(id)")
            #expect(late.code == 1 && late.errorText.contains("the request is expired already"), "\(late.errorText)")
            #expect(try self.audited(id, Self.outcomes, after: before) == [0, 0, 1, 0])
            #expect(
                try self.lab.client.runSSH(
                    asker.logging(inAs: "xena@\(self.account)@web1"), "true"
                ).code == 255)
        }
    }
}
