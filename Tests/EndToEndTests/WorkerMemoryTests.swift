import Foundation
import Glibc
import Platform
import SallyportTesting
import Testing

@testable import Vault

extension EndToEnd {
    /// What a worker has in its memory while it serves a connection, as root reads it.
    @Suite("secrets and the worker's memory", .serialized, .laboratory, .throughGateway, .asRoot)
    struct WorkerMemory {
        private typealias Needle = ProcessMemory.Needle
        private var lab: Laboratory { .current }
        private var gateway: TestGateway { self.lab.gateway }

        // MARK: What is looked for

        /// The secret numbers of the private host keys, and the texts that they may be written in.
        private func hostKeyNeedles(_ vault: Vault) throws -> [Needle] {
            var needles: [Needle] = []
            for name in ["host_ed25519", "host_ecdsa", "host_rsa"] {
                let secret = try vault.open(try self.sealed(name), for: .gatewayKey(name))
                needles += try Self.needles(name, try #require(PrivateKey.unsealed(secret)).key)
            }
            return needles
        }

        private static func needles(_ name: String, _ key: PrivateKey) throws -> [Needle] {
            switch key {
            case .ed25519(let key): return [Needle("\(name) seed", Array(key.rawRepresentation))]
            case .p256(let key):
                return Needle.number("\(name) scalar", Array(key.rawRepresentation))
                    + Self.text(name, key.pemRepresentation)
            case .rsa(let key):
                // RFC 8017, appendix A.1.2: version, modulus, exponent, secret exponent, primes.
                var outer = DERReader(key.derRepresentation)
                let content = outer.value(tag: .sequence)
                var inner = DERReader(try #require(content))
                var numbers: [[UInt8]] = []
                while let number = inner.value(tag: .integer) { numbers.append(Array(number.drop { $0 == 0 })) }
                try #require(numbers.count == 9)
                return Needle.number("\(name) exponent", numbers[3]) + Needle.number("\(name) p", numbers[4])
                    + Needle.number("\(name) q", numbers[5]) + Self.text(name, key.pemRepresentation)
            case .p384, .p521: throw HarnessError("the gateway has no such key")
            }
        }

        /// The second line of a PEM text: the first is much the same for all keys.
        private static func text(_ name: String, _ pem: String) -> [Needle] {
            [Needle("\(name) text", Array(pem.split(separator: "\n")[2].utf8))]
        }

        /// Secrets that no worker ever needs.
        private func otherNeedles(_ vault: Vault) throws -> [Needle] {
            var needles: [Needle] = []
            let words = try String(contentsOfFile: "\(self.gateway.state)/keys/vault.key", encoding: .utf8)
                .split(whereSeparator: \.isWhitespace)
            let text = try #require(words.last)
            needles.append(Needle("vault key", Array(try #require(Data(base64Encoded: String(text))))))
            needles.append(Needle("vault key text", Array(text.utf8)))
            for name in ["recording_signing", "recording_archive"] {
                let secret = try vault.open(try self.sealed(name), for: .gatewayKey(name))
                let raw: [UInt8]
                if case .ed25519(let key)? = PrivateKey.unsealed(secret)?.key {
                    raw = Array(key.rawRepresentation)
                } else {
                    raw = secret.withUnsafeBytes { Array($0) }
                }
                needles.append(Needle(name, raw))
            }
            let target = try String(contentsOfFile: self.lab.target.key.path, encoding: .utf8)
            var source = Array(target.utf8)
            let (key, _) = try PrivateKeyText.read(SecretBytes(wiping: &source))
            needles += try Self.needles("target's login key", key)
            needles.append(Needle("target's login key text", Array(target.split(separator: "\n")[3].utf8)))
            return needles
        }

        private func vault() throws -> Vault {
            Vault(try #require(try VaultKeyFile.read("\(self.gateway.state)/keys/vault.key").first))
        }

        /// One of the gateway's own keys, as its database has it.
        private func sealed(_ name: String) throws -> [UInt8] {
            let script = """
                import sqlite3, sys
                database = sqlite3.connect(sys.argv[1])
                row = database.execute("SELECT sealed FROM gateway_keys WHERE name = ?", sys.argv[2:]).fetchone()
                sys.stdout.buffer.write(row[0])
                """
            let database = self.gateway.state + "/sallyport.db"
            return Array(try run(["/usr/bin/python3", "-c", script, database, name], in: self.lab.scratch).output)
        }

        /// A public host key, which each worker that met a client has: proof that its memory was searched.
        private func control(_ name: String) throws -> Needle {
            let line = try SSHKey.line(at: "\(self.gateway.state)/keys/\(name).pub")
            let blob = try OpenSSHPublicKey(line: line).blob
            return Needle("public \(name)", Array(blob.suffix(32)))
        }

        /// Waits for a worker that wasn't there before.
        private func newWorkers(besides known: [pid_t], count: Int = 1) throws -> [pid_t] {
            var found: [pid_t] = []
            try waitUntil("\(count) workers are there") {
                found = self.gateway.workers.filter { !known.contains($0) }
                return found.count == count
            }
            return found
        }

        private func expectNothing(of needles: [Needle], in pid: pid_t, _ control: Needle) throws {
            let found = try ProcessMemory.found(needles + [control], in: pid)
            #expect(found == [control.name])
        }

        private static let algorithms = [
            ("ssh-ed25519", "host_ed25519"), ("ecdsa-sha2-nistp256", "host_ecdsa"), ("rsa-sha2-256", "host_rsa"),
            ("rsa-sha2-512", "host_rsa"),
        ]

        // MARK: Tests

        @Test(
            "after each key exchange, before a login and while relaying, no private key is in the worker",
            arguments: Self.algorithms)
        func keys(algorithm: String, name: String) throws {
            let vault = try self.vault()
            let needles = try self.hostKeyNeedles(vault) + self.otherNeedles(vault)
            let control = try self.control(name)
            try self.lab.client.trust(
                port: self.gateway.port, publicLine: try SSHKey.line(at: "\(self.gateway.state)/keys/\(name).pub"))
            let known = self.gateway.workers

            // A client that has exchanged keys and thinks about its password.
            let asked = self.lab.scratch.freshPath("asked")
            let askpass = self.lab.scratch.freshPath("askpass")
            try self.lab.scratch.write(
                "#!/bin/sh\n: >\(asked)\nexec sleep 600\n", to: URL(filePath: askpass).lastPathComponent, mode: 0o700)
            let route = self.lab.route().with("HostKeyAlgorithms=\(algorithm)")
            let waiting = try RunningProcess(
                self.lab.client.ssh(route.identifying(with: nil), "true"), in: self.lab.scratch,
                environment: ["SSH_ASKPASS": askpass, "SSH_ASKPASS_REQUIRE": "force"])
            try waitUntil("the client asks for a password; \(waiting.errorText)") {
                FileManager.default.fileExists(atPath: asked)
            }
            let early = try self.newWorkers(besides: known)
            try self.expectNothing(of: needles, in: early[0], control)
            waiting.terminate()
            try waitUntil("the worker is gone") { !self.gateway.workers.contains(early[0]) }

            let session = try RunningProcess(
                self.lab.client.ssh(route.with("RekeyLimit=1M"), "cat"), in: self.lab.scratch, input: .pipe)
            try session.write("relayed\n")
            try session.waitForOutput("relayed\n")
            let worker = try self.newWorkers(besides: known)
            try self.expectNothing(of: needles, in: worker[0], control)
            // Several exchanges later.
            try session.write(Data(repeating: UInt8(ascii: "x"), count: 4 << 20))
            try waitUntil("all is back", every: .milliseconds(50)) { session.output.count == 8 + 4 << 20 }
            try self.expectNothing(of: needles, in: worker[0], control)
            session.closeInput()
            #expect(try session.wait().ending == .exited(0))
        }

        @Test("neither worker of a jump holds a private key")
        func jump() throws {
            let vault = try self.vault()
            let needles = try self.hostKeyNeedles(vault) + self.otherNeedles(vault)
            let control = try self.control("host_ed25519")
            let known = self.gateway.workers
            let outer = self.lab.client.ssh(self.lab.route().logging(inAs: "alice"), flags: ["-W", "web1:22"])
            let inner = self.lab.route().logging(inAs: self.lab.target.login)
                .with("ProxyCommand=\(outer.joined(separator: " "))", "RekeyLimit=1M")
            let session = try RunningProcess(self.lab.client.ssh(inner, "cat"), in: self.lab.scratch, input: .pipe)
            try session.write(Data(repeating: UInt8(ascii: "x"), count: 4 << 20))
            try waitUntil("all is back; \(session.errorText)", every: .milliseconds(50)) {
                session.output.count == 4 << 20
            }
            for pid in try self.newWorkers(besides: known, count: 2) {
                try self.expectNothing(of: needles, in: pid, control)
            }
            session.closeInput()
            #expect(try session.wait().ending == .exited(0))
        }

        @Test("a password for a target is gone from the worker's memory once the target has taken it")
        func password() throws {
            let asking = try TargetServer(
                named: "asking", in: self.lab.scratch, key: self.lab.target.key,
                settings: ["UsePAM yes", "KbdInteractiveAuthentication yes", "PasswordAuthentication no"],
                pam: ["auth required pam_unix.so", "account required pam_permit.so", "session required pam_permit.so"])
            defer { asking.stop() }
            try self.lab.addTarget("asking", port: asking.port, hostKey: asking.hostKey)
            try self.gateway.administer(
                "credential", "set", "asking/\(asking.login)", "--password-stdin", input: asking.password + "\n")
            let control = try self.control("host_ed25519")
            for (name, target) in [("web2", self.lab.target), ("asking", asking)] {
                let known = self.gateway.workers
                let session = try RunningProcess(
                    self.lab.client.ssh(self.lab.route(to: name), "cat"), in: self.lab.scratch, input: .pipe)
                try session.write("relayed\n")
                try session.waitForOutput("relayed\n")
                let worker = try self.newWorkers(besides: known)
                let needle = Needle("password of \(name)", Array(target.password.utf8))
                try self.expectNothing(of: [needle], in: worker[0], control)
                session.closeInput()
                #expect(try session.wait().ending == .exited(0))
            }
        }
    }
}
