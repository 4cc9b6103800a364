import Foundation
import SallyportTesting
import Testing

extension EndToEnd {
    /// Who may come in, and with what the gateway goes on to the target.
    @Suite("logins", .serialized, .laboratory, .throughGateway)
    struct Logins {
        private var lab: Laboratory { .current }

        @Test("each kind of key logs in", arguments: SSHKey.Kind.allCases)
        func key(_ kind: SSHKey.Kind) throws {
            let outcome = try self.lab.client.runSSH(
                self.lab.route().identifying(with: self.lab.keys[kind]), "id -un")
            #expect(outcome.ending == .exited(0), "\(outcome.errorText)")
            #expect(outcome.text == self.lab.target.login + "\n")
        }

        @Test("rsa keys sign with SHA-2, both lengths", arguments: ["rsa-sha2-256", "rsa-sha2-512"])
        func rsaSignatures(_ algorithm: String) throws {
            let outcome = try self.lab.client.runSSH(
                self.lab.route().identifying(with: self.lab.keys[.rsa])
                    .with("PubkeyAcceptedAlgorithms=\(algorithm)"), "echo in")
            #expect(outcome.text == "in\n")
        }

        @Test("SHA-1 signatures of rsa keys are refused")
        func rsaWithSHA1() throws {
            let outcome = try self.lab.client.runSSH(
                self.lab.route().identifying(with: self.lab.keys[.rsa]).with("PubkeyAcceptedAlgorithms=ssh-rsa"),
                "echo in")
            #expect(outcome.ending == .exited(255))
            #expect(outcome.text.isEmpty)
        }

        @Test("a password logs in")
        func password() throws {
            let outcome = try self.lab.client.runSSH(
                self.lab.route(), "id -un", password: Laboratory.alicePassword)
            #expect(outcome.ending == .exited(0), "\(outcome.errorText)")
            #expect(outcome.text == self.lab.target.login + "\n")
        }

        @Test("the right key is found among wrong ones")
        func severalKeys() throws {
            let wrong = try (1...3).map { try SSHKey(.ed25519, named: "wrong-\($0)", in: self.lab.scratch) }
            let route = wrong.reduce(self.lab.route().identifying(with: wrong[0])) {
                $0.with("IdentityFile=\($1.path)")
            }
            let outcome = try self.lab.client.runSSH(route.with("IdentityFile=\(self.lab.identity.path)"), "echo in")
            #expect(outcome.text == "in\n")
        }

        @Test("the login name is understood with @, with +, and without the only account")
        func loginNames() throws {
            let account = self.lab.target.login
            for name in ["alice@\(account)@web1", "alice+\(account)+web1", "alice@web1", "alice+web1"] {
                let outcome = try self.lab.client.runSSH(self.lab.route().logging(inAs: name), "id -un")
                #expect(outcome.text == account + "\n", "as \(name): \(outcome.errorText)")
            }
        }

        @Test("the gateway reaches the target with a key that signs in the broker")
        func targetByKey() throws {
            let before = self.lab.target.log.count
            #expect(try self.lab.ssh("id -un").text == self.lab.target.login + "\n")
            #expect(self.lab.target.log.dropFirst(before).contains("Accepted publickey for \(self.lab.target.login)"))
        }

        @Test("the gateway reaches the target with a password that the user never sees", .asRoot)
        func targetByPassword() throws {
            let before = self.lab.target.log.count
            let outcome = try self.lab.client.runSSH(self.lab.route(to: "web2"), "id -un")
            #expect(outcome.text == self.lab.target.login + "\n", "\(outcome.errorText)")
            #expect(self.lab.target.log.dropFirst(before).contains("Accepted password for \(self.lab.target.login)"))
        }

        @Test("target keys of each kind sign in the broker", arguments: [SSHKey.Kind.ecdsa, .rsa])
        func otherTargetKeys(_ kind: SSHKey.Kind) throws {
            let name = "by-\(kind)"
            let key = try SSHKey(kind, named: "\(name)-key", in: self.lab.scratch)
            let target = try TargetServer(named: name, in: self.lab.scratch, key: key)
            defer { target.stop() }
            let gateway = self.lab.gateway
            try gateway.administer(
                "target", "add", name, "--address", "127.0.0.1:\(target.port)", "--host-key",
                target.hostKey.publicPath)
            try gateway.administer("credential", "set", "\(name)/\(target.login)", "--key", key.path)
            try self.lab.grant(name)
            let outcome = try self.lab.client.runSSH(self.lab.route(to: name), "id -un")
            #expect(outcome.text == target.login + "\n", "\(outcome.errorText)")
        }

        @Test("the host key that a scan finds is pinned and works")
        func scannedHostKey() throws {
            let gateway = self.lab.gateway
            let said = try gateway.administer(
                "target", "add", "scanned", "--address", "127.0.0.1:\(self.lab.target.port)", "--scan")
            let fingerprint = try output(
                of: ["ssh-keygen", "-lf", self.lab.target.hostKey.publicPath], in: self.lab.scratch
            ).split(separator: " ")[1]
            #expect(said.contains(fingerprint))
            try gateway.administer(
                "credential", "set", "scanned/\(self.lab.target.login)", "--key", self.lab.target.key.path)
            try self.lab.grant("scanned")
            let outcome = try self.lab.client.runSSH(self.lab.route(to: "scanned"), "echo in")
            #expect(outcome.text == "in\n", "\(outcome.errorText)")
        }

        @Test("a grant covers only the kinds of channel that it names")
        func channelKinds() throws {
            let gateway = self.lab.gateway
            let account = self.lab.target.login
            try gateway.administer(
                "target", "add", "exec-only", "--address", "127.0.0.1:\(self.lab.target.port)", "--host-key",
                self.lab.target.hostKey.publicPath)
            try gateway.administer("credential", "set", "exec-only/\(account)", "--key", self.lab.target.key.path)
            try gateway.administer(
                "grant", "add", "exec-only", "--user", "alice", "--target", "exec-only", "--account", account,
                "--allow", "exec")
            let route = self.lab.route(to: "exec-only")
            #expect(try self.lab.client.runSSH(route, "echo allowed").text == "allowed\n")
            let shell = try self.lab.client.runSSH(route, flags: ["-T"])
            #expect(shell.code == 255)
            #expect(shell.errorLines == ["sallyport: shell is not permitted by your grant"])
            let files = try run(self.lab.client.sftp(route), in: self.lab.scratch, typing: "ls\n")
            #expect(files.code != 0)
            #expect(files.errorText.contains("sallyport: sftp is not permitted by your grant"))
            #expect(files.text.isEmpty)
        }

        @Test("every forwarding is refused while none is granted")
        func forwarding() throws {
            // A blind tunnel to the target's port would be an unrecorded way in.
            let tunnel = try run(
                self.lab.client.ssh(self.lab.route(), flags: ["-W", "127.0.0.1:\(self.lab.target.port)"]),
                in: self.lab.scratch, typing: "SSH-2.0-test\r\n")
            #expect(tunnel.code != 0)
            #expect(!tunnel.text.contains("SSH-"))
            let port = try freePort()
            let remote = try self.lab.ssh(
                "echo ran", flags: ["-R", "\(port):127.0.0.1:22"], options: ["ExitOnForwardFailure=yes"])
            #expect(remote.code == 255)
        }
    }
}
