import Foundation
import SallyportTesting
import Testing

extension EndToEnd {
    /// How a target's host key changes: seen, refused, judged.
    @Suite("host keys of targets", .serialized, .laboratory, .throughGateway)
    struct HostKeys {
        private var lab: Laboratory { .current }
        private var gateway: TestGateway { self.lab.gateway }

        private struct Row: Decodable {
            struct Key: Decodable {
                let type: String
                let fingerprint: String
            }
            let state: String
            let key: Key
        }

        private func keys(of target: String) throws -> [Row] {
            let text = try self.gateway.administer("target", "host-key", "list", target, "--json")
            return try JSONDecoder().decode([Row].self, from: Data(text.utf8))
        }

        private func fingerprint(_ key: SSHKey) throws -> String {
            let said = try output(of: ["ssh-keygen", "-lf", key.publicPath], in: self.lab.scratch)
            return String(said.split(separator: " ")[1])
        }

        private func ssh(_ target: String) throws -> Outcome {
            try self.lab.client.runSSH(self.lab.route(to: target), "echo in")
        }

        @Test("a refused key waits, and works from the next connection on once it is approved")
        func rotation() throws {
            let old = try SSHKey(.ed25519, named: "old-host", in: self.lab.scratch)
            try self.lab.addTarget("rotated", port: self.lab.target.port, hostKey: old)
            #expect(try self.ssh("rotated").ending == .exited(255))
            let new = try self.fingerprint(self.lab.target.hostKey)
            try waitUntil("the key waits") { try self.keys(of: "rotated").contains { $0.state == "pending" } }
            #expect(try self.keys(of: "rotated").map(\.state) == ["pinned", "pending"])
            #expect(try self.keys(of: "rotated").last?.key.fingerprint == new)
            // Waiting alone opens nothing.
            #expect(try self.ssh("rotated").ending == .exited(255))
            #expect(try self.keys(of: "rotated").count == 2)

            let before = try self.gateway.lastAuditSequence()
            #expect(
                try self.gateway.administer("target", "host-key", "approve", "rotated", new)
                    == "pinned ssh-ed25519 \(new)\n")
            let event = try self.gateway.audited("SP7102I", after: before)
            #expect(event.first?.fields["host_keys"] == new)
            #expect(try self.ssh("rotated").text == "in\n")
            #expect(try self.keys(of: "rotated").map(\.key.fingerprint) == [new])
        }

        @Test("a dropped key is forgotten, and several keys serve one target")
        func several() throws {
            let old = try SSHKey(.ed25519, named: "first-host", in: self.lab.scratch)
            try self.lab.addTarget("several", port: self.lab.target.port, hostKey: old)
            #expect(try self.ssh("several").ending == .exited(255))
            let shown = try self.fingerprint(self.lab.target.hostKey)
            try waitUntil("the key waits") { try self.keys(of: "several").count == 2 }
            try self.gateway.administer("target", "host-key", "drop", "several", shown)
            #expect(try self.keys(of: "several").map(\.state) == ["pinned"])
            #expect(try self.gateway.command(["target", "host-key", "approve", "several", shown]).code == 1)

            try self.gateway.administer(
                "target", "host-key", "add", "several", "--host-key", self.lab.target.hostKey.publicPath)
            #expect(try self.ssh("several").text == "in\n")
            let scanned = try self.gateway.administer("target", "host-key", "scan", "several")
            #expect(scanned.contains("pinned") && scanned.contains(shown))
            try self.gateway.administer("target", "host-key", "remove", "several", try self.fingerprint(old))
            #expect(try self.ssh("several").text == "in\n")
            let last = try self.gateway.command(["target", "host-key", "remove", "several", shown])
            #expect(last.code == 2)
            #expect(last.errorText.contains("at least one host key"))
        }

        @Test("a changed credential is used by the next connection")
        func changedCredential() throws {
            let wrong = try SSHKey(.ed25519, named: "stale-credential", in: self.lab.scratch)
            try self.lab.addTarget("stale", port: self.lab.target.port, hostKey: self.lab.target.hostKey)
            let account = self.lab.target.login
            for (key, works) in [(wrong, false), (self.lab.target.key, true), (wrong, false)] {
                try self.gateway.administer("credential", "set", "stale/\(account)", "--key", key.path)
                #expect(try (self.ssh("stale").text == "in\n") == works)
            }
        }
    }
}
