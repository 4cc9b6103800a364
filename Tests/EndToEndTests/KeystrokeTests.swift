import Foundation
import SallyportTesting
import Testing

extension EndToEnd {
    /// What of the keys a recording holds, with real programs on a real target. docs/keystrokes.md has the rules, and the
    /// numbers that these tests print.
    @Suite("keystrokes", .serialized, .laboratory, .throughGateway)
    struct Keystrokes {
        var lab: Laboratory { .current }
        private var gateway: TestGateway { self.lab.gateway }

        /// Someone at a terminal, with what they typed in clear and in secret.
        final class Typist {
            let terminal: TerminalProcess
            private(set) var open = ""
            private(set) var secrets: [String] = []

            init(_ terminal: TerminalProcess) { self.terminal = terminal }

            /// Types at once.
            func type(_ text: String, then expected: String? = nil) throws {
                self.open += text
                try self.send(text, then: expected)
            }

            /// Types key by key, as a person does.
            func typeSlowly(_ text: String, then expected: String? = nil) throws {
                self.open += text
                for scalar in text.unicodeScalars {
                    try self.send(String(scalar), then: nil)
                    pause(.milliseconds(30))
                }
                try self.send("", then: expected)
            }

            /// Types a secret and Enter.
            func answer(_ secret: String, slowly: Bool = false, then expected: String? = nil) throws {
                self.secrets.append(secret + "\r")
                if slowly {
                    for scalar in (secret + "\r").unicodeScalars {
                        try self.send(String(scalar), then: nil)
                        pause(.milliseconds(30))
                    }
                    try self.send("", then: expected)
                } else {
                    try self.send(secret + "\r", then: expected)
                }
            }

            private func send(_ text: String, then expected: String?) throws {
                let offset = self.terminal.shown.count
                try self.terminal.type(text)
                if let expected {
                    try self.terminal.waitFor(expected, after: offset)
                    // Long enough to tell that no echo comes, and for a program to read its answer.
                    pause(.milliseconds(400))
                }
            }

            func wait(for text: String) throws {
                try self.terminal.waitFor(text)
                pause(.milliseconds(400))
            }
        }

        /// What is in the recording.
        struct Kept {
            /// All input, in order.
            let input: String
            let hidden: Int
            /// Everything that can be had from it.
            let all: String
        }

        func record(_ body: (Typist) throws -> Void) throws -> (typist: Typist, kept: Kept) {
            let known = Set(try self.gateway.recordings().map(\.id))
            let typist = Typist(try self.lab.shell(options: ["SetEnv=LC_ALL=C.UTF-8"]))
            try body(typist)
            pause(.milliseconds(1200))
            try typist.type("exit\r")
            _ = try typist.terminal.wait()
            let entry = try #require(try self.gateway.sealedRecordings(since: known, count: 1).first)
            return (typist, try self.kept(entry.id))
        }

        private func kept(_ id: String) throws -> Kept {
            let transcript = try self.gateway.administer("recording", "transcript", id)
            let cast = try self.gateway.administer("recording", "export", id, "--format", "asciicast-v2", "--input")
            var input = ""
            for line in cast.split(separator: "\n").dropFirst() {
                let row = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [Any]
                if row?[1] as? String == "i" { input += row?[2] as? String ?? "" }
            }
            let hidden = transcript.matches(of: /\[([0-9]+) hidden\]/).reduce(0) { $0 + (Int($1.output.1) ?? 0) }
            let events = try self.gateway.administer("recording", "export", id, "--format", "ndjson")
            return Kept(input: input, hidden: hidden, all: transcript + cast + events)
        }

        /// Every secret is masked and nothing else is.
        func expectExact(
            _ name: String, _ result: (typist: Typist, kept: Kept), sourceLocation: SourceLocation = #_sourceLocation
        ) {
            let (typist, kept) = result
            let secretBytes = typist.secrets.reduce(0) { $0 + $1.utf8.count }
            print(
                "keystrokes: \(name): \(typist.open.utf8.count) bytes open, \(kept.input.utf8.count) kept;",
                "\(secretBytes) secret, \(kept.hidden) hidden")
            #expect(kept.input == typist.open, sourceLocation: sourceLocation)
            #expect(kept.hidden == secretBytes, sourceLocation: sourceLocation)
            for secret in typist.secrets {
                let word = secret.replacing("\r", with: "")
                #expect(!kept.all.contains(word), "\(word) is in the recording", sourceLocation: sourceLocation)
            }
        }

