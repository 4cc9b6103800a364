import Foundation
import SallyportTesting
import Testing

extension EndToEnd {
    /// What the gateway shows of itself before anybody has logged in, and what it makes of nonsense.
    @Suite("the gateway's own face", .serialized, .throughGateway)
    struct GatewayFace {
        /// A gateway with lines of its own before the usual configuration.
        private func withLaboratory(_ settings: [String] = [], _ body: (Laboratory) throws -> Void) throws {
            let lab = try Laboratory(startGateway: false)
            defer { lab.dispose() }
            let usual = try String(contentsOfFile: lab.gateway.configuration, encoding: .utf8)
            try (settings.joined(separator: "\n") + "\n" + usual)
                .write(toFile: lab.gateway.configuration, atomically: true, encoding: .utf8)
            try lab.gateway.start()
            try lab.introduce(to: lab.gateway)
            try body(lab)
        }

        private static let toolsReason: Comment = "scripts/test installs the packages that it needs"

        // MARK: Audit

        /// What ssh-audit says of one algorithm, in the words that tell the cases apart.
        private struct Report: Decodable {
            struct Algorithm: Decodable {
                let algorithm: String
                let notes: [String: [String]]
            }
            struct Banner: Decodable { let raw: String }
            let banner: Banner
            let compression: [String]
            let kex: [Algorithm]
            let key: [Algorithm]
            let enc: [Algorithm]
            let mac: [Algorithm]
            let cves: [String]

            var all: [Algorithm] { self.kex + self.key + self.enc + self.mac }
            func noted(_ severity: String) -> [String: [String]] {
                var found: [String: [String]] = [:]
                for algorithm in self.all {
                    if let notes = algorithm.notes[severity], !notes.isEmpty { found[algorithm.algorithm] = notes }
                }
                return found
            }
        }

        private func report(_ lab: Laboratory) throws -> Report {
            let outcome = try run(
                [ForeignTools.sshAudit, "-j", "--skip-rate-test", "-p", "\(lab.gateway.port)", "127.0.0.1"],
                in: lab.scratch)
            return try JSONDecoder().decode(Report.self, from: outcome.output)
        }

        /// Whose reason is that libssh 0.10 has nothing better, or that a stock client has nothing better: see
        /// docs/operations.md.
        private static let expectedWarnings: [String: [String]] = [
            "curve25519-sha256": ["does not provide protection against post-quantum attacks"],
            "curve25519-sha256@libssh.org": ["does not provide protection against post-quantum attacks"],
            "diffie-hellman-group16-sha512": ["does not provide protection against post-quantum attacks"],
            "diffie-hellman-group18-sha512": ["does not provide protection against post-quantum attacks"],
            "hmac-sha2-256": ["using encrypt-and-MAC mode"],
            "hmac-sha2-512": ["using encrypt-and-MAC mode"],
        ]

