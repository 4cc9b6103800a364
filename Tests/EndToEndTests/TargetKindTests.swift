import Foundation
import SallyportTesting
import Testing

extension EndToEnd {
    /// Targets that aren't a new OpenSSH with a plain login.
    @Suite("targets of all kinds", .serialized, .laboratory, .throughGateway)
    struct TargetKinds {
        private var lab: Laboratory { .current }
        private var gateway: TestGateway { self.lab.gateway }

        /// Adds a target with `key` for a credential, and lets alice use it.
        private func add(
            _ name: String, port: Int, hostKeys: [String], profile: [String] = [], login: String, key: SSHKey
        ) throws {
            let pins = hostKeys.flatMap { ["--host-key", $0] }
            let added = try self.gateway.command(
                ["target", "add", name, "--address", "127.0.0.1:\(port)"] + pins + profile)
            #expect(added.code == 0, "\(added.errorText)")
            try self.gateway.administer("credential", "set", "\(name)/\(login)", "--key", key.path)
            try self.gateway.administer(
                "grant", "add", "alice-\(name)", "--user", "alice", "--target", name, "--account", login, "--allow",
                "shell,exec,sftp,scp")
        }

        private func ssh(_ target: String, _ command: String) throws -> Outcome {
            try self.lab.client.runSSH(self.lab.route(to: target), command)
        }

        // MARK: Algorithms

        /// As a switch of 2008 would be.
        private static let oldSettings = [
            "KexAlgorithms diffie-hellman-group1-sha1", "HostKeyAlgorithms ssh-rsa", "Ciphers aes128-cbc",
            "MACs hmac-sha1", "PubkeyAcceptedAlgorithms ssh-rsa", "RequiredRSASize 1024",
        ]

        private func oldServer(_ name: String, key: SSHKey? = nil) throws -> TargetServer {
            let hostKey = try SSHKey(.rsa, bits: 1024, named: "\(name)-host", in: self.lab.scratch)
            return try TargetServer(
                named: name, in: self.lab.scratch, key: key, hostKey: hostKey, settings: Self.oldSettings)
        }

        @Test("old gear is refused with both sides' lists, and served once its profile says so")
        func oldGear() throws {
            let key = try SSHKey(.rsa, named: "old-login", in: self.lab.scratch)
            let old = try self.oldServer("old", key: key)
            defer { old.stop() }
            let short = try self.gateway.command([
                "target", "add", "old", "--address", "127.0.0.1:\(old.port)", "--host-key", old.hostKey.publicPath,
            ])
            #expect(short.code == 2)
            #expect(short.errorText.contains("--algorithms legacy"), "\(short.errorText)")
            try self.add(
                "old", port: old.port, hostKeys: [old.hostKey.publicPath], profile: ["--algorithms", "legacy"],
                login: old.login, key: key)
            try self.gateway.administer("target", "set", "old", "--algorithms", "modern")
            let before = try self.gateway.lastAuditSequence()
            let refused = try self.ssh("old", "echo in")
            #expect(refused.ending == .exited(255))
            #expect(refused.errorLines.count == 1, "\(refused.errorText)")
            for name in ["no common", "diffie-hellman-group1-sha1", "curve25519-sha256"] {
                #expect(refused.errorText.contains(name), "\(refused.errorText)")
            }
            let cause = try self.gateway.audited("SP4104W", after: before).first?.fields["cause"] ?? ""
            #expect(cause.contains("diffie-hellman-group1-sha1") && cause.contains("curve25519-sha256"), "\(cause)")

            // From the next connection on. sshd says that it takes SHA-2 signatures of RSA keys, and then doesn't.
            try self.gateway.administer("target", "set", "old", "--algorithms", "legacy user-keys=ssh-rsa")
            let served = try self.ssh("old", "id -un; exit 5")
            #expect(served.text == old.login + "\n", "\(served.errorText) \(old.log.suffix(3000))")
            #expect(served.ending == .exited(5))
            let files = try run(self.lab.client.sftp(self.lab.route(to: "old")), in: self.lab.scratch, typing: "pwd\n")
            #expect(files.code == 0, "\(files.errorText)")

            // Nothing of it reaches another target.
            #expect(try self.lab.ssh("echo in").text == "in\n")
            try self.gateway.administer("target", "set", "old", "--algorithms", "modern")
            #expect(try self.ssh("old", "echo in").ending == .exited(255))
        }

