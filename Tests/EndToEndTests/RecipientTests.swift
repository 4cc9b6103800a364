import Foundation
import SallyportTesting
import Testing

extension EndToEnd {
    /// Recordings that the gateway makes for others, and can't read itself.
    @Suite("recipients of recordings", .serialized, .throughGateway)
    struct Recipients {
        private static func configure(_ gateway: TestGateway, _ key: String, _ value: String) throws {
            let text = try String(contentsOfFile: gateway.configuration, encoding: .utf8)
            let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
                line.hasPrefix("# \(key) = ") ? "\(key) = \(value)" : String(line)
            }
            #expect(lines.contains("\(key) = \(value)"))
            try lines.joined(separator: "\n").write(
                toFile: gateway.configuration, atomically: true, encoding: .utf8)
        }

        private struct Row: Decodable {
            let event: String
            let data: String?
        }

        private static func typedRows(_ lines: String) throws -> [Row] {
            lines.split(separator: "\n").compactMap {
                guard let row = try? JSONDecoder().decode(Row.self, from: Data($0.utf8)) else { return nil }
                return ["input", "withheld", "revealed", "masked"].contains(row.event) ? row : nil
            }
        }

        private static func typedKinds(_ lines: String) throws -> [String] { try self.typedRows(lines).map(\.event) }

        /// What was typed, of an export of all events.
        private static func typed(_ lines: String) throws -> String {
            try self.typedRows(lines).compactMap(\.data).joined()
        }

        @Test("with auditors as the only recipients the gateway records, seals and verifies what they alone can read")
        func auditors() throws {
            let lab = try Laboratory(startGateway: false)
            defer { lab.dispose() }
            try Self.configure(lab.gateway, "archive_key", "false")
            let nobody = try lab.gateway.startInVain()
            #expect(nobody.errorText.contains("nobody could read the recordings"))

            let inline = lab.scratch.path("inline.key")
            let filed = lab.scratch.path("filed.key")
            let recipient = try lab.gateway.administer("recording", "key", "generate", inline)
                .trimmingCharacters(in: .newlines)
            try lab.gateway.administer("recording", "key", "generate", filed)
                .write(toFile: lab.gateway.state + "/auditor.pub", atomically: true, encoding: .utf8)
            let again = try lab.gateway.command(["recording", "key", "generate", inline])
            #expect(again.code == 1 && again.errorText.contains("file exists"))
            try Self.configure(lab.gateway, "recipients", "[\"\(recipient)\", \"auditor.pub\"]")
            try lab.gateway.start()
            try lab.introduce(to: lab.gateway)
            #expect(try lab.ssh("echo for au''ditors").text == "for auditors\n")

            let entry = try #require(try lab.gateway.sealedRecordings(since: [], count: 1).first)
            for name in [entry.id, entry.path] {
                try lab.gateway.administer("recording", "verify", name, "--against-audit")
                let refused = try lab.gateway.command(["recording", "transcript", name])
                #expect(refused.code == 1 && refused.text.isEmpty)
                #expect(refused.errorText.contains("holds no key for the recording"))
                #expect(refused.errorText.contains("--identity"))
            }
            for identity in [inline, filed] {
                for command in [["transcript"], ["show"], ["export", "--format", "ndjson"]] {
                    let words = ["recording", command[0], entry.path] + command.dropFirst() + ["--identity", identity]
                    let opened = try lab.gateway.command(words)
                    #expect(opened.code == 0, "\(words): \(opened.errorText)")
                    #expect(opened.text.contains("au''ditors"))
                }
            }
            #expect(!FileManager.default.fileExists(atPath: entry.path.replacing(".spr", with: ".spx")))
            #expect(try !lab.gateway.command(["recording", "search", "auditors"]).text.contains(entry.id))
        }

