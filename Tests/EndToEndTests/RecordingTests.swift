import Foundation
import SallyportTesting
import Testing

extension EndToEnd {
    /// What is left of a session: it verifies, and it holds what was typed and shown.
    @Suite("recordings", .serialized, .laboratory, .throughGateway)
    struct Recordings {
        private var lab: Laboratory { .current }
        private var gateway: TestGateway { self.lab.gateway }

        /// The recordings of what `body` does, sealed.
        private func recorded(_ count: Int = 1, _ body: () throws -> Void) throws -> [CatalogueEntry] {
            let known = Set(try self.gateway.recordings().map(\.id))
            try body()
            return try self.gateway.sealedRecordings(since: known, count: count)
        }

        @Test("a shell session verifies, and its transcript holds what was typed and shown")
        func shell() throws {
            let entries = try self.recorded {
                let terminal = try self.lab.shell()
                try terminal.type("echo ty''ped and sh''own\n")
                try terminal.waitFor("typed and shown\r\n")
                try terminal.type("exit\n")
                _ = try terminal.wait()
            }
            #expect(entries.count == 1)
            let entry = try #require(entries.first)
            #expect(entry.user == "alice")
            #expect(entry.account == self.lab.target.login)
            #expect(entry.target == "web1")
            #expect(entry.how == "closed")
            try self.gateway.administer("recording", "verify", entry.id)
            try self.gateway.administer("recording", "verify", entry.path)
            let transcript = try self.gateway.administer("recording", "transcript", entry.id)
            #expect(transcript.contains("echo ty''ped and sh''own"))
            #expect(transcript.contains("typed and shown"))
        }

        @Test("a command's transcript holds the command, its input, its output and its errors")
        func command() throws {
            let entries = try self.recorded {
                let outcome = try run(
                    self.lab.client.ssh(self.lab.route(), "cat; echo to-errors >&2; exit 3"), in: self.lab.scratch,
                    typing: "through-the-pipe\n")
                #expect(outcome.ending == .exited(3))
            }
            let entry = try #require(entries.first)
            try self.gateway.administer("recording", "verify", entry.id)
            let transcript = try self.gateway.administer("recording", "transcript", entry.id)
            for text in ["cat; echo to-errors >&2; exit 3", "through-the-pipe", "to-errors"] {
                #expect(transcript.contains(text))
            }
        }