        @Test("a scan of old gear needs its profile too")
        func oldScan() throws {
            let old = try self.oldServer("old-scan")
            defer { old.stop() }
            let words = ["target", "add", "old-scan", "--address", "127.0.0.1:\(old.port)", "--scan"]
            let none = try self.gateway.command(words)
            #expect(none.code == 1)
            #expect(none.errorText.contains("--algorithms legacy"))
            let found = try self.gateway.command(words + ["--algorithms", "legacy"])
            #expect(found.text.contains("pinned ssh-rsa SHA256:"), "\(found.errorText)")
        }

        @Test("a modern target is spoken to with modern algorithms under legacy, and with what its lists say")
        func preference() throws {
            let target = try TargetServer(
                named: "new", in: self.lab.scratch,
                settings: [
                    "LogLevel DEBUG3", "KexAlgorithms +diffie-hellman-group1-sha1,diffie-hellman-group14-sha1",
                    "Ciphers +aes128-cbc,3des-cbc", "MACs +hmac-sha1",
                ])
            defer { target.stop() }
            try self.add(
                "new", port: target.port, hostKeys: [target.hostKey.publicPath], profile: ["--algorithms", "legacy"],
                login: target.login, key: target.key)
            #expect(try self.ssh("new", "echo in").text == "in\n")
            #expect(target.log.contains("kex: algorithm: curve25519-sha256"), "\(target.log.suffix(4000))")
            #expect(target.log.contains("kex: client->server cipher: aes128-gcm@openssh.com"))
            try self.gateway.administer(
                "target", "set", "new", "--algorithms",
                "kex=ecdh-sha2-nistp384 ciphers=aes256-ctr macs=hmac-sha2-512,hmac-sha2-256")
            let seen = target.log.count
            #expect(try self.ssh("new", "echo in").text == "in\n")
            let log = target.log.dropFirst(seen)
            #expect(log.contains("kex: algorithm: ecdh-sha2-nistp384"))
            #expect(log.contains("kex: client->server cipher: aes256-ctr MAC: hmac-sha2-512"))
            // Against the prefix truncation attack (Terrapin), on this leg too.
            #expect(log.contains("will use strict KEX ordering"))
        }

        @Test("what libssh can't do is said when the target is added")
        func unservable() throws {
            let refused = try self.gateway.command([
                "target", "add", "dsa", "--address", "127.0.0.1:1", "--scan", "--algorithms", "host-keys=ssh-dss",
            ])
            #expect(refused.code == 2)
            #expect(refused.errorText.contains("DSA keys can't be served"))
        }

        // MARK: Keyboard-interactive

        private static let interactive = [
            "UsePAM yes", "KbdInteractiveAuthentication yes", "PasswordAuthentication no", "MaxAuthTries 1",
        ]

        private func addByPassword(_ name: String, port: Int, hostKey: String, login: String, password: String) throws {
            try self.add(name, port: port, hostKeys: [hostKey], login: login, key: self.lab.target.key)
            try self.gateway.administer(
                "credential", "set", "\(name)/\(login)", "--password-stdin", input: password + "\n")
        }