        @Test("what is typed is for two officers alone, and all the rest for the gateway as ever")
        func officers() throws {
            let lab = try Laboratory(startGateway: false)
            defer { lab.dispose() }
            let (officer, auditor) = (lab.scratch.path("officer.key"), lab.scratch.path("auditor.key"))
            let officerKey = try lab.gateway.administer("recording", "key", "generate", officer)
                .trimmingCharacters(in: .newlines)
            let auditorKey = try lab.gateway.administer("recording", "key", "generate", auditor)
                .trimmingCharacters(in: .newlines)
            try Self.configure(lab.gateway, "recipients", "[\"\(auditorKey)\"]")
            try Self.configure(lab.gateway, "input_recipients", "[\"\(officerKey)\"]")
            try lab.gateway.start()
            try lab.introduce(to: lab.gateway)

            // Sent and never shown, and typed with an echo.
            let piped = "planted\(UInt32.random(in: 100_000...999_999))"
            try "\(piped)\n".write(toFile: lab.scratch.path("piped"), atomically: true, encoding: .utf8)
            let known = Set(try lab.gateway.recordings().map(\.id))
            let sent = try lab.ssh("cat >/dev/null; echo se''en", input: .file(lab.scratch.path("piped")))
            #expect(sent.text == "seen\n")
            let terminal = try lab.shell()
            let typed = ["echo mark''ed\r", "exit\r"]
            try terminal.type(typed[0])
            try terminal.waitFor("marked")
            try terminal.type(typed[1])
            _ = try terminal.wait()
            let entries = try lab.gateway.sealedRecordings(since: known, count: 2)
            let fingerprint = try #require(
                try String(contentsOfFile: officer, encoding: .utf8)
                    .firstMatch(of: /# fingerprint: ([0-9a-f]{16})\n/)?.output.1)

            for entry in entries {
                try lab.gateway.administer("recording", "verify", entry.id, "--against-audit")
                for way in [[entry.id], [entry.path, "--identity", auditor]] {
                    let sealed = try lab.gateway.command(["recording", "export", "--format", "ndjson"] + way)
                    #expect(sealed.code == 0 && sealed.errorText.contains("sealed to \(fingerprint)"))
                    let transcript = try lab.gateway.command(["recording", "transcript"] + way)
                    #expect(transcript.code == 0 && transcript.errorText.contains("sealed to \(fingerprint)"))
                    let shown = try lab.gateway.command(["recording", "show"] + way)
                    #expect(shown.code == 0 && shown.text.contains("\(fingerprint) (sealed here)"))
                    let script = ["--format", "script", "--input", "--output", lab.scratch.path("script")]
                    let refused = try lab.gateway.command(["recording", "export"] + script + way)
                    #expect(refused.code == 3 && refused.errorText.contains("sealed to \(fingerprint)"))
                    let all = sealed.text + transcript.text + shown.text
                    #expect(!all.contains(piped) && (all.contains("seen") || all.contains("marked")))
                    #expect(try Self.typed(sealed.text) == "" && Self.typedKinds(sealed.text).isEmpty)
                }
                let both = ["recording", "export", "--format", "ndjson", entry.path, "--identity", auditor]
                let whole = try lab.gateway.command(both + ["--identity", officer])
                #expect(whole.code == 0 && !whole.errorText.contains("sealed"))
                let found = try Self.typed(whole.text)
                #expect(found == "\(piped)\n" || found.hasPrefix(typed[0]), "\(found)")
                let alone = try lab.gateway.command(["recording", "transcript", entry.path, "--identity", officer])
                #expect(alone.code == 1 && alone.errorText.contains("give another --identity"))
                let show = try lab.gateway.command(
                    ["recording", "show", "--json", entry.path, "--identity", officer, "--identity", auditor])
                #expect(show.code == 0 && show.text.contains(fingerprint) && !show.text.contains("\"open\":false"))
            }
            #expect(try !lab.gateway.command(["recording", "search", piped]).text.contains(piped))
        }

        @Test("a recipient that is none keeps the gateway from starting, with a line that names it")
        func malformed() throws {
            let lab = try Laboratory(startGateway: false)
            defer { lab.dispose() }
            try Self.configure(lab.gateway, "recipients", "[\"spr-recipient-1qqqq\"]")
            #expect(
                try lab.gateway.startInVain().errorText.contains("spr-recipient-1qqqq is not a recording recipient"))
            try Self.configure(lab.gateway, "input_recipients", "[\"gone.pub\"]")
            #expect(try lab.gateway.startInVain().code != 0)
        }
    }
}
