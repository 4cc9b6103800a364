import Foundation
import SallyportTesting
import Testing

extension EndToEnd {
    /// Keys of security tokens, held by an agent that is one in software; the client is the stock one.
    @Suite(
        "security keys", .serialized, .laboratory, .throughGateway,
        .enabled(if: ForeignTools.areInstalled, "needs the foreign tools, see scripts/test"))
    struct SecurityKeys {
        private var lab: Laboratory { .current }
        private var gateway: TestGateway { self.lab.gateway }

        private static let seed = String(repeating: "5a", count: 32)

        /// Logs in with a token that answers with these flags and counts from `counter`.
        private func login(
            as user: String, _ kind: String, flags: Int, counter: Int, adding options: [String]? = nil
        ) throws -> Outcome {
            let socket = self.lab.scratch.freshPath("agent")
            let publicFile = self.lab.scratch.freshPath("public")
            let agent = try RunningProcess(
                ForeignTools.python("security_key_agent.py")
                    + [socket, publicFile, kind, Self.seed, "\(flags)", "\(counter)"], in: self.lab.scratch)
            defer { agent.kill() }
            try waitUntil("the agent is there: \(agent.errorText)") {
                FileManager.default.fileExists(atPath: publicFile)
            }
            if let options {
                try self.gateway.administer("user", "add", user, "--password-stdin", input: "not used\n")
                let added = try self.gateway.command(["user", "key", "add", user, "--key", publicFile] + options)
                #expect(added.code == 0, "\(added.errorText)")
                try self.lab.grant("web1", user: user)
            }
            var route = self.lab.route().logging(inAs: "\(user)@\(self.lab.target.login)@web1")
            route.identity = nil
            // The agent's key is asked for by its public half.
            return try self.lab.client.runSSH(
                route.with(
                    "PubkeyAuthentication=yes", "IdentityAgent=\(socket)", "IdentityFile=\(publicFile)",
                    "PreferredAuthentications=publickey", "BatchMode=yes"), "echo in")
        }

        private func cause(after sequence: UInt64) throws -> String? {
            try self.gateway.audited(AuditCodes.loginFailed, after: sequence).last?.fields["cause"]
        }

        @Test(
            "a touch is needed unless the key was added without, and no counter goes back",
            arguments: ["ed25519", "ecdsa"])
        func touch(_ kind: String) throws {
            let user = "sk-\(kind)"
            let first = try self.login(as: user, kind, flags: 1, counter: 10, adding: [])
            #expect(first.text == "in\n", "\(first.errorText)")
            var before = try self.gateway.lastAuditSequence()
            #expect(try self.login(as: user, kind, flags: 0, counter: 20).ending == .exited(255))
            #expect(try self.cause(after: before) == "the security key was not touched")
            #expect(try self.login(as: user, kind, flags: 1, counter: 30).text == "in\n")
            before = try self.gateway.lastAuditSequence()
            for counter in [30, 29, 0] {
                #expect(try self.login(as: user, kind, flags: 1, counter: counter).ending == .exited(255))
            }
            #expect(
                try self.cause(after: before) == "the security key's counter went back: it may have been copied")
            #expect(try self.login(as: user, kind, flags: 5, counter: 31).text == "in\n")
            #expect(try self.gateway.administer("user", "show", user).contains("sk-"))
        }

        @Test("a key that has to verify its user does, and one that doesn't count is accepted")
        func verification() throws {
            #expect(
                try self.login(as: "sk-pin", "ed25519", flags: 5, counter: 0, adding: ["--require-verify"]).text
                    == "in\n")
            let before = try self.gateway.lastAuditSequence()
            #expect(try self.login(as: "sk-pin", "ed25519", flags: 1, counter: 0).ending == .exited(255))
            #expect(try self.cause(after: before) == "the security key did not verify its user (PIN)")
            #expect(try self.login(as: "sk-pin", "ed25519", flags: 5, counter: 0).text == "in\n")
            let untouched = try self.login(
                as: "sk-free", "ecdsa", flags: 0, counter: 0, adding: ["--no-require-touch"])
            #expect(untouched.text == "in\n", "\(untouched.errorText)")
            let plain = try self.gateway.command(
                ["user", "key", "add", "alice", "--key", self.lab.target.key.publicPath, "--require-verify"])
            #expect(plain.code == 2)
            #expect(plain.errorText.contains("only a security key can verify its user"))
        }
    }
}
