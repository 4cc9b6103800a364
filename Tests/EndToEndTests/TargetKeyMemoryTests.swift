import Foundation
import SallyportTesting
import Testing

extension EndToEnd {
    /// Private keys that log in to targets stay in the broker: what a worker has in its memory while a target judges the
    /// login, and while it relays afterwards.
    @Suite(
        "private keys of targets and the worker's memory", .serialized, .laboratory, .throughGateway, .asRoot,
        .enabled(if: ForeignTools.areInstalled, "scripts/test installs the packages that it needs"))
    struct TargetKeyMemory {
        private var lab: Laboratory { .current }
        private var gateway: TestGateway { self.lab.gateway }

        /// A target that takes the key, says so by the file `asked`, and goes on once there is `go`.
        private struct SlowTarget {
            let name: String
            let server: TargetServer
            let asked: String
            let go: String
            let trust: String
        }

        private func slowTarget(_ name: String, trusting key: SSHKey? = nil) throws -> SlowTarget {
            let (asked, go) = (self.lab.scratch.path("\(name)-asked"), self.lab.scratch.path("\(name)-go"))
            let hold = try self.lab.scratch.write(
                "#!/bin/sh\n: >\(asked)\nuntil [ -e \(go) ]; do sleep 0.1; done\n",
                to: "\(name)-hold", mode: 0o755)
            let trust = try self.lab.scratch.write("", to: "\(name)-trust")
            let server = try TargetServer(
                named: name, in: self.lab.scratch, key: key,
                settings: ["UsePAM yes", "TrustedUserCAKeys \(trust)", "ExposeAuthInfo yes"],
                pam: [
                    "auth required pam_deny.so", "account required pam_exec.so quiet \(hold)",
                    "session required pam_permit.so",
                ])
            try self.lab.addTarget(name, port: server.port, hostKey: server.hostKey)
            return SlowTarget(name: name, server: server, asked: asked, go: go, trust: trust)
        }

        private func search(_ place: String, _ words: [String]) throws -> [String] {
            let said = try run(ForeignTools.python("secret_search.py") + [place] + words, in: self.lab.scratch)
            try #require(said.code == 0, "\(said.errorText)")
            return said.text.split(separator: "\n").map(String.init)
        }

        /// Nothing is found, and something was searched.
        private func expectNothing(in place: String, _ words: [String], _ when: String) throws {
            let lines = try self.search(place, words)
            #expect(lines.count == 1, "\(when): \(lines)")
            let searched = lines.last?.split(separator: " ").compactMap { Int($0) }.first ?? 0
            #expect(searched > 100_000)
        }

        /// A login that is held by the target, then goes on. `words` say what must not be in the worker, given what the
        /// target says of the credential once the login is over.
        private func check(_ target: SlowTarget, _ words: (_ shown: String) throws -> [String]) throws {
            let known = Set(self.gateway.workers)
            let session = try RunningProcess(
                self.lab.client.ssh(self.lab.route(to: target.name), "cat \"$SSH_USER_AUTH\"; exec cat"),
                in: self.lab.scratch, input: .pipe)
            try waitUntil("the target has judged the key; \(session.errorText) \(target.server.log.suffix(1000))") {
                FileManager.default.fileExists(atPath: target.asked)
            }
            let worker = try #require(self.gateway.workers.first { !known.contains($0) })
            let copy = self.lab.scratch.freshPath("memory")
            _ = try self.search("\(worker)", ["--snapshot", copy])
            try Data().write(to: URL(filePath: target.go))
            try session.write("relayed\n")
            try session.waitForOutput("relayed\n")
            let words = try words(session.text)
            try self.expectNothing(in: copy, words, "while the target judges")
            try self.expectNothing(in: "\(worker)", words, "while it relays")

            // What does pass through the worker is found: its text, and the seed of a key of which only the public half
            // is known.
            let planted = try SSHKey(.ed25519, named: "\(target.name)-planted", in: self.lab.scratch)
            let text = try String(contentsOfFile: planted.path, encoding: .utf8)
            let body = text.split(separator: "\n").filter { !$0.hasPrefix("-----") }.joined()
            try session.write(Data(text.utf8) + (try #require(Data(base64Encoded: body))) + Data("\nend\n".utf8))
            try session.waitForOutput("\nend\n")
            let blob = try #require(planted.publicLine.split(separator: " ").last)
            let found = try self.search("\(worker)", ["--key", planted.path, "--public", String(blob)])
            #expect(found.contains("found \(planted.path): text"), "\(found)")
            #expect(found.contains("found \(planted.path): seed"))
            #expect(found.contains("found the seed of a public key"))
            session.closeInput()
            #expect(try session.wait().ending == .exited(0))
        }

        @Test("a stored key is never in the worker", arguments: SSHKey.Kind.allCases)
        func storedKey(kind: SSHKey.Kind) throws {
            let key = try SSHKey(kind, bits: kind == .rsa ? 2048 : nil, named: "slow-\(kind)-key", in: self.lab.scratch)
            let target = try self.slowTarget("slow-\(kind)", trusting: key)
            defer { target.server.stop() }
            try self.gateway.administer(
                "credential", "set", "\(target.name)/\(self.lab.target.login)", "--key", key.path)
            try self.check(target) { _ in ["--key", key.path] }
        }

        @Test("neither a session's own key nor that of the authority is in the worker")
        func certificate() throws {
            let authority = try SSHKey(.ed25519, named: "slow-authority", in: self.lab.scratch)
            let target = try self.slowTarget("slow-certificate")
            defer { target.server.stop() }
            try self.gateway.administer(
                "credential", "set", "\(target.name)/\(self.lab.target.login)", "--ca", "--ca-name", "slow", "--ca-key",
                authority.path)
            try self.lab.scratch.write(authority.publicLine + "\n", to: "\(target.name)-trust")
            try self.check(target) { shown in
                let words = shown.split(whereSeparator: \.isWhitespace)
                try #require(
                    words.count >= 3 && words[0] == "publickey" && words[1] == "ssh-ed25519-cert-v01@openssh.com",
                    "\(shown)")
                return ["--key", authority.path, "--public", String(words[2])]
            }
        }
    }
}
