import Foundation
import SallyportTesting
import Testing

extension EndToEnd {
    /// Targets that trust an authority of the gateway's and know no key.
    @Suite("certificates", .serialized, .laboratory, .throughGateway)
    struct Certificates {
        private var lab: Laboratory { .current }
        private var gateway: TestGateway { self.lab.gateway }
        private var login: String { self.lab.target.login }

        /// A target that trusts the keys in the file `trust`, with the account's credential set by `options`.
        private struct Place {
            let name: String
            let server: TargetServer
            let trust: String
        }

        private func place(
            settings: [String] = [], wrapper: [String] = [], options: [String] = [], trusting: Bool = true
        ) throws -> Place {
            let path = self.lab.scratch.freshPath("cert")
            let name = URL(filePath: path).lastPathComponent.replacingOccurrences(of: ".", with: "-")
            let trust = path + ".trust"
            try Data().write(to: URL(filePath: trust))
            let server = try TargetServer(
                named: name, in: self.lab.scratch,
                settings: settings + ["AuthorizedKeysFile none", "TrustedUserCAKeys \(trust)", "ExposeAuthInfo yes"],
                wrapper: wrapper)
            try self.lab.addTarget(name, port: server.port, hostKey: server.hostKey)
            let said = try self.gateway.command(["credential", "set", "\(name)/\(self.login)", "--ca"] + options)
            guard said.code == 0 else { throw HarnessError("credential set --ca: \(said.errorText)") }
            if trusting {
                let line = try #require(said.text.split(separator: "\n").last)
                try Data("\(line)\n".utf8).write(to: URL(filePath: trust))
            }
            return Place(name: name, server: server, trust: trust)
        }

