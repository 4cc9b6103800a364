import Foundation
import Testing

@testable import GatewayConfiguration

@Suite("Configuration file")
struct GatewayConfigurationTests {
    private func parse(_ text: String) throws -> GatewayConfiguration {
        try GatewayConfiguration.parse(text, file: "s.toml", folder: "/srv/gate")
    }

    private func complaint(_ text: String) -> String? {
        do {
            _ = try self.parse(text)
            return nil
        } catch {
            return "\(error)"
        }
    }

    @Test("an empty file gives every default")
    func defaults() throws {
        let configuration = try self.parse("")
        #expect(configuration == GatewayConfiguration(folder: "/srv/gate"))
        #expect(configuration.databasePath == "/srv/gate/sallyport.db")
        #expect(configuration.recordingsDirectory == "/srv/gate/recordings")
        #expect(configuration.controlSocketPath == "/srv/gate/control.sock")
        #expect(configuration.keysDirectory == "/srv/gate/keys")
    }

    @Test("every key is read, and relative paths start at the file's folder")
    func everyKey() throws {
        let configuration = try self.parse(
            """
            listen = "[::1]:2022"
            state = "state"
            recordings = "/var/rec"
            worker = "bin/worker"
            worker_user = "sallyport"
            banner = \"\"\"
            Authorised = use only
            [not.a.table]
            \"\"\"
            host_keys = ["rsa", "ed25519"]
            login_grace_seconds = 30
            max_auth_tries = 3
            target_connect_seconds = 5
            search_index = false
            log_level = "debug"
            [limits]
            total = 10
            per_source = 4
            unauthenticated = 2
            """)
        #expect(configuration.listen == NetworkAddress(host: "::1", port: 2022))
        #expect(configuration.stateDirectory == "/srv/gate/state")
        #expect(configuration.recordingsDirectory == "/var/rec")
        #expect(configuration.worker == "/srv/gate/bin/worker")
        #expect(configuration.workerUser == "sallyport")
        #expect(configuration.banner == "Authorised = use only\n[not.a.table]\n")
        #expect(configuration.hostKeys == [.rsa, .ed25519])
        #expect(!configuration.searchIndex)
        #expect(configuration.loginGraceSeconds == 30)
        #expect(configuration.maximumAuthenticationAttempts == 3)
        #expect(configuration.targetConnectSeconds == 5)
        #expect(configuration.logLevel == .debug)
        #expect(configuration.limits.total == 10)
        #expect(configuration.limits.perSource == 4)
        #expect(configuration.limits.unauthenticated == 2)
    }

    @Test("recordings lie in the state directory unless the file says otherwise")
    func recordingsFollowState() throws {
        #expect(try self.parse("state = \"/var/lib/x\"").recordingsDirectory == "/var/lib/x/recordings")
        #expect(try self.parse("state = \".\"").stateDirectory == "/srv/gate")
    }

    @Test(
        "a mistake is named with file, line and what to do",
        arguments: [
            ("# x\n\nlisen = \"1.2.3.4:22\"\n", "s.toml:3: unknown key \"lisen\": did you mean \"listen\"?"),
            ("# x\r\n\r\nlisen = 1\r\n", "s.toml:3: unknown key \"lisen\""),
            ("[limits]\ntotl = 3\n", "s.toml:2: unknown key \"limits.totl\": did you mean \"limits.total\"?"),
            (
                "\nlogin_grace_seconds = \"60\"\n",
                "s.toml:2: bad value for \"login_grace_seconds\": needs a whole number"
            ),
            ("login_grace_seconds = 0", "s.toml:1: bad value for \"login_grace_seconds\": needs a whole number from 1"),
            ("listen = 22", "s.toml:1: bad value for \"listen\": needs an address such as"),
            ("listen = \"nonsense\"", "s.toml:1: bad value for \"listen\": needs an address such as"),
            ("listen = \"host:99999\"", "s.toml:1: bad value for \"listen\": needs an address such as"),
            ("limits = 3", "s.toml:1: unknown key \"limits\""),
            ("log_level = \"loud\"", "s.toml:1: bad value for \"log_level\": needs one of \"trace\""),
            (
                "banner = \"\"\"\na = 1\n\"\"\"\nfoo_bar_baz = 1",
                "s.toml:4: unknown key \"foo_bar_baz\": remove it, or use"
            ),
            ("listen = \"127.0.0.1:1\"\nlimits.oops_a_typo = 1", "s.toml:2: unknown key \"limits.oops_a_typo\""),
            ("a = 1\nlisten = \n", "s.toml:2:"),
            ("[recording]\nrecipients = \"a\"", "s.toml:2: bad value for \"recording.recipients\": needs a list"),
            ("[recording]\nrecipients = [1]", "s.toml:2: bad value for \"recording.recipients\": needs a list"),
            (
                "[recording]\ninput_recipients = 1",
                "s.toml:2: bad value for \"recording.input_recipients\": needs a list"
            ),
            (
                "recording.keep = \"5m\"",
                "s.toml:1: bad value for \"recording.keep\": needs a number of days such as \"400d\", or \"\""
            ),
            ("recording.archive_key = 0", "s.toml:1: bad value for \"recording.archive_key\": needs true or false"),
            ("listen = \"1.2.3.4:5\"\nlisten = \"1.2.3.4:5\"", "s.toml:2:"),
        ])
    func mistakes(text: String, expected: String) throws {
        let message = try #require(self.complaint(text))
        #expect(message.hasPrefix(expected), "\(message)")
        #expect(!message.contains("\n"))
    }

