import Foundation
import SallyportTesting
import Testing

extension EndToEnd {
    /// Secrets of targets that the gateway changes by itself.
    @Suite("rotation", .serialized, .laboratory, .throughGateway, .asRoot)
    struct Rotation {
        private var lab: Laboratory { .current }
        private var gateway: TestGateway { self.lab.gateway }

        /// A server with accounts, known to the gateway under `name` with credentials, and alice let in to all of them.
        private func server(_ name: String) throws -> AccountServer {
            let server = try AccountServer(named: name, in: self.lab.scratch)
            try self.gateway.administer(
                "target", "add", name, "--address", "127.0.0.1:\(server.port)", "--host-key", server.hostKey.publicPath)
            for account in ["root", "ops", "deploy"] {
                try self.gateway.administer(
                    "credential", "set", "\(name)/\(account)", "--password-stdin", input: server.password + "\n")
            }
            try self.gateway.administer("credential", "set", "\(name)/keyed", "--key", server.key.path)
            for account in ["root", "ops", "deploy", "keyed"] {
                try self.gateway.administer(
                    "grant", "add", "\(name)-\(account)", "--user", "alice", "--target", name, "--account", account,
                    "--allow", "exec")
            }
            return server
        }

        private func route(_ account: String, on target: String) -> Route {
            self.lab.route().logging(inAs: "alice@\(account)@\(target)")
        }

        private func expectLogin(_ account: String, on target: String, _ server: AccountServer) throws {
            let outcome: Outcome
            do {
                outcome = try self.lab.client.runSSH(self.route(account, on: target), "echo in")
            } catch {
                let audit = try self.gateway.audit().suffix(12).map { "\($0.time) \($0.code) \($0.text)" }
                Issue.record("\(error) \(server.log.suffix(1500)) \(self.gateway.log.suffix(2500)) \(audit)")
                return
            }
            #expect(
                outcome.text == "in\n",
                "\(outcome.errorText) \(server.log.suffix(1500)) \(self.gateway.log.suffix(1500))")
        }

        private func isUnsettled(_ place: String) throws -> Bool {
            try self.gateway.administer("credential", "show", place).contains("unsettled")
        }

        @Test("root gives an account a new password, in a session that is listed and recorded without it")
        func chpasswd() throws {
            let server = try self.server("pw")
            defer { server.stop() }
            let known = Set(try self.gateway.recordings().map(\.id))
            let before = try self.gateway.lastAuditSequence()
            try server.hold(.after)
            try server.tellAll()
            let rotation = try RunningProcess(
                [
                    Binaries.commandLine, "--state", self.gateway.state, "credential", "rotate", "pw/ops", "--via",
                    "root",
                ],
                in: self.lab.scratch)
            try server.waitUntilHeld(.after)
            let live = try #require(try self.gateway.sessions().first { $0.target == "pw" })
            #expect(live.user == "(gateway)" && live.account == "root")

            // Never two at once; and who comes now waits for a secret that works.
            let second = try self.gateway.command(["credential", "rotate", "pw/ops", "--via", "root"])
            #expect(second.code == 1 && second.errorText.contains("is being changed just now"), "\(second.errorText)")
            let session = try RunningProcess(
                self.lab.client.ssh(self.route("ops", on: "pw"), "echo in"), in: self.lab.scratch)
            try waitUntil("alice is let in") {
                try self.gateway.audit().contains {
                    $0.sequence > before && $0.code == AuditCodes.accessAllowed && $0.fields["target"] == "pw"
                }
            }
            try server.release(.after)
            let outcome = try rotation.wait()
            #expect(outcome.code == 0, "\(outcome.errorText)")
            #expect(outcome.text == "rotated the password of pw/ops by chpasswd: version 2\n")
            #expect(try session.wait().text == "in\n")

            let given = server.lastGiven.split(separator: ":", maxSplits: 1).map(String.init)
            #expect(given.first == "ops")
            let secret = try #require(given.last?.trimmingCharacters(in: .newlines))
            #expect(secret.count == 32 && secret != server.password)
            // The change and its proof are sessions, and what was sent is in neither.
            let recordings = try self.gateway.sealedRecordings(since: known, count: 3).filter { $0.user == "(gateway)" }
            #expect(recordings.count == 2)
            var all = ""
            for recording in recordings {
                try self.gateway.administer("recording", "verify", recording.id)
                all += try self.gateway.administer("recording", "export", recording.id, "--format", "ndjson")
            }
            #expect(all.contains("exec chpasswd") && all.contains("ops:"))
            #expect(!all.contains(secret) && !all.contains(server.password))
            let event = try self.gateway.audited("SP7212I", after: before)
            #expect(event.first?.fields["trigger"] == "demand" && event.first?.fields["version"] == "2")
            #expect(try !self.gateway.administer("audit", "list", "--limit", "200", "--json").contains(secret))

            // Root changes its own in the same way.
            let own = try self.gateway.administer("credential", "rotate", "pw/root")
            #expect(own == "rotated the password of pw/root by chpasswd: version 2\n")
            try self.expectLogin("root", on: "pw", server)
        }