        @Test(
            "ssh-audit finds what is known, and nothing more",
            .enabled(if: ForeignTools.areInstalled, toolsReason))
        func audit() throws {
            try self.withLaboratory { lab in
                let report = try self.report(lab)
                // Tells neither product nor release.
                #expect(report.banner.raw == "SSH-2.0-OpenSSH_9.2")
                #expect(report.compression == ["none"])
                #expect(report.cves.isEmpty)
                #expect(
                    report.kex.map(\.algorithm) == [
                        "curve25519-sha256", "curve25519-sha256@libssh.org", "diffie-hellman-group18-sha512",
                        "diffie-hellman-group16-sha512", "kex-strict-s-v00@openssh.com",
                    ])
                #expect(
                    Set(report.key.map(\.algorithm)) == [
                        "ssh-ed25519", "ecdsa-sha2-nistp256", "rsa-sha2-512", "rsa-sha2-256",
                    ])
                for algorithm in report.all {
                    #expect(!algorithm.algorithm.hasSuffix("sha1") && !algorithm.algorithm.contains("cbc"))
                }
                // The one finding of this severity, which a setting takes away.
                #expect(Array(report.noted("fail").keys) == ["ecdsa-sha2-nistp256"])
                var warnings = report.noted("warn")
                warnings["ecdsa-sha2-nistp256"] = nil
                #expect(warnings == Self.expectedWarnings)
            }
        }

        @Test("without the ecdsa key nothing fails", .enabled(if: ForeignTools.areInstalled, toolsReason))
        func auditWithoutECDSA() throws {
            try self.withLaboratory(["host_keys = [\"ed25519\", \"rsa\"]"]) { lab in
                let report = try self.report(lab)
                #expect(Set(report.key.map(\.algorithm)) == ["ssh-ed25519", "rsa-sha2-512", "rsa-sha2-256"])
                #expect(report.noted("fail").isEmpty)
                #expect(report.noted("warn") == Self.expectedWarnings)
            }
        }

        // MARK: Who meets it

        @Test("three kinds of host key, the same after a restart")
        func hostKeys() throws {
            try self.withLaboratory { lab in
                func keys() throws -> Set<Substring> {
                    let said = try output(
                        of: ["ssh-keyscan", "-p", "\(lab.gateway.port)", "-t", "ed25519,ecdsa,rsa", "127.0.0.1"],
                        in: lab.scratch)
                    return Set(said.split(separator: "\n").filter { !$0.hasPrefix("#") })
                }
                let before = try keys()
                #expect(before.count == 3)
                lab.gateway.stop()
                try lab.gateway.start()
                #expect(try keys() == before)
                let published = try lab.gateway.hostKeyLine()
                #expect(before.contains { $0.hasSuffix(published) })
            }
        }

        @Test("the configured text is shown before the login")
        func banner() throws {
            try self.withLaboratory(["banner = \"Authorised = use only\\nsecond line\\n\""]) { lab in
                let outcome = try lab.ssh("echo in", options: ["LogLevel=INFO"])
                #expect(outcome.text == "in\n")
                #expect(outcome.errorText.contains("Authorised = use only"))
                #expect(outcome.errorText.contains("second line"))
            }
        }

        @Test("an agent with seven keys logs in with the last one, however the client tries them")
        func sevenKeys() throws {
            try self.withLaboratory { lab in
                let wrong = try (1...6).map { try SSHKey(.ed25519, named: "wrong-\($0)", in: lab.scratch) }
                var route = lab.route().identifying(with: wrong[0])
                for key in wrong.dropFirst() + [lab.identity] { route = route.with("IdentityFile=\(key.path)") }
                let outcome = try lab.client.runSSH(route, "echo in")
                #expect(outcome.text == "in\n", "\(outcome.errorText)")
                guard ForeignTools.areInstalled else { return }
                // Paramiko signs at once, without asking whether the key would do.
                let answer = try self.misbehave(lab, ["keys", "6", lab.identity.path])
                #expect(answer["refused"] as? Int == 6)
                #expect(answer["authenticated"] as? Bool == true)
            }
        }

        @Test("passwords may be guessed three times, or as often as the configuration says", arguments: [nil, 1, 5])
        func guesses(limit: Int?) throws {
            try self.withLaboratory(limit.map { ["max_auth_tries = \($0)"] } ?? []) { lab in
                let route = lab.route().with("NumberOfPasswordPrompts=8", "PubkeyAuthentication=no")
                let outcome = try lab.client.runSSH(route, "echo in", password: "not the password")
                #expect(outcome.ending == .exited(255))
                let failures = try lab.gateway.audit().filter { $0.code == AuditCodes.loginFailed }
                #expect(failures.count == limit ?? 3)
            }
        }

        // MARK: Nonsense

        private func misbehave(_ lab: Laboratory, _ words: [String]) throws -> [String: Any] {
            let program = ForeignTools.python("ill_mannered_client.py")
            let outcome = try run(
                program + ["\(lab.gateway.port)", lab.route().login] + words, in: lab.scratch, within: .seconds(180))
            #expect(outcome.code == 0, "\(outcome.errorText)")
            return try JSONSerialization.jsonObject(with: outcome.output) as? [String: Any] ?? [:]
        }

        /// libssh answers neither, and doesn't say that it was asked.
        @Test(
            "a key of no known type, or with a bad signature, holds a connection no longer than the login may take",
            .enabled(if: ForeignTools.areInstalled, toolsReason), arguments: ["odd-key", "bad-signature"])
        func unansweredKeys(kind: String) throws {
            try self.withLaboratory(["login_grace_seconds = 3"]) { lab in
                let answer = try self.misbehave(lab, [kind])
                #expect(answer["ended"] as? Bool == true)
                #expect(answer["granted"] as? Bool == false)
                #expect(try #require(answer["seconds"] as? Double) < 10)
                try waitUntil("no worker is left") { lab.gateway.workers.isEmpty }
            }
        }

        @Test(
            "new keys without a login end the connection, and are no alarm",
            .enabled(if: ForeignTools.areInstalled, toolsReason))
        func exchangesBeforeLogin() throws {
            try self.withLaboratory { lab in
                let answer = try self.misbehave(lab, ["rekey", "10"])
                #expect(answer["exchanges"] as? Int == 1)
                #expect(answer["ended"] as? Bool == true)
                #expect(answer["granted"] as? Bool == false)
                try waitUntil("no worker is left") { lab.gateway.workers.isEmpty }
                #expect(try lab.gateway.audit().allSatisfy { !$0.code.hasPrefix("SP6") })
            }
        }

        @Test("a connection without a target ends when it has carried nothing for as long as a login may take")
        func idle() throws {
            try self.withLaboratory(["login_grace_seconds = 2"]) { lab in
                let nowhere = lab.route().logging(inAs: "alice")
                let menu = try TerminalProcess(lab.client.ssh(nowhere), in: lab.scratch)
                try menu.waitFor("Where to?")
                let outcome = try lab.client.runSSH(nowhere, flags: ["-N"], within: .seconds(20))
                #expect(outcome.ending == .exited(255))
                // A menu is not nothing.
                try menu.type("\u{3}")
                #expect(try menu.wait() == .exited(1))
                try waitUntil("no worker is left") { lab.gateway.workers.isEmpty }
                #expect(try lab.ssh("sleep 3; echo here").text == "here\n")
            }
        }

        @Test(
            "no message number in any state grants anything, and each ends the connection or is survived",
            .enabled(if: ForeignTools.areInstalled, toolsReason))
        func everyMessage() throws {
            try self.withLaboratory(["login_grace_seconds = 20"]) { lab in
                let answer = try self.misbehave(lab, ["states", lab.identity.path])
                let allowed = [
                    // Whatever waits here waits for a key exchange, which the grace ends.
                    "before_keys": ["closed", "silent"],
                    // The session channel that is asked for after the message ends the connection.
                    "before_login": ["closed"],
                    "after_login": ["closed", "serves"],
                ]
                for (state, endings) in allowed {
                    let found = try #require(answer[state] as? [String: [Any]])
                    #expect(found.count == 256)
                    for (number, result) in found {
                        #expect(endings.contains(result.first as? String ?? ""), "\(state) \(number) \(result)")
                        #expect(result.last as? Bool == false, "\(state) \(number) is granted")
                    }
                }
                // CVE-2018-10933: the client says itself that it is in.
                let said = try #require((answer["before_login"] as? [String: [Any]])?["52"])
                #expect(said.first as? String == "closed")
                try waitUntil("no worker is left", within: .seconds(30)) { lab.gateway.workers.isEmpty }
                let codes = Set(try lab.gateway.audit().map(\.code))
                #expect(!codes.contains(AuditCodes.workerCrashed))
                #expect(!codes.contains("SP6001E"))
                #expect(try lab.ssh("echo in").text == "in\n")
            }
        }
    }
}