    @Test(
        "trusted proxies are addresses and networks, a list of revoked keys lies beside the file, and neither is usual")
    func proxiesAndRevokedKeys() throws {
        let parsed = try self.parse(
            "proxy.trusted = [\"10.0.0.5\", \"2001:db8::/32\"]\nidentity.revoked_keys = \"revoked\"")
        #expect(parsed.trustedProxies.map(\.text) == ["10.0.0.5", "2001:db8::/32"])
        #expect(parsed.revokedKeys == "/srv/gate/revoked")
        #expect(try self.parse("").trustedProxies.isEmpty)
        #expect(try self.parse("").revokedKeys == nil)
        for wrong in ["\"10.0.0.5\"", "[1]", "[\"gateway\"]", "[\"10.0.0.5/8\"]", "[\"\"]"] {
            #expect(
                self.complaint("proxy.trusted = \(wrong)")?.hasPrefix(
                    "s.toml:1: bad value for \"proxy.trusted\": needs a list of addresses") == true, "\(wrong)")
        }
    }

    @Test("recipients of recordings are taken as they are, or as files beside the configuration")
    func recipients() throws {
        let parsed = try self.parse(
            "recording.recipients = [\"spr-recipient-1abc\", \"a.pub\", \"/b.pub\"]\nrecording.archive_key = false\nrecording.keep = \"400d\""
        )
        #expect(parsed.recordingRecipients == ["spr-recipient-1abc", "/srv/gate/a.pub", "/b.pub"])
        #expect(parsed.inputRecipients.isEmpty)
        let split = try self.parse("recording.input_recipients = [\"spr-recipient-1abc\", \"b.pub\"]")
        #expect(split.inputRecipients == ["spr-recipient-1abc", "/srv/gate/b.pub"])
        #expect(split.recordingRecipients.isEmpty)
        #expect(!parsed.recordsForArchiveKey)
        #expect(parsed.keepSeconds == 400 * 86_400)
    }

    @Test("groups of directories are tables, inline or not, of one name or several")
    func directoryGroups() throws {
        let parsed = try self.parse(
            """
            [ldap]
            servers = ["ldaps://a", "ldap://b"]
            groups = { dba = "cn=dba,dc=x", ops = ["cn=a", "cn=b"] }
            [oidc.groups]
            dba = "db admins"
            """)
        #expect(parsed.ldap.servers == ["ldaps://a", "ldap://b"])
        #expect(parsed.ldap.groups == ["dba": ["cn=dba,dc=x"], "ops": ["cn=a", "cn=b"]])
        #expect(parsed.oidc.groups == ["dba": ["db admins"]])
        for bad in ["ldap.groups = \"dba\"", "ldap.groups = { dba = 1 }", "ldap.groups = { dba = [] }"] {
            #expect(
                self.complaint(bad)?.hasPrefix("s.toml:1: bad value for \"ldap.groups\": needs a table") == true,
                "\(bad)")
        }
    }

    @Test("the first mistake in the file is the one that is named")
    func firstMistake() {
        #expect(self.complaint("zzz = 1\naaa = 1")?.hasPrefix("s.toml:1:") == true)
    }

    @Test("a new file parses, sets listen, and shows every other default as a comment that parses too")
    func template() throws {
        let address = NetworkAddress(host: "127.0.0.1", port: 2200)
        let text = GatewayConfiguration.template(listen: address)
        var expected = GatewayConfiguration(folder: "/srv/gate")
        expected.listen = address
        #expect(try self.parse(text) == expected)

        let uncommented = text.split(separator: "\n").map { line -> Substring in
            // `# key = value`, and no sentence with an equals sign in it.
            let words = line.split(separator: " ")
            return words.count > 2 && words[0] == "#" && words[2] == "=" ? line.dropFirst(2) : line
        }.joined(separator: "\n")
        expected.worker = "/usr/libexec/sallyport-session"
        expected.revokedKeys = "/srv/gate/revoked_keys.krl"
        expected.bao.caFile = "/etc/ssl/bao-ca.pem"
        expected.bao.tokenFile = "/srv/gate/bao-token"
        expected.bao.secretIDFile = "/srv/gate/bao-secret-id"
        expected.ldap.caFile = "/etc/ssl/certs/ca-certificates.crt"
        expected.ldap.bindPasswordFile = "/srv/gate/ldap-password"
        expected.oidc.caFile = "/etc/ssl/oidc-ca.pem"
        expected.oidc.clientSecretFile = "/srv/gate/oidc-secret"
        expected.api.certificate = "/srv/gate/keys/api_certificate.pem"
        expected.api.key = "/srv/gate/keys/api_key.pem"
        expected.api.console = GatewayConfiguration.packagedConsole
        expected.requests.notifyCommand = ["/usr/local/bin/notify"]
        expected.requests.ticketURL = "https://desk.example.org/tickets/{ticket}"
        expected.requests.ticketTokenFile = "/srv/gate/ticket-token"
        expected.requests.ticketCAFile = "/etc/ssl/desk-ca.pem"
        #expect(try self.parse(uncommented) == expected)
    }

    @Test("a file is read from disk, a missing or binary one is refused with its name")
    func files() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "sallyport-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appending(path: "sallyport.toml")
        try "max_auth_tries = 2\n".write(to: file, atomically: true, encoding: .utf8)
        let configuration = try GatewayConfiguration.load(path: file.path)
        #expect(configuration.maximumAuthenticationAttempts == 2)
        #expect(configuration.databasePath.hasSuffix("/sallyport.db"))
        #expect(configuration.databasePath.hasPrefix("/"))

        let missing = folder.appending(path: "none.toml").path
        #expect(throws: ConfigurationError(message: "\(missing): No such file or directory")) {
            try GatewayConfiguration.load(path: missing)
        }
        try Data([0x61, 0xFF]).write(to: file)
        #expect(throws: ConfigurationError(message: "\(file.path): not a text file in UTF-8")) {
            try GatewayConfiguration.load(path: file.path)
        }
        try Data(repeating: 0x23, count: GatewayConfiguration.maximumFileBytes + 1).write(to: file)
        #expect(throws: ConfigurationError.self) { try GatewayConfiguration.load(path: file.path) }
    }

    @Test(
        "addresses are read and written back",
        arguments: ["127.0.0.1:22", "[::1]:2222", "web-1.example.org:65535", "[fe80::1%eth0]:22"])
    func addresses(text: String) {
        #expect(NetworkAddress(text)?.description == text)
    }

    @Test(
        "what is no address is refused",
        arguments: [
            "", ":22", "host", "host:", "host:x", "host:-1", "host:65536", "::1:22", "[::1]", "[::1]22", "[host]:22",
            "a b:22", "-x:22", "h:+1", "h:1:2", "[:22",
        ])
    func noAddress(text: String) {
        #expect(NetworkAddress(text) == nil)
    }

    @Test("a default port stands in for a missing one")
    func defaultPort() {
        #expect(NetworkAddress("host", defaultPort: 22)?.description == "host:22")
        #expect(NetworkAddress("[::1]", defaultPort: 22)?.description == "[::1]:22")
        #expect(NetworkAddress("host:", defaultPort: 22) == nil)
    }
}