        let secret = "Planted-\(UInt32.random(in: 100_000...999_999))-pw"

        // MARK: Secrets

        @Test("sudo, su and passwd", .enabled(if: TargetServer.hasOwnLogin))
        func accountTools() throws {
            self.expectExact(
                "sudo, su, passwd",
                try self.record { typist in
                    try typist.typeSlowly("sudo -k id\r", then: "password for ops: ")
                    try typist.answer(self.secret, slowly: true, then: "try again")
                    try typist.answer(self.secret + "2", then: "try again")
                    try typist.answer(self.secret + "3", then: "ready> ")
                    try typist.typeSlowly("su ops -c id\r", then: "Password: ")
                    try typist.answer(self.secret, slowly: true, then: "ready> ")
                    try typist.type("passwd\r", then: "assword: ")
                    try typist.answer(self.secret, then: "ready> ")
                    try typist.typeSlowly("echo after\r", then: "after\r\n")
                })
        }

        @Test("read -s, with and without a question, with corrections and UTF-8")
        func readSilently() throws {
            self.expectExact(
                "read -s",
                try self.record { typist in
                    try typist.typeSlowly("read -s word; echo go''t\r", then: "\r\n")
                    try typist.answer(self.secret, slowly: true, then: "got")
                    try typist.typeSlowly("read -s -p 'Say the word> ' word; echo go''t\r", then: "word> ")
                    try typist.answer("wrong\u{15}pä\u{7f}ßwört-\(self.secret)", slowly: true, then: "got")
                    try typist.type("read -s word; echo go''t\r", then: "\r\n")
                    try typist.answer(self.secret, then: "got")
                    try typist.type("date +%Y\r", then: "ready> ")
                })
        }

        @Test("getpass of python, and psql's -W")
        func libraries() throws {
            self.expectExact(
                "getpass, psql",
                try self.record { typist in
                    try typist.type(
                        "/usr/bin/python3 -c 'import getpass; getpass.getpass(); print(\"do\" + \"ne\")'\r",
                        then: "Password: ")
                    try typist.answer(self.secret, slowly: true, then: "done")
                    try typist.type("psql -W -h 127.0.0.1 -p 1 x\r", then: "Password: ")
                    try typist.answer(self.secret, then: "ready> ")
                })
        }

        @Test("ssh to a further host, and what is typed there", .enabled(if: TargetServer.hasOwnLogin))
        func furtherHost() throws {
            self.expectExact(
                "ssh",
                try self.record { typist in
                    let options =
                        "-o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o PubkeyAuthentication=no"
                    try typist.type(
                        "ssh \(options) -o LogLevel=ERROR -p \(self.lab.target.port) 127.0.0.1\r", then: "password: ")
                    try typist.answer(self.lab.target.password, slowly: true, then: "ready> ")
                    try typist.typeSlowly("echo far''away\r", then: "faraway")
                    try typist.typeSlowly("read -s word; echo go''t\r", then: "\r\n")
                    try typist.answer(self.secret, slowly: true, then: "got")
                    try typist.type("exit\r", then: "ready> ")
                })
        }

        @Test("a secret in tmux, after a question")
        func insideTmux() throws {
            self.expectExact(
                "secret in tmux",
                try self.record { typist in
                    try typist.type("TMUX_TMPDIR=$HOME tmux -f /dev/null new 'sh -i'\r", then: "$ ")
                    try typist.type("/usr/bin/python3 -c 'import getpass; getpass.getpass()'\r", then: "Password: ")
                    pause(.seconds(2))
                    try typist.answer(self.secret, slowly: true, then: "$ ")
                    try typist.type("exit\r", then: "ready> ")
                })
        }

        // MARK: No secrets

        @Test("typing ahead, corrections, recalled commands, pastes, UTF-8")
        func openTyping() throws {
            self.expectExact(
                "open typing",
                try self.record { typist in
                    try typist.typeSlowly("sleep 1\r")
                    try typist.typeSlowly("echo ahe''ad\r", then: "ahead\r\n")
                    try typist.typeSlowly("ecc\u{7f}ho grüße 日本\r", then: "grüße 日本\r\n")
                    try typist.type("\u{1b}[A", then: "grüße")
                    try typist.type("\r", then: "ready> ")
                    try typist.type("echo one\recho two\rsleep 1\recho th''ree\r", then: "three\r\n")
                    try typist.typeSlowly("cat\r", then: "\r\n")
                    try typist.type("pasted block\rof lines\r", then: "of lines\r\n")
                    try typist.type("\u{4}", then: "ready> ")
                    try typist.typeSlowly("l\u{15}true\u{1}: \u{5} x\r", then: "ready> ")
                    try typist.typeSlowly("sleep 9\r", then: "\r\n")
                    try typist.type("\u{3}", then: "ready> ")
                })
        }