        @Test("a target that only asks gets the password, once", .asRoot)
        func interactivePassword() throws {
            let target = try TargetServer(
                named: "asking", in: self.lab.scratch, settings: Self.interactive,
                pam: ["auth required pam_unix.so", "account required pam_permit.so", "session required pam_permit.so"])
            defer { target.stop() }
            try self.addByPassword(
                "asking", port: target.port, hostKey: target.hostKey.publicPath, login: target.login,
                password: target.password)
            let outcome = try self.ssh("asking", "id -un")
            #expect(outcome.text == target.login + "\n", "\(outcome.errorText) \(target.log)")
            #expect(target.log.contains("Accepted keyboard-interactive/pam for \(target.login)"))

            let before = try self.gateway.lastAuditSequence()
            try self.gateway.administer(
                "credential", "set", "asking/\(target.login)", "--password-stdin", input: "planted-wrong\n")
            let wrong = try self.ssh("asking", "id -un")
            #expect(wrong.ending == .exited(255))
            #expect(wrong.errorLines == ["sallyport: asking refused the credential for \(target.login)"])
            try self.gateway.audited(AuditCodes.targetCredentialRefused, after: before)
        }

        @Test("a password is sent in one way only, where the target takes it in two", .asRoot)
        func oneWay() throws {
            let target = try TargetServer(
                named: "two-ways", in: self.lab.scratch,
                settings: ["UsePAM yes", "KbdInteractiveAuthentication yes", "PasswordAuthentication yes"],
                pam: ["auth required pam_unix.so nodelay", "account required pam_permit.so"])
            defer { target.stop() }
            try self.addByPassword(
                "two-ways", port: target.port, hostKey: target.hostKey.publicPath, login: target.login,
                password: "planted-wrong")
            #expect(try self.ssh("two-ways", "id -un").ending == .exited(255))
            let failures = target.log.components(separatedBy: "Failed password").count - 1
            #expect(failures == 1, "\(target.log)")
            #expect(!target.log.contains("Failed keyboard-interactive"))
        }

        @Test(
            "questions that ask for something else are named, and get nothing",
            .enabled(if: ForeignTools.areInstalled, "scripts/test installs the packages that it needs"),
            arguments: [
                (["Verification code: "], nil, 0, "something else than a password", "\"Verification code:\""),
                (["Password: ", "One-time password: "], nil, 1, "more than the password", "\"One-time password:\""),
                (["Password: ", "Password: "], nil, 1, "more than the password", "\"Password:\""),
                (["!Password: "], nil, 0, "something else than a password", "\"Password:\""),
                (["Password: "], "*pin*", 0, "something else than a password", "\"Password:\""),
            ] as [([String], String?, Int, String, String)])
        func otherQuestions(
            questions: [String], pattern: String?, answers: Int, what: String, quoted: String
        ) throws {
            let name = "quiz-\(UInt32.random(in: 0...UInt32.max))"
            let server = try self.promptingServer(name, questions, pattern)
            defer { server.kill() }
            let before = try self.gateway.lastAuditSequence()
            let outcome = try self.ssh(name, "echo in")
            #expect(outcome.ending == .exited(255))
            #expect(outcome.errorLines == ["sallyport: \(name) asks for \(what) of ops: \(quoted)"])
            #expect(server.text.components(separatedBy: "answered planted-answer").count - 1 == answers)
            #expect(server.text.components(separatedBy: "answered").count - 1 == answers)
            let event = try self.gateway.audited(AuditCodes.targetCredentialRefused, after: before)
            #expect(event.first?.fields["cause"]?.contains(quoted) == true)
        }

        @Test(
            "a question of a target's own kind is answered where its pattern says so",
            .enabled(if: ForeignTools.areInstalled, "scripts/test installs the packages that it needs"))
        func ownPattern() throws {
            let server = try self.promptingServer("device", ["Enter PIN for ops > "], "enter pin*")
            defer { server.kill() }
            let outcome = try self.ssh("device", "show version")
            #expect(outcome.text == "show version\n", "\(outcome.errorText) \(server.errorText)")
            #expect(outcome.ending == .exited(7))
        }