        @Test("ten sessions at once make ten recordings that verify, each with its own text alone")
        func parallel() throws {
            let entries = try self.recorded(10) {
                let running = try (1...10).map { number in
                    try RunningProcess(
                        self.lab.client.ssh(self.lab.route(), "echo token-\(number)-; sleep 1"), in: self.lab.scratch)
                }
                for process in running { #expect(try process.wait(within: .seconds(120)).ending == .exited(0)) }
            }
            #expect(entries.count == 10)
            var seen: Set<String> = []
            for entry in entries {
                try self.gateway.administer("recording", "verify", entry.id)
                let transcript = try self.gateway.administer("recording", "transcript", entry.id)
                let tokens = (1...10).map { "token-\($0)-" }.filter { transcript.contains($0) }
                #expect(tokens.count == 1)
                seen.formUnion(tokens)
            }
            #expect(seen.count == 10)
        }

        @Test("all channels of one connection are in one recording")
        func channels() throws {
            let entries = try self.recorded {
                let path = self.lab.scratch.path("r")
                let route = self.lab.route().with("ControlPath=\(path)")
                let master = try RunningProcess(
                    self.lab.client.ssh(route.with("ControlMaster=yes"), flags: ["-N"]), in: self.lab.scratch)
                try waitUntil("the master listens; \(master.errorText)") {
                    FileManager.default.fileExists(atPath: path)
                }
                for number in 1...3 {
                    let words = self.lab.client.ssh(route.with("ControlMaster=no"), "echo channel-\(number)-")
                    #expect(try run(words, in: self.lab.scratch).text == "channel-\(number)-\n")
                }
                master.terminate()
            }
            #expect(entries.count == 1)
            let entry = try #require(entries.first)
            try self.gateway.administer("recording", "verify", entry.id)
            let transcript = try self.gateway.administer("recording", "transcript", entry.id)
            for number in 1...3 { #expect(transcript.contains("channel-\(number)-")) }
        }

        @Test("an export plays in asciinema")
        func asciicast() throws {
            let entries = try self.recorded {
                let terminal = try self.lab.shell(columns: 90, rows: 30)
                try terminal.type("echo seen in the c''ast: grüße\n")
                try terminal.waitFor("cast: grüße\r\n")
                try terminal.type("exit\n")
                _ = try terminal.wait()
            }
            let entry = try #require(entries.first)
            let cast = try self.gateway.administer("recording", "export", entry.id, "--format", "asciicast-v2")
            let header = try #require(cast.split(separator: "\n").first)
            let fields = try JSONSerialization.jsonObject(with: Data(header.utf8)) as? [String: Any]
            #expect(fields?["version"] as? Int == 2)
            #expect(fields?["width"] as? Int == 90)
            #expect(fields?["height"] as? Int == 30)
            let file = try self.lab.scratch.write(cast, to: "export.cast")
            // On a terminal: asciinema opens /dev/tty, even to print.
            let player = try TerminalProcess(
                ["env", "LC_ALL=C.UTF-8", "asciinema", "cat", file], in: self.lab.scratch, columns: 90, rows: 30)
            try player.waitFor("cast: grüße\r\n")
            #expect(try player.wait() == .exited(0))
        }

        @Test("a watcher sees what was shown before and what comes")
        func watch() throws {
            let terminal = try self.lab.shell()
            try terminal.type("echo bef''ore\n")
            try terminal.waitFor("before\r\n")
            let session = try #require(try self.gateway.sessions().first)
            #expect(session.user == "alice")
            #expect(session.target == "web1")
            #expect(session.account == self.lab.target.login)
            #expect(session.from.hasPrefix("127.0.0.1"))
            #expect(self.gateway.workers.contains(session.pid))
            let watcher = try RunningProcess(
                [Binaries.commandLine, "--state", self.gateway.state, "session", "watch", session.id],
                in: self.lab.scratch)
            try watcher.waitForOutput("before")
            try terminal.type("echo aft''erwards\n")
            try watcher.waitForOutput("afterwards")
            try terminal.type("exit\n")
            _ = try terminal.wait()
            // The end of the session is the end of the watch.
            #expect(try watcher.wait().ending == .exited(0))
        }

        @Test("the player shows the recording, seeks, and gives the terminal back")
        func play() throws {
            let entries = try self.recorded {
                let outcome = try self.lab.ssh("echo first; sleep 1; echo second; sleep 1; echo third", flags: ["-tt"])
                #expect(outcome.ending == .exited(0))
            }
            let entry = try #require(entries.first)
            let player = try TerminalProcess(
                [Binaries.commandLine, "--state", self.gateway.state, "recording", "play", entry.id],
                in: self.lab.scratch, columns: 100, rows: 40)
            try player.waitFor("first")
            try player.type("\u{1b}[C")
            try player.waitFor("third", within: .seconds(3))
            try player.type("q")
            #expect(try player.wait() == .exited(0))
            // The main screen and the cursor are back.
            #expect(player.screenText.contains("\u{1b}[?1049l"))
            #expect(player.screenText.contains("\u{1b}[?25h"))
        }

        @Test("a changed, cut, or lengthened file does not verify: exit 4, and the reason in one line")
        func tampering() throws {
            let entries = try self.recorded {
                let outcome = try self.lab.ssh("seq 1 5000")
                #expect(outcome.ending == .exited(0))
            }
            let entry = try #require(entries.first)
            let whole = try #require(FileManager.default.contents(atPath: entry.path))
            var flipped = whole
            flipped[whole.count / 2] ^= 1
            let cases = [
                ("flipped", flipped), ("cut", whole.dropLast(whole.count / 3)), ("long", whole + Data("junk".utf8)),
                ("one-less", whole.dropLast(1)),
            ]
            for (name, bytes) in cases {
                let file = self.lab.scratch.path("\(name).spr")
                try bytes.write(to: URL(fileURLWithPath: file))
                let outcome = try self.gateway.command(["recording", "verify", file])
                #expect(outcome.ending == .exited(4), "\(name): \(outcome.text)\(outcome.errorText)")
                #expect(outcome.errorLines.count { $0.hasPrefix("sallyport: error: ") } == 1)
            }
            let copy = self.lab.scratch.path("copy.spr")
            try whole.write(to: URL(fileURLWithPath: copy))
            #expect(try self.gateway.command(["recording", "verify", copy]).ending == .exited(0))
        }

        @Test("opening a recording is audited; so was everything that the gateway was told")
        func audit() throws {
            let entries = try self.recorded {
                let outcome = try self.lab.ssh("true")
                #expect(outcome.ending == .exited(0))
            }
            let entry = try #require(entries.first)
            let before = try self.gateway.lastAuditSequence()
            try self.gateway.administer("recording", "transcript", entry.id)
            let opened = try self.gateway.audited(AuditCodes.recordingOpened, after: before)
            #expect(opened.first?.fields.values.contains(entry.id) == true)
            let codes = Set(try self.gateway.audit().map(\.code))
            for code in [
                AuditCodes.gatewayStarted, AuditCodes.userAdded, AuditCodes.targetAdded, AuditCodes.credentialSet,
                AuditCodes.grantAdded, AuditCodes.loginSucceeded, AuditCodes.accessAllowed, AuditCodes.sessionStarted,
                AuditCodes.sessionEnded,
            ] {
                #expect(codes.contains(code))
            }
        }
    }
}