        /// What ssh-keygen says of the certificate that a session logs in with, line by line without blanks.
        private func certificate(at place: Place) throws -> [String] {
            let shown = try self.lab.client.runSSH(self.lab.route(to: place.name), "cat \"$SSH_USER_AUTH\"")
            let words = shown.text.split(whereSeparator: \.isWhitespace)
            try #require(
                words.count == 3 && words[0] == "publickey", "\(shown.errorText) \(place.server.log.suffix(2000))")
            let path = self.lab.scratch.freshPath("seen")
            try Data("\(words[1]) \(words[2])\n".utf8).write(to: URL(filePath: path))
            return try output(of: ["env", "TZ=UTC", "ssh-keygen", "-L", "-f", path], in: self.lab.scratch)
                .split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }
        }

        private static func value(_ name: String, in lines: [String]) throws -> String {
            let line = try #require(lines.first { $0.hasPrefix(name + ": ") }, "\(lines)")
            return String(line.dropFirst(name.count + 2))
        }

        /// The lines below a heading.
        private static func values(_ name: String, in lines: [String]) -> [String] {
            let rest = lines.drop { !$0.hasPrefix(name + ":") }
            if rest.first == name + ": (none)" { return [] }
            return Array(rest.dropFirst().prefix { !$0.contains(":") || $0.hasPrefix("source-address") })
        }

        @Test("each session has a key and a certificate of its own, which says what it should")
        func content() throws {
            let place = try self.place(options: ["--ca-name", "content"])
            defer { place.server.stop() }
            let known = Set(try self.gateway.recordings().map(\.id))
            let before = try self.gateway.lastAuditSequence()
            let lines = try self.certificate(at: place)
            let session = try self.gateway.sealedRecordings(since: known, count: 1)[0].id
            let event = try #require(
                try self.gateway.audited(AuditCodes.certificateIssued, after: before).first {
                    $0.fields["session"] == session
                })

            #expect(try Self.value("Type", in: lines) == "ssh-ed25519-cert-v01@openssh.com user certificate")
            #expect(try Self.value("Key ID", in: lines) == "\"sallyport \(session) alice\"")
            #expect(event.fields["key_id"] == "sallyport \(session) alice")
            #expect(try Self.value("Serial", in: lines) == event.fields["serial"])
            #expect(Self.values("Principals", in: lines) == [self.login])
            #expect(event.fields["principals"] == self.login)
            #expect(Self.values("Critical Options", in: lines) == [])
            // The grant has neither forwards nor agent nor display.
            #expect(Self.values("Extensions", in: lines) == ["permit-pty"])
            let fingerprint = try #require(event.fields["key"])
            #expect(try Self.value("Public key", in: lines) == "ED25519-CERT \(fingerprint)")
            let authority = try self.gateway.administer("ca", "show", "content")
            let trusted = try SSHKey.fingerprint(ofLine: authority, in: self.lab.scratch)
            #expect(try Self.value("Signing CA", in: lines) == "ED25519 \(trusted) (using ssh-ed25519)")
            // Five minutes, and one before for clocks that are slow.
            let valid = try Self.value("Valid", in: lines).split(separator: " ").map { "\($0)Z" }
            try #require(valid.count == 4)
            let format = ISO8601DateFormatter()
            let from = try #require(format.date(from: valid[1]))
            let to = try #require(format.date(from: valid[3]))
            #expect(to.timeIntervalSince(from) == 360)
            #expect(event.fields["valid_until"].map { $0.prefix(19) + "Z" } == valid[3])
            #expect(from < Date() && Date() < to)
            #expect(
                place.server.log.contains("ID sallyport \(session) alice (serial \(event.fields["serial"] ?? "?"))"))

            let second = try self.certificate(at: place)
            #expect(try Self.value("Serial", in: second) != Self.value("Serial", in: lines))
            #expect(try Self.value("Public key", in: second) != Self.value("Public key", in: lines))
        }

        @Test("a terminal, files and forwards work as far as the grant has them")
        func extensions() throws {
            let place = try self.place(options: ["--ca-name", "extensions"])
            defer { place.server.stop() }
            try self.gateway.administer(
                "grant", "add", "more-\(place.name)", "--user", "alice", "--target", place.name, "--account",
                self.login,
                "--allow", "local-forward,agent,x11")
            let lines = try self.certificate(at: place)
            #expect(
                Self.values("Extensions", in: lines) == [
                    "permit-X11-forwarding", "permit-agent-forwarding", "permit-port-forwarding", "permit-pty",
                ])
            let files = try run(
                self.lab.client.sftp(self.lab.route(to: place.name)), in: self.lab.scratch, typing: "pwd\n")
            #expect(files.code == 0, "\(files.errorText)")
            let terminal = try TerminalProcess(
                self.lab.client.ssh(self.lab.route(to: place.name), flags: ["-tt"], "stty size"),
                in: self.lab.scratch, columns: 91, rows: 33)
            #expect(try terminal.wait() == .exited(0))
            #expect(terminal.screenText.contains("33 91"))
        }

        @Test("the gateway's own address, and other principals, where they are asked for")
        func options() throws {
            let principals = try self.lab.scratch.write("nobody-else\ndeployers\n", to: "principals")
            let place = try self.place(
                settings: ["AuthorizedPrincipalsFile \(principals)"],
                options: [
                    "--ca-name", "options", "--principal", "deployers", "--source-address", "outgoing",
                    "--valid-minutes", "2",
                ])
            defer { place.server.stop() }
            let lines = try self.certificate(at: place)
            #expect(Self.values("Principals", in: lines) == ["deployers"])
            #expect(Self.values("Critical Options", in: lines) == ["source-address 127.0.0.1"])
        }

        /// A wrapper that shifts a program's clock. Without the shared memory of faketime(1), whose name two process
        /// namespaces would have in common.
        private static func clock(_ shift: String) -> [String] {
            [
                "env", "LD_PRELOAD=/usr/$LIB/faketime/libfaketime.so.1", "FAKETIME=\(shift)", "FAKETIME_DISABLE_SHM=1",
            ]
        }

        /// What is wrong, how the target is set up, and how sshd's log says it.
        private static let refusals: [(String, [String], [String], String)] = [
            ("expired", Self.clock("+10m"), [], "Certificate invalid: expired"),
            ("not yet valid", Self.clock("-3m"), [], "Certificate invalid: not yet valid"),
            (
                "another principal", [], ["--principal", "somebody"],
                "Certificate invalid: name is not a listed principal"
            ),
            ("another address", [], ["--source-address", "192.0.2.0/24"], "not from a permitted source address"),
            ("another authority", [], ["--ca-name", "untrusted"], "Failed publickey"),
        ]

        @Test("what the target refuses ends in one clear line", arguments: 0..<5)
        func refused(index: Int) throws {
            let (what, wrapper, options, log) = Self.refusals[index]
            let place = try self.place(
                settings: ["LogLevel DEBUG1"], wrapper: wrapper, options: options, trusting: what != "another authority"
            )
            defer { place.server.stop() }
            let before = try self.gateway.lastAuditSequence()
            let outcome = try self.lab.client.runSSH(self.lab.route(to: place.name), "echo in")
            #expect(outcome.ending == .exited(255))
            #expect(outcome.text.isEmpty)
            #expect(outcome.errorLines == ["sallyport: \(place.name) refused the certificate for \(self.login)"])
            #expect(place.server.log.contains(log), "\(what): \(place.server.log.suffix(3000))")
            try self.gateway.audited(AuditCodes.targetCredentialRefused, after: before)
        }

        @Test("a target whose clock is half a minute slow takes the certificate")
        func slowClock() throws {
            let place = try self.place(wrapper: Self.clock("-30s"))
            defer { place.server.stop() }
            let outcome = try self.lab.client.runSSH(self.lab.route(to: place.name), "echo in")
            #expect(outcome.text == "in\n", "\(outcome.errorText) \(place.server.log.suffix(2000))")
        }

        @Test("an authority is imported with its passphrase, shared, listed, and kept while it is used")
        func authorities() throws {
            let key = self.lab.scratch.freshPath("authority")
            try output(
                of: ["ssh-keygen", "-q", "-t", "ecdsa", "-N", "planted-phrase", "-C", "old authority", "-f", key],
                in: self.lab.scratch)
            let place = try self.place(options: ["--ca-name", "kept"])
            defer { place.server.stop() }
            let account = "\(place.name)/\(self.login)"
            let clash = try self.gateway.command(
                ["credential", "set", account, "--ca", "--ca-name", "kept", "--ca-key", key, "--passphrase-stdin"],
                input: "planted-phrase\n")
            #expect(clash.code == 1)
            #expect(clash.errorText.contains("certificate authority kept has another key"))
            #expect(clash.errorText.contains("--ca-name"))

            let imported = try self.gateway.administer(
                "credential", "set", account, "--ca", "--ca-name", "old", "--ca-key", key, "--passphrase-stdin",
                input: "planted-phrase\n")
            let line = try String(contentsOfFile: key + ".pub", encoding: .utf8)
            #expect(imported.hasSuffix(line))
            try Data(line.utf8).write(to: URL(filePath: place.trust))
            let lines = try self.certificate(at: place)
            #expect(try Self.value("Signing CA", in: lines).hasSuffix("(using ecdsa-sha2-nistp256)"))

            let second = try self.place(options: ["--ca-name", "old"])
            defer { second.server.stop() }
            #expect(try self.lab.client.runSSH(self.lab.route(to: second.name), "echo in").text == "in\n")

            let kept = try self.gateway.command(["ca", "remove", "old"])
            #expect(kept.code == 1)
            #expect(kept.errorText.contains("certificate authority old signs for"))
            try self.gateway.administer("ca", "remove", "kept")
            #expect(try !self.gateway.administer("ca", "list").contains("kept"))
            #expect(try self.gateway.administer("ca", "show", "old") == line)
        }

        @Test("the command line tells what an account logs in with, and since when")
        func told() throws {
            let place = try self.place(options: ["--ca-name", "told"])
            defer { place.server.stop() }
            let account = "\(place.name)/\(self.login)"
            let shown = try self.gateway.administer("credential", "show", account)
            #expect(shown.contains("kind:") && shown.contains("certificate") && shown.contains("principals:"))
            #expect(try self.gateway.administer("credential", "list").contains("certificate of told"))
            try self.gateway.administer("credential", "set", account, "--password-stdin", input: "planted-word\n")
            try self.gateway.administer("credential", "remove", account)
            let history = try self.gateway.administer("credential", "history", account).split(separator: "\n")
                .map { $0.split(separator: " ", omittingEmptySubsequences: true) }
            #expect(history.count == 5)
            #expect(
                history.dropFirst().map { "\($0[2]) \($0[3])" } == [
                    "set private", "set certificate", "set password", "removed password",
                ])
            #expect(!history.joined().joined().contains("planted"))
        }
    }
}
