import Foundation
import SallyportTesting
import Testing

extension EndToEnd {
    /// What ended sessions ran, moved and showed is found, at the moment to look at.
    @Suite("search", .serialized, .laboratory, .throughGateway)
    struct Search {
        private struct Hit: Decodable {
            var recording: String
            var timeUs: UInt64
            var kind: String
            var snippet: String
            var channel: UInt32
            var play: String
        }

        private var lab: Laboratory { .current }

        private func search(_ text: String) throws -> [Hit] {
            let decoder = JSONDecoder()
            decoder.keyDecodingStrategy = .convertFromSnakeCase
            let answer = try self.lab.gateway.administer("recording", "search", text, "--json")
            return try decoder.decode([Hit].self, from: Data(answer.utf8))
        }

        /// Waits for the index, which is filled after the seal.
        private func found(_ text: String) throws -> [Hit] {
            var hits: [Hit] = []
            try waitUntil("\(text) is found", within: .seconds(20), every: .milliseconds(100)) {
                hits = try self.search(text)
                return !hits.isEmpty
            }
            return hits
        }

        private func recorded(_ body: () throws -> Void) throws -> String {
            let known = Set(try self.lab.gateway.recordings().map(\.id))
            try body()
            return try #require(try self.lab.gateway.sealedRecordings(since: known, count: 1).first).id
        }

        @Test("a command, its output and a file's name lead to their recordings; the search is audited")
        func kinds() throws {
            let before = try self.lab.gateway.lastAuditSequence()
            let shell = try self.recorded {
                let terminal = try self.lab.shell()
                try terminal.type("echo wombat-$((40 + 2))\n")
                try terminal.waitFor("wombat-42\r\n")
                try terminal.type("exit\n")
                _ = try terminal.wait()
            }
            let command = try self.found("echo wombat").filter { $0.kind == "command" }
            #expect(command.map(\.recording) == [shell])
            #expect(command.first?.play.hasPrefix("sallyport recording play \(shell) --at 0:") == true)
            #expect(try self.search("wombat-42").map(\.kind) == ["output"])

            let source = self.lab.scratch.freshPath("quokka")
            try output(of: ["sh", "-c", "echo platypus >\(source)"], in: self.lab.scratch)
            let there = self.lab.target.path("quokka-there")
            let copy = try self.recorded {
                let words = self.lab.client.scp(self.lab.route(), from: source, to: "127.0.0.1:\(there)", legacy: true)
                let outcome = try run(words, in: self.lab.scratch)
                #expect(outcome.ending == .exited(0), "\(outcome.errorText)")
            }
            #expect(try self.found("quokka-there").contains { $0.recording == copy && $0.kind == "file" })
            #expect(try self.search("platypus").isEmpty)

            let audited = try self.lab.gateway.audited("SP5010I", after: before)
            #expect(audited.contains { $0.fields["text"] == "echo wombat" })
        }

        @Test("what was sealed but not read is read by the next gateway")
        func restart() throws {
            let terminal = try self.lab.shell()
            try terminal.type("echo numbat-$((40 + 3))\n")
            try terminal.waitFor("numbat-43\r\n")
            self.lab.gateway.stop()
            try self.lab.gateway.start()
            #expect(try self.found("numbat-43").map(\.kind) == ["output"])
            terminal.kill()
        }
    }
}