        @Test("vim, less, top, tmux, and the line editor's vi mode")
        func fullScreen() throws {
            self.expectExact(
                "full-screen programs",
                try self.record { typist in
                    try typist.type("vim -u NONE notes\r", then: "~")
                    try typist.typeSlowly("ihello, password: world\u{1b}")
                    try typist.typeSlowly("0dwjkx:wq\r", then: "ready> ")
                    try typist.type("seq 500 | less\r", then: ":")
                    try typist.typeSlowly(" jkG1g/30\r")
                    try typist.typeSlowly("q", then: "ready> ")
                    try typist.type("top\r", then: "load average")
                    try typist.typeSlowly("1mM")
                    try typist.typeSlowly("q", then: "ready> ")
                    try typist.type("TMUX_TMPDIR=$HOME tmux -f /dev/null new 'sh -i'\r", then: "$ ")
                    try typist.typeSlowly("echo in''side\r", then: "inside")
                    try typist.typeSlowly("\u{2}\"", then: "$ ")
                    try typist.typeSlowly("exit\r")
                    try typist.typeSlowly("exit\r", then: "ready> ")
                    try typist.type("set -o vi\r", then: "ready> ")
                    try typist.typeSlowly("echo wrong words\u{1b}bbcwright\u{1b}A!\r", then: "right words!\r\n")
                    try typist.typeSlowly("\u{1b}kk0\r", then: "ready> ")
                })
        }

        // MARK: Policies

        private func route(through policy: String) throws -> Route {
            let name = "web-\(policy)"
            if !(try self.gateway.administer("target", "list")).contains(name) {
                try self.gateway.administer(
                    "target", "add", name, "--address", "127.0.0.1:\(self.lab.target.port)", "--host-key",
                    self.lab.target.hostKey.publicPath)
                try self.gateway.administer(
                    "credential", "set", "\(name)/\(self.lab.target.login)", "--key", self.lab.target.key.path)
                try self.gateway.administer(
                    "grant", "add", name, "--user", "alice", "--target", name, "--account", self.lab.target.login,
                    "--allow", "exec", "--keystrokes", policy)
            }
            return self.lab.route(to: name)
        }

        private func recordPipe(_ route: Route, _ command: String, _ input: String) throws -> Kept {
            let known = Set(try self.gateway.recordings().map(\.id))
            let outcome = try run(self.lab.client.ssh(route, command), in: self.lab.scratch, typing: input)
            #expect(outcome.ending == .exited(0))
            let entry = try #require(try self.gateway.sealedRecordings(since: known, count: 1).first)
            return try self.kept(entry.id)
        }

        @Test("the policy 'all' keeps everything, 'none' only the number of bytes; explain says which")
        func policies() throws {
            let all = try self.recordPipe(try self.route(through: "all"), "cat >/dev/null", "some input\n")
            #expect(all.input == "some input\n")
            let none = try self.recordPipe(try self.route(through: "none"), "cat >/dev/null", "some input\n")
            #expect(none.input == "")
            #expect(!none.all.contains("some input"))
            let explained = try self.gateway.administer("explain", "alice", self.lab.target.login, "web-none")
            #expect(explained.contains("keystrokes: none\n"))
            let refused = try self.gateway.command([
                "grant", "add", "g", "--user", "alice", "--target", "web1", "--account", self.lab.target.login,
                "--allow", "exec", "--keystrokes", "some",
            ])
            #expect(refused.ending != .exited(0))
            #expect(refused.errorText.contains("use all, mask-secrets, none"))
        }

        @Test("without a terminal input is kept, but not the password of sudo -S")
        func piped() throws {
            let data = try self.recordPipe(self.lab.route(), "cat >/dev/null", "a line\n\(self.secret)\n")
            #expect(data.input == "a line\n\(self.secret)\n")
            // The target's sudo refuses; what matters is what went by.
            let sudo = try self.recordPipe(self.lab.route(), "sudo -k -S id; cat >/dev/null", "\(self.secret)\nrest\n")
            #expect(sudo.input == "rest\n")
            #expect(!sudo.all.contains(self.secret))
        }
    }
}
