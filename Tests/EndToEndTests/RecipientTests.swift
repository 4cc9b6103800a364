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

        @Test("a recipient that is none keeps the gateway from starting, with a line that names it")
        func malformed() throws {
            let lab = try Laboratory(startGateway: false)
            defer { lab.dispose() }
            try Self.configure(lab.gateway, "recipients", "[\"spr-recipient-1qqqq\"]")
            #expect(
                try lab.gateway.startInVain().errorText.contains("spr-recipient-1qqqq is not a recording recipient"))
        }
    }
}