        @Test("an account without rights answers passwd, and one with sudo needs no other")
        func ownPasswords() throws {
            let server = try self.server("own")
            defer { server.stop() }
            let known = Set(try self.gateway.recordings().map(\.id))
            #expect(
                try self.gateway.administer("credential", "rotate", "own/ops")
                    == "rotated the password of own/ops by passwd: version 2\n")
            try self.expectLogin("ops", on: "own", server)
            let recordings = try self.gateway.sealedRecordings(since: known, count: 3)
            for recording in recordings where recording.user == "(gateway)" {
                let text = try self.gateway.administer("recording", "export", recording.id, "--format", "ndjson")
                #expect(!text.contains(server.password))
            }
            #expect(
                try self.gateway.administer("credential", "rotate", "own/deploy")
                    == "rotated the password of own/deploy by sudo chpasswd: version 2\n")
            try self.expectLogin("deploy", on: "own", server)

            // Whoever may not change another's says so, and nothing has changed.
            let before = try self.gateway.lastAuditSequence()
            let refused = try self.gateway.command(["credential", "rotate", "own/deploy", "--via", "ops"])
            #expect(refused.code == 1)
            #expect(refused.errorText.contains("own/ops is neither root nor allowed to run sudo -n chpasswd"))
            #expect(refused.errorText.contains("the old one works, as a login has proved"))
            #expect(try self.gateway.audited("SP7213E", after: before).first?.fields["state"] == "old-works")
            #expect(try !self.isUnsettled("own/deploy"))
            try self.expectLogin("deploy", on: "own", server)
        }

        @Test("a key is replaced in its line, and every other byte of the file stays")
        func keys() throws {
            let server = try self.server("keys")
            defer { server.stop() }
            let path = server.path("keyed", ".ssh/authorized_keys")
            let before = try String(contentsOfFile: path, encoding: .utf8)
            let said = try self.gateway.administer("credential", "rotate", "keys/keyed")
            #expect(said.hasPrefix("rotated the private key of keys/keyed by authorized_keys: version 2, SHA256:"))
            try self.expectLogin("keyed", on: "keys", server)
            let shown = try self.gateway.administer("credential", "show", "keys/keyed")
            let line = try #require(shown.split(separator: "\n").first { $0.contains("ssh-ed25519 AAAA") })
            let blob = try #require(line.split(separator: " ").first { $0.hasPrefix("AAAA") })
            let old = try #require(server.key.publicLine.split(separator: " ").first { $0.hasPrefix("AAAA") })
            let after = try String(contentsOfFile: path, encoding: .utf8)
            // One space between the type and the new key; all else is as it was.
            #expect(
                Data(after.utf8)
                    == Data(before.replacingOccurrences(of: "ssh-ed25519\t\(old)", with: "ssh-ed25519 \(blob)").utf8))
            let attributes = try FileManager.default.attributesOfItem(atPath: path)
            #expect(attributes[.posixPermissions] as? Int == 0o640)
            #expect(attributes[.ownerAccountID] as? Int == 61_875)
            #expect(
                try FileManager.default.contentsOfDirectory(atPath: server.path("keyed", ".ssh")) == ["authorized_keys"]
            )

            // A key that is nowhere in the file can't be replaced.
            try self.gateway.administer(
                "credential", "schedule", "keys/keyed", "--keys-file", server.path("keyed", "nowhere"))
            let lost = try self.gateway.command(["credential", "rotate", "keys/keyed"])
            #expect(lost.code == 1 && lost.errorText.contains("there is no file"), "\(lost.errorText)")
            try self.expectLogin("keyed", on: "keys", server)
            #expect(Data(after.utf8) == Data(try String(contentsOfFile: path, encoding: .utf8).utf8))
        }

        @Test("a target that can't be asked leaves both secrets, an alarm, and the right one once it is back")
        func unreachable() throws {
            let server = try self.server("away")
            defer { server.stop() }
            let before = try self.gateway.lastAuditSequence()
            try server.hold(.after)
            let rotation = try RunningProcess(
                [
                    Binaries.commandLine, "--state", self.gateway.state, "credential", "rotate", "away/ops", "--via",
                    "root",
                ],
                in: self.lab.scratch)
            try server.waitUntilHeld(.after)
            // Nothing answers there from now on.
            try self.move("away", to: try freePort())
            let live = try #require(try self.gateway.sessions().first { $0.target == "away" })
            _ = try self.gateway.kill(live.id, reason: "test")
            try server.abort(.after)
            let outcome = try rotation.wait()
            #expect(outcome.code == 1 && outcome.errorText.contains("both are kept"), "\(outcome.errorText)")
            #expect(try self.gateway.audited("SP7213E", after: before).first?.fields["state"] == "both-kept")
            #expect(try self.isUnsettled("away/ops"))
            // A change of the vault's key, and the examination, know of it.
            try self.gateway.administer("vault", "rekey")
            #expect(try self.gateway.command(["vault", "status"]).code == 0)
            try self.move("away", to: server.port)
            // The next session waits until it may be tried again, and has it settled.
            try self.expectLogin("ops", on: "away", server)
            #expect(try !self.isUnsettled("away/ops"))
            #expect(try self.gateway.administer("credential", "history", "away/ops").contains("rotated"))
        }

        /// The gateway looks for the target at another port from now on.
        private func move(_ target: String, to port: Int) throws {
            let script = """
                import sqlite3, sys
                db = sqlite3.connect(sys.argv[1], timeout=20)
                db.execute("UPDATE targets SET port = ? WHERE name = ?", (int(sys.argv[3]), sys.argv[2]))
                db.commit()
                """
            _ = try output(
                of: ["python3", "-c", script, self.gateway.state + "/sallyport.db", target, "\(port)"],
                in: self.lab.scratch)
        }

        @Test("former secrets are kept, and come back once a login has proved them")
        func restoring() throws {
            let server = try self.server("past")
            defer { server.stop() }
            try self.gateway.administer("credential", "rotate", "past/ops", "--via", "root")
            let second = server.lastGiven
            try self.gateway.administer("credential", "rotate", "past/ops", "--via", "root")
            let refused = try self.gateway.command(["credential", "restore", "past/ops", "--version", "2"])
            #expect(refused.code == 1 && refused.errorText.contains("the vault is unchanged"), "\(refused.errorText)")
            try self.expectLogin("ops", on: "past", server)
            let unknown = try self.gateway.command(["credential", "restore", "past/ops", "--version", "9"])
            #expect(unknown.code == 1 && unknown.errorText.contains("version 9 of past/ops is not kept"))

            // The target comes back from a backup of when the second one was right.
            let line = second.trimmingCharacters(in: .newlines)
            let reset = try self.lab.client.runSSH(
                self.route("root", on: "past"), "printf '%s\\n' '\(line)' | /usr/sbin/chpasswd")
            #expect(reset.code == 0, "\(reset.errorText)")
            try self.gateway.administer("vault", "rekey")
            #expect(
                try self.gateway.administer("credential", "restore", "past/ops", "--version", "2")
                    == "version 2 of past/ops is back, as version 4\n")
            try self.expectLogin("ops", on: "past", server)
            let history = try self.gateway.administer("credential", "history", "past/ops")
            #expect(history.contains("restored"))
            #expect(try self.gateway.command(["vault", "status"]).code == 0)
        }

        @Test("schedules rotate what is old, and what a session has used")
        func schedules() throws {
            let server = try self.server("plan")
            defer { server.stop() }
            #expect(
                try self.gateway.administer("credential", "schedule", "plan/ops", "--after-session", "--via", "root")
                    == "plan/ops is rotated after sessions, via root\n")
            let before = try self.gateway.lastAuditSequence()
            try self.expectLogin("ops", on: "plan", server)
            let event = try self.gateway.audited("SP7212I", after: before)
            #expect(event.first?.fields["trigger"] == "session" && event.first?.actor == "gateway")
            try self.expectLogin("ops", on: "plan", server)

            try self.gateway.administer("credential", "schedule", "plan/root", "--every", "30d")
            try self.gateway.configure("rotation", "check_seconds = 1")
            self.gateway.stop()
            let script = """
                import sqlite3, sys
                db = sqlite3.connect(sys.argv[1])
                db.execute("UPDATE credentials SET changed = changed - 31 * 86400 * 1000000000 WHERE account = 'root'")
                db.commit()
                """
            _ = try output(
                of: ["python3", "-c", script, self.gateway.state + "/sallyport.db"], in: self.lab.scratch)
            let start = try self.lastSequenceInDatabase()
            try self.gateway.start()
            var due: [AuditRow] = []
            try waitUntil("plan/root is rotated", within: .seconds(40), every: .milliseconds(200)) {
                due = try self.gateway.audit().filter {
                    $0.sequence > start && $0.code == "SP7212I" && $0.fields["account"] == "root"
                }
                return !due.isEmpty
            }
            #expect(due.first?.fields["trigger"] == "schedule" && due.first?.fields["target"] == "plan")
            try self.expectLogin("root", on: "plan", server)
            let bad = try self.gateway.command(["credential", "schedule", "plan/root", "--every", "5s"])
            #expect(bad.code == 2, "\(bad.errorText)")
        }

        private func lastSequenceInDatabase() throws -> UInt64 {
            let script = """
                import sqlite3, sys
                print(sqlite3.connect(sys.argv[1]).execute("SELECT max(sequence) FROM audit").fetchone()[0])
                """
            let text = try output(
                of: ["python3", "-c", script, self.gateway.state + "/sallyport.db"], in: self.lab.scratch)
            return try #require(UInt64(text.trimmingCharacters(in: .whitespacesAndNewlines)))
        }

        @Test("discovery tells accounts, their keys and rights, and what nobody manages; it changes nothing")
        func discovery() throws {
            let server = try self.server("find")
            defer { server.stop() }
            let known = Set(try self.gateway.recordings().map(\.id))
            let text = try self.gateway.administer("account", "discover", "find", "--as", "root", "--json")
            let found = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
            #expect(found["privileged"] as? Bool == true)
            #expect((found["unmanaged_privileged"] as? [String])?.contains("toor") == true)
            #expect((found["unmanaged_privileged"] as? [String])?.contains("root") == false)
            let accounts = try #require(found["accounts"] as? [[String: Any]])
            func account(_ name: String) throws -> [String: Any] {
                try #require(accounts.first { $0["name"] as? String == name })
            }
            #expect(try account("ops")["password"] as? String == "set")
            #expect(try account("keyed")["password"] as? String == "locked")
            #expect(try account("deploy")["privileged"] as? Bool == false)
            #expect((try account("deploy")["sudo_rules"] as? [String])?.first?.contains("chpasswd") == true)
            let keys = try #require(try account("keyed")["keys"] as? [[String: Any]])
            #expect(
                keys.contains { $0["managed"] as? Bool == true && $0["options"] as? String == AccountServer.keyOptions }
            )
            // No hash of a password leaves the target.
            let recording = try #require(try self.gateway.sealedRecordings(since: known, count: 1).first)
            let export = try self.gateway.administer("recording", "export", recording.id, "--format", "ndjson")
            #expect(export.contains("toor") && !export.contains("$6$"))

            let table = try self.gateway.administer("account", "discover", "find", "--as", "ops")
            #expect(table.contains("ops does not see everything"))
            #expect(table.contains("not managed: toor may become root"))
        }
    }
}