        private func promptingServer(
            _ name: String, _ questions: [String], _ pattern: String?
        ) throws -> RunningProcess {
            let port = try freePort()
            let server = try RunningProcess(
                ForeignTools.python("prompting_server.py") + ["\(port)"] + questions, in: self.lab.scratch)
            try server.waitForOutput("\n")
            let key = try self.lab.scratch.write(server.text, to: "\(name).pub")
            let profile = pattern.map { ["--password-prompt", $0] } ?? []
            try self.add(
                name, port: port, hostKeys: [key], profile: profile, login: "ops", key: self.lab.target.key)
            try self.gateway.administer(
                "credential", "set", "\(name)/ops", "--password-stdin", input: "planted-answer\n")
            return server
        }

        // MARK: Other servers

        @Test(
            "other servers give a shell, commands, exit codes and files", .asRoot,
            arguments: ForeignServer.Kind.allCases)
        func otherServers(kind: ForeignServer.Kind) throws {
            let name = kind.rawValue
            let server = try ForeignServer(kind, named: name, in: self.lab.scratch)
            defer { server.stop() }
            try self.add(
                name, port: server.port, hostKeys: server.hostKeyPaths, login: server.login, key: server.key)
            for code: Int32 in [0, 1, 42, 127, 255] {
                let outcome = try self.ssh(name, "id -un; echo err >&2; exit \(code)")
                #expect(outcome.text == server.login + "\n", "\(outcome.errorText) \(server.log)")
                #expect(outcome.errorText.contains("err"))
                #expect(outcome.ending == .exited(code))
            }
            let piped = try run(
                self.lab.client.ssh(self.lab.route(to: name), "wc -c"), in: self.lab.scratch,
                typing: String(repeating: "0123456789", count: 100_000))
            #expect(piped.text == "1000000\n", "\(piped.errorText)")

            let shell = try TerminalProcess(
                self.lab.client.ssh(self.lab.route(to: name), flags: ["-tt"], "PS1='ready> ' exec bash --norc -i"),
                in: self.lab.scratch, columns: 91, rows: 33)
            try shell.waitFor("ready> ")
            try shell.type("stty size; exit 3\n")
            #expect(try shell.wait() == .exited(3))
            #expect(shell.screenText.contains("33 91"), "\(shell.screenText)")

            guard kind == .dropbear else { return }
            let bytes = Data((0..<200_000).map { _ in UInt8.random(in: .min ... .max) })
            try bytes.write(to: self.lab.scratch.directory.appending(path: "up"))
            let route = self.lab.route(to: name)
            let files = try run(
                self.lab.client.sftp(route), in: self.lab.scratch,
                typing: "put \(self.lab.scratch.path("up")) up\nget up \(self.lab.scratch.path("down"))\n")
            #expect(files.code == 0, "\(files.errorText)")
            #expect(FileManager.default.contents(atPath: self.lab.scratch.path("down")) == bytes)
            let copied = try run(
                self.lab.client.scp(
                    route, from: self.lab.scratch.path("up"), to: "127.0.0.1:copied", legacy: true),
                in: self.lab.scratch)
            #expect(copied.code == 0, "\(copied.errorText)")
            #expect(FileManager.default.contents(atPath: server.home + "/copied") == bytes)
        }

        @Test("dropbear takes the vault's password", .asRoot)
        func dropbearPassword() throws {
            let server = try ForeignServer(.dropbear, named: "dropbear-password", in: self.lab.scratch)
            defer { server.stop() }
            try self.addByPassword(
                "dropbear-password", port: server.port, hostKey: server.hostKeyPaths[1], login: server.login,
                password: server.password)
            let outcome = try self.ssh("dropbear-password", "id -un")
            #expect(outcome.text == server.login + "\n", "\(outcome.errorText) \(server.log)")
            #expect(server.log.contains("Password auth succeeded"))
        }
    }
}
