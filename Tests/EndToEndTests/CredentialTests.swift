import Foundation
import SallyportTesting
import Testing

extension EndToEnd {
    /// What the vault takes in and logs in to targets with.
    @Suite("credentials", .serialized, .laboratory, .throughGateway)
    struct Credentials {
        private var lab: Laboratory { .current }
        private var gateway: TestGateway { self.lab.gateway }
        private var account: String { "web1/\(self.lab.target.login)" }
        private static let passphrase = "planted-passphrase"

        /// The target's key in a file of its own under a passphrase.
        private func protectedKey(_ options: [String] = []) throws -> String {
            let path = self.lab.scratch.freshPath("protected")
            try FileManager.default.copyItem(atPath: self.lab.target.key.path, toPath: path)
            try output(
                of: ["ssh-keygen", "-q", "-p", "-P", "", "-N", Self.passphrase, "-f", path] + options,
                in: self.lab.scratch)
            return path
        }

        @Test("a key under a passphrase is taken in with it, and logs in without it")
        func protectedKeys() throws {
            let key = try self.protectedKey()
            let words = ["credential", "set", self.account, "--key", key]
            let wrong = try self.gateway.command(words + ["--passphrase-stdin"], input: "planted-wrong\n")
            #expect(wrong.code == 2)
            #expect(
                wrong.errorLines == [
                    "sallyport: error: the passphrase of the private key is wrong",
                    "hint: check it with ssh-keygen -y -f FILE",
                ])
            let right = try self.gateway.command(words + ["--passphrase-stdin"], input: Self.passphrase + "\n")
            #expect(right.code == 0, "\(right.errorText)")
            #expect(right.text.contains("ssh-ed25519 SHA256:"))
            #expect(try self.lab.ssh("echo in").text == "in\n")
        }

        @Test("a terminal is asked for the passphrase, without echo")
        func passphraseAtTerminal() throws {
            let key = try self.protectedKey()
            let words = [
                Binaries.commandLine, "--state", self.gateway.state, "credential", "set", self.account, "--key", key,
            ]
            let terminal = try TerminalProcess(words, in: self.lab.scratch, columns: 200)
            try terminal.waitFor("passphrase of \(key): ")
            try terminal.type(Self.passphrase + "\n")
            #expect(try terminal.wait() == .exited(0), "\(terminal.screenText)")
            #expect(terminal.screenText.contains("set the private key of \(self.account), ssh-ed25519 SHA256:"))
            #expect(!terminal.screenText.contains(Self.passphrase))
            #expect(try self.lab.ssh("echo in").text == "in\n")

            // Without one there is a line that says what to do.
            let alone = try run(["setsid", "--wait"] + words, in: self.lab.scratch)
            #expect(alone.code == 2)
            #expect(alone.errorLines.first == "sallyport: error: the private key is protected by a passphrase")
            #expect(alone.errorText.contains("--passphrase-stdin"))
        }

        @Test(
            "each kind of key logs in to a target",
            arguments: [
                ("ed25519", "256"), ("ecdsa", "256"), ("ecdsa", "384"), ("ecdsa", "521"), ("rsa", "2048"),
                ("rsa", "4096"),
            ])
        func kinds(type: String, bits: String) throws {
            let path = self.lab.scratch.freshPath("kind")
            try output(
                of: ["ssh-keygen", "-q", "-t", type, "-b", bits, "-N", Self.passphrase, "-f", path],
                in: self.lab.scratch)
            let line = try String(contentsOfFile: path + ".pub", encoding: .utf8)
            let trusted = try self.lab.scratch.write(line, to: URL(filePath: path).lastPathComponent + ".trusted")
            let target = try TargetServer(
                named: "kind-\(type)-\(bits)", in: self.lab.scratch, settings: ["AuthorizedKeysFile \(trusted)"])
            defer { target.stop() }
            let name = "kind-\(type)-\(bits)"
            try self.lab.addTarget(name, port: target.port, hostKey: target.hostKey)
            try self.gateway.administer(
                "credential", "set", "\(name)/\(self.lab.target.login)", "--key", path, "--passphrase-stdin",
                input: Self.passphrase + "\n")
            let outcome = try self.lab.client.runSSH(self.lab.route(to: name), "echo in")
            #expect(outcome.text == "in\n", "\(outcome.errorText) \(target.log)")
        }
    }
}
