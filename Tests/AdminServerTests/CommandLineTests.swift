import AdminAPI
import Foundation
import Testing

/// The built `sallyport` against the real server.
@Suite(.timeLimit(.minutes(2))) struct CommandLineTests {
    @Test("a user is added with the keys of a file, and --json prints what the gateway answered")
    func addUser() async throws {
        let service = FakeService()
        try await CommandLineFixture.run(service) { fixture in
            let key = try fixture.file("key.pub", Array("# mine\nssh-ed25519 AAAA alice@laptop\n".utf8))
            let run = try await fixture.sallyport("user", "add", "alice", "--key", key)
            #expect(run.status == 0 && run.errors == "" && run.output == "added user alice\n")
            let list = try await fixture.sallyport("user", "list", "--json")
            #expect(try AdminJSON.decode([UserInfo].self, from: Array(list.output.utf8)).map(\.keys.count) == [1])
        }
    }

    @Test("the JSON of the listings has the names of the contract")
    func listings() async throws {
        try await CommandLineFixture.run(FakeService()) { fixture in
            func objects(_ arguments: String...) async throws -> [String: Any] {
                let run =
                    switch arguments.count {
                    case 2: try await fixture.sallyport(arguments[0], arguments[1], "--json")
                    default:
                        try await fixture.sallyport(
                            arguments[0], arguments[1], arguments[2], "--reason", "why", "--json")
                    }
                let json = try JSONSerialization.jsonObject(with: Data(run.output.utf8))
                return try #require((json as? [[String: Any]])?.first ?? json as? [String: Any])
            }
            let session = try await objects("session", "list")
            #expect(Set(session.keys).isSuperset(of: ["id", "user", "account", "target", "from", "started", "pid"]))
            let recording = try await objects("recording", "list")
            #expect(
                Set(recording.keys).isSuperset(
                    of: ["id", "path", "user", "account", "target", "started", "ended", "how"]))
            #expect(Set(try await objects("audit", "list").keys).isSuperset(of: ["time", "code", "actor"]))
            #expect(Set(try await objects("session", "kill", "s1").keys).isSuperset(of: ["id", "closed_ms"]))
        }
    }

    @Test("listings for people are aligned, and no byte of a name reaches the terminal raw")
    func tables() async throws {
        try await CommandLineFixture.run(FakeService()) { fixture in
            let sessions = try await fixture.sallyport("session", "list").output.split(separator: "\n")
            #expect(sessions.count == 2)
            #expect(sessions[0].hasPrefix("ID  USER   ACCOUNT  TARGET  FROM"))
            #expect(sessions[1].hasPrefix("s1  alice  root     web1    127.0.0.1:5000  2023-11-14 22:13:20Z"))
            let audit = try await fixture.sallyport("audit", "list").output
            #expect(audit.contains("bad\\u{1b}[2Jname") && !audit.contains("\u{1b}"))
        }
    }

    @Test("a password from standard input arrives without its newline")
    func passwordFromStandardInput() async throws {
        let service = FakeService()
        try await CommandLineFixture.run(service) { fixture in
            let run = try await fixture.sallyport(
                "credential", "set", "web1/root", "--password-stdin", input: "hunter2 \n")
            #expect(run.status == 0 && !run.output.contains("hunter2"))
            #expect(service.seen.secrets == [SecretField(Array("hunter2 ".utf8))])
            #expect(service.seen.calls == ["setCredential web1/root password"])
            let empty = try await fixture.sallyport("credential", "set", "web1/root", "--password-stdin")
            #expect(empty.status == 2 && empty.errors.hasPrefix("sallyport: error: the password is empty\n"))
        }
    }

    @Test("a passphrase comes from standard input or a terminal, and its lack is one line")
    func passphrase() async throws {
        let service = FakeService()
        try await CommandLineFixture.run(service) { fixture in
            let key = try fixture.file("key", FakeService.protectedKey.bytes)
            let words = ["credential", "set", "web1/root", "--key", key]
            let piped = try await fixture.sallyport(words + ["--passphrase-stdin"], input: "open sesame\n")
            #expect(piped.status == 0 && !piped.output.contains("sesame"), "\(piped.errors)")
            #expect(service.seen.secrets == [SecretField(Array("open sesame".utf8)), FakeService.protectedKey])
            let wrongUse = try await fixture.sallyport(
                "credential", "set", "web1/root", "--passphrase-stdin", "--password-stdin", input: "x\n")
            #expect(wrongUse.status == 2 && wrongUse.errors.contains("--passphrase-stdin belongs to --key"))
        }
    }

    @Test("the vault's state is printed, and damage is an error of its own; a new key's path is made absolute")
    func vault() async throws {
        let service = FakeService()
        try await CommandLineFixture.run(service) { fixture in
            let status = try await fixture.sallyport("vault", "status")
            #expect(status.status == 4)
            #expect(status.output.contains("from the file /srv/keys/vault.key, 0011223344556677"))
            #expect(status.output.contains("the credential of web1/root: a stored secret is damaged"))
            #expect(status.errors.hasPrefix("sallyport: error: 1 of 7 stored secrets can't be opened\nhint: "))
            let same = try await fixture.sallyport("vault", "rekey")
            #expect(same.output == "7 secrets are under the new key 8899aabbccddeeff, from the file ?\n")
            _ = try await fixture.sallyport("vault", "rekey", "--key-file", "next.key")
            let words = try await fixture.sallyport(
                "vault", "rekey", "--passphrase-stdin", input: "correct horse battery\n")
            #expect(words.status == 0 && !words.output.contains("horse"))
            #expect(service.seen.secrets == [SecretField(Array("correct horse battery".utf8))])
            _ = try await fixture.sallyport("vault", "rekey", "--systemd-credential", "k")
            let calls = service.seen.calls.filter { $0.hasPrefix("rekey") }
            #expect(calls.count == 4 && calls[0] == "rekeyVault key-file -")
            #expect(calls[1].hasPrefix("rekeyVault key-file /") && calls[1].hasSuffix("/next.key"))
            #expect(calls[2...] == ["rekeyVault passphrase -", "rekeyVault systemd-credential k"])
            let both = try await fixture.sallyport("vault", "rekey", "--passphrase", "--key-file", "x")
            #expect(both.status == 2)
            let noTerminal = try await fixture.sallyport("vault", "rekey", "--passphrase")
            #expect(noTerminal.status == 2 && noTerminal.errors.contains("--passphrase-stdin"))
        }
    }

    @Test("a backup is written in one step, for its owner alone, and never over another")
    func backup() async throws {
        let content = [UInt8](repeating: 7, count: 300_000)
        let service = FakeService { _, _ in
            AsyncThrowingStream { continuation in
                continuation.yield(content)
                continuation.finish()
            }
        }
        try await CommandLineFixture.run(service) { fixture in
            let path = try fixture.file("b.tar", [])
            let there = try await fixture.sallyport("backup", path)
            #expect(there.status == 1 && there.errors.hasPrefix("sallyport: error: \(path) exists\n"))
            try FileManager.default.removeItem(atPath: path)
            let run = try await fixture.sallyport("backup", path)
            #expect(run.status == 0 && run.output == "wrote \(path)\n", "\(run.errors)")
            #expect(try Data(contentsOf: URL(filePath: path)) == Data(content))
            let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
            #expect(mode == 0o600)
        }
    }

    @Test("a backup that breaks off leaves no file")
    func brokenBackup() async throws {
        let service = FakeService { _, _ in
            AsyncThrowingStream { continuation in
                continuation.yield([1, 2, 3])
                continuation.finish(throwing: FakeService.InnerError())
            }
        }
        try await CommandLineFixture.run(service) { fixture in
            let path = try fixture.file("b.tar", [])
            try FileManager.default.removeItem(atPath: path)
            let run = try await fixture.sallyport("backup", path)
            #expect(run.status == 1 && run.errors.hasPrefix("sallyport: error: "), "\(run.errors)")
            for left in [path, path + ".partial"] { #expect(!FileManager.default.fileExists(atPath: left)) }
        }
    }

    @Test("a private key given for a public one is refused before it is sent")
    func privateKeyAsPublic() async throws {
        let service = FakeService()
        try await CommandLineFixture.run(service) { fixture in
            let key = try fixture.file("key", Array("-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n".utf8))
            let run = try await fixture.sallyport("user", "add", "alice", "--key", key)
            #expect(run.status == 2 && run.errors.contains("is a private key") && service.seen.calls.isEmpty)
        }
    }

    @Test("host keys of known_hosts lines are sent without the host")
    func hostKeyFile() async throws {
        let service = FakeService()
        try await CommandLineFixture.run(service) { fixture in
            let key = try fixture.file("key.pub", Array("web1,10.0.0.1 ssh-ed25519 AAAA\n".utf8))
            _ = try await fixture.sallyport("target", "add", "web1", "--address", "h:22", "--host-key", key)
            #expect(service.seen.calls == [#"addTarget web1 h:22 lines(["ssh-ed25519 AAAA"])"#])
        }
    }

    @Test(
        "usage errors are one clear line and exit 2",
        arguments: [
            ["user", "add"], ["nonsense"], ["user"], ["session", "kill"], ["audit", "list", "--limit", "0"],
            ["target", "add", "web1", "--address", "h"], ["credential", "set", "web1", "--password-stdin"],
            ["user", "add", "alice", "--password", "hunter2"],
        ])
    func usage(_ arguments: [String]) async throws {
        try await CommandLineFixture.run(nil) { fixture in
            let run =
                switch arguments.count {
                case 1: try await fixture.sallyport(arguments[0])
                case 2: try await fixture.sallyport(arguments[0], arguments[1])
                case 4: try await fixture.sallyport(arguments[0], arguments[1], arguments[2], arguments[3])
                default:
                    try await fixture.sallyport(
                        arguments[0], arguments[1], arguments[2], arguments[3], arguments[4])
                }
            let lines = run.errors.split(separator: "\n")
            #expect(run.status == 2 && run.output == "")
            #expect(lines.count == 2 && lines[0].hasPrefix("sallyport: error: ") && lines[1].hasPrefix("hint: "))
            #expect(!lines[0].hasSuffix("."))
        }
    }

    @Test("errors of the gateway keep their exit code and their hint")
    func gatewayErrors() async throws {
        try await CommandLineFixture.run(FakeService()) { fixture in
            _ = try await fixture.sallyport("user", "add", "alice")
            let twice = try await fixture.sallyport("user", "add", "alice")
            #expect(twice.status == 1)
            #expect(twice.errors == "sallyport: error: user alice exists\nhint: see sallyport user list\n")
            #expect(try await fixture.sallyport("session", "show", "gone").status == 1)
            #expect(try await fixture.sallyport("session", "kill", "zombie").status == 1)
        }
    }

    @Test("someone who may not administer gets exit code 3")
    func denied() async throws {
        try await CommandLineFixture.run(FakeService(), allowedUsers: []) { fixture in
            let run = try await fixture.sallyport("session", "list", "--json")
            #expect(run.status == 3 && run.output == "" && run.errors.hasPrefix("sallyport: error: user "))
        }
    }

    @Test("no gateway is one clear line with a hint")
    func noGateway() async throws {
        try await CommandLineFixture.run(nil) { fixture in
            let run = try await fixture.sallyport("session", "list")
            #expect(run.status == 1)
            #expect(run.errors.hasPrefix("sallyport: error: no gateway answers on \(fixture.directory)/control.sock\n"))
        }
    }

    @Test("help and version go to standard output")
    func help() async throws {
        try await CommandLineFixture.run(nil) { fixture in
            let help = try await fixture.sallyport("recording", "--help")
            #expect(help.status == 0 && help.errors == "" && help.output.contains("verify"))
            #expect(try await fixture.sallyport("--version").output == "sallyport \(ProductVersion.current)\n")
        }
    }
}
