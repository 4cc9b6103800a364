import Foundation
import SallyportTesting
import Testing

extension EndToEnd {
    /// Stock tools move files; the recordings name them, with the hashes that sha256sum prints.
    @Suite("files", .serialized, .laboratory, .throughGateway)
    struct Files {
        private struct Shown: Decodable {
            struct File: Decodable, Hashable {
                var direction: String
                var bytes: UInt64
                var sha256: String?
                var path: String
            }
            struct Command: Decodable {
                var confidence: String
                var text: String
            }
            var files: [File]
            var commands: [Command]
        }

        private var lab: Laboratory { .current }

        /// What `recording show` says of the one session that `body` makes.
        private func shown(_ body: () throws -> Void) throws -> Shown {
            let known = Set(try self.lab.gateway.recordings().map(\.id))
            try body()
            let entry = try #require(try self.lab.gateway.sealedRecordings(since: known, count: 1).first)
            try self.lab.gateway.administer("recording", "verify", entry.id)
            let text = try self.lab.gateway.administer("recording", "show", entry.id, "--json")
            return try JSONDecoder().decode(Shown.self, from: Data(text.utf8))
        }

        private func run(_ words: [String], typing text: String = "") throws {
            let outcome = try SallyportTesting.run(words, in: self.lab.scratch, typing: text)
            #expect(outcome.ending == .exited(0), "\(outcome.errorText)")
        }

        private func file(_ direction: String, _ local: String, as path: String) throws -> Shown.File {
            let hash = try output(of: ["sha256sum", local], in: self.lab.scratch).prefix(64)
            let size = try FileManager.default.attributesOfItem(atPath: local)[.size] as? UInt64
            return Shown.File(direction: direction, bytes: size ?? 0, sha256: String(hash), path: path)
        }

        private func make(_ name: String, kibibytes: Int) throws -> String {
            let path = self.lab.scratch.freshPath("files") + name
            try output(of: ["sh", "-c", "head -c \(kibibytes * 1024 + 7) /dev/urandom >\(path)"], in: self.lab.scratch)
            return path
        }

        @Test("scp up and down, in both protocols", arguments: [true, false])
        func scp(legacy: Bool) throws {
            let source = try self.make("source", kibibytes: 3000)
            let there = self.lab.target.path("there-\(legacy)")
            let back = self.lab.scratch.freshPath("back")
            let up = try self.shown {
                try self.run(
                    self.lab.client.scp(self.lab.route(), from: source, to: "127.0.0.1:\(there)", legacy: legacy))
            }
            #expect(Set(up.files) == [try self.file("target", source, as: there)])
            let down = try self.shown {
                try self.run(
                    self.lab.client.scp(self.lab.route(), from: "127.0.0.1:\(there)", to: back, legacy: legacy))
            }
            #expect(Set(down.files) == [try self.file("client", back, as: there)])
        }

        @Test("sftp put, get, and an empty file")
        func sftp() throws {
            let source = try self.make("source", kibibytes: 5000)
            let empty = self.lab.scratch.freshPath("empty")
            #expect(FileManager.default.createFile(atPath: empty, contents: nil))
            let (there, thereEmpty) = (self.lab.target.path("sftp-there"), self.lab.target.path("sftp-empty"))
            let back = self.lab.scratch.freshPath("back")
            let shown = try self.shown {
                try self.run(
                    self.lab.client.sftp(self.lab.route()),
                    typing: "put \(source) \(there)\nput \(empty) \(thereEmpty)\nget \(there) \(back)\n")
            }
            #expect(
                Set(shown.files) == [
                    try self.file("target", source, as: there), try self.file("target", empty, as: thereEmpty),
                    try self.file("client", back, as: there),
                ])
        }

        @Test("a directory copied as a whole, in both protocols", arguments: [true, false])
        func directory(legacy: Bool) throws {
            let name = "tree-\(legacy)"
            let local = self.lab.scratch.path(name)
            try output(
                of: [
                    "sh", "-ec", "mkdir -p \(local)/b/c; seq 9999 >\(local)/a; seq 5 >\(local)/b/c/d; date >\(local)/e",
                ],
                in: self.lab.scratch)
            let there = self.lab.target.path(name)
            var words = self.lab.client.scp(self.lab.route(), from: local, to: "127.0.0.1:\(there)", legacy: legacy)
            words.insert("-r", at: 1)
            let shown = try self.shown { try self.run(words) }
            let expected = try ["a", "b/c/d", "e"].map {
                try self.file("target", "\(local)/\($0)", as: "\(there)/\($0)")
            }
            #expect(Set(shown.files) == Set(expected))
        }

        @Test("commands are found at the shell's prompt and in exec requests")
        func commands() throws {
            let exec = try self.shown { _ = try self.lab.ssh("echo once; true") }
            #expect(exec.commands.map(\.text) == ["echo once; true"])
            #expect(exec.commands.map(\.confidence) == ["requested"])
            let shell = try self.shown {
                let terminal = try self.lab.shell()
                try terminal.type("echo ty''ped at a prompt\n")
                try terminal.waitFor("typed at a prompt\r\n")
                try terminal.type("exit\n")
                _ = try terminal.wait()
            }
            #expect(shell.commands.contains { $0.text == "echo ty''ped at a prompt" && $0.confidence == "echoed" })
        }
    }
}
