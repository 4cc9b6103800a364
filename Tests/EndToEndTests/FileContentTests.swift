import Foundation
import SallyportTesting
import Testing

extension EndToEnd {
    /// What a recording holds of files is what the grant says; every channel stands in it by itself.
    @Suite("file content", .serialized, .laboratory, .throughGateway)
    struct FileContent {
        private var lab: Laboratory { .current }

        private struct Shown: Decodable {
            struct Channel: Decodable {
                var request: String
                var bytesIn: UInt64
                var bytesOut: UInt64
                var omittedBytes: UInt64
                var endedUs: UInt64?
                var exitStatus: UInt32?
                var channel: UInt32
                var openedUs: UInt64
                var unlistedFilesOf: String?
            }
            struct File: Decodable {
                var channel: UInt32
                var path: String
            }
            struct Change: Decodable {
                var change: String
                var status: UInt32
            }
            var channels: [Channel]
            var files: [File]
            var changes: [Change]
        }

        /// The one session that `body` makes.
        private func session(_ body: () throws -> Void) throws -> (id: String, shown: Shown, events: String) {
            let known = Set(try self.lab.gateway.recordings().map(\.id))
            try body()
            let entry = try #require(try self.lab.gateway.sealedRecordings(since: known, count: 1).first)
            let text = try self.lab.gateway.administer("recording", "show", entry.id, "--json")
            let events = try self.lab.gateway.administer("recording", "export", entry.id, "--format", "ndjson")
            let decoder = JSONDecoder()
            decoder.keyDecodingStrategy = .convertFromSnakeCase
            return (entry.id, try decoder.decode(Shown.self, from: Data(text.utf8)), events)
        }

        private func run(_ words: [String], typing text: String = "") throws {
            let outcome = try SallyportTesting.run(words, in: self.lab.scratch, typing: text)
            #expect(outcome.ending == .exited(0), "\(outcome.errorText)")
        }

        private static let planted = "planted-content-of-a-file"

        private func plantedFile() throws -> String {
            let path = self.lab.scratch.freshPath("planted")
            try Data((0..<4000).map { "\($0) \(Self.planted)\n" }.joined().utf8).write(to: URL(filePath: path))
            return path
        }

        @Test("of files that scp and sftp move, the recording holds no content", arguments: [true, false])
        func omitted(legacy: Bool) throws {
            let source = try self.plantedFile()
            let there = self.lab.target.path("planted-\(legacy)")
            let back = self.lab.scratch.freshPath("back")
            let size = try UInt64(Data(contentsOf: URL(filePath: source)).count)
            for (from, to) in [(source, "127.0.0.1:\(there)"), ("127.0.0.1:\(there)", back)] {
                let session = try self.session {
                    try self.run(self.lab.client.scp(self.lab.route(), from: from, to: to, legacy: legacy))
                }
                #expect(!session.events.contains(Self.planted))
                #expect(session.events.contains("planted-\(legacy)"), "the protocol around it is recorded")
                let channel = try #require(session.shown.channels.first)
                #expect(channel.omittedBytes == size)
                #expect(channel.bytesIn + channel.bytesOut > size)
                #expect(channel.endedUs != nil)
                #expect(channel.exitStatus == 0)
            }
            #expect(try Data(contentsOf: URL(filePath: back)) == Data(contentsOf: URL(filePath: source)))
        }

        @Test("what only looks like scp is recorded in full")
        func disguised() throws {
            let line = "C0644 99999 x\n\(Self.planted)\n"
            let session = try self.session {
                let words = self.lab.client.ssh(
                    self.lab.route(), "scp -t /tmp >/dev/null 2>&1 </dev/null; cat >/dev/null")
                try self.run(words, typing: line)
            }
            #expect(session.events.contains(Self.planted))
            #expect(session.shown.channels.first?.omittedBytes == 0)
        }

        @Test("a grant that says `file-content record` has the content in the recording", arguments: [true, false])
        func recorded(legacy: Bool) throws {
            let target = "whole-\(legacy)"
            try self.lab.addTarget(target, port: self.lab.target.port, hostKey: self.lab.target.hostKey)
            // The strictest grant counts, and the usual one omits.
            try self.lab.gateway.administer("grant", "remove", "alice-\(target)")
            try self.lab.gateway.administer(
                "grant", "add", target, "--user", "alice", "--target", target, "--account", self.lab.target.login,
                "--allow", "sftp,scp", "--file-content", "record")
            let source = try self.plantedFile()
            let there = self.lab.target.path(target)
            let back = self.lab.scratch.freshPath("back")
            for (from, to) in [(source, "127.0.0.1:\(there)"), ("127.0.0.1:\(there)", back)] {
                let session = try self.session {
                    try self.run(self.lab.client.scp(self.lab.route(to: target), from: from, to: to, legacy: legacy))
                }
                #expect(session.events.contains(Self.planted))
                #expect(session.shown.channels.map(\.omittedBytes) == [0])
                #expect(session.shown.files.map(\.path) == [there])
            }
            #expect(try Data(contentsOf: URL(filePath: back)) == Data(contentsOf: URL(filePath: source)))
        }

        @Test(
            "rsync and git are recorded in full, and shown as what doesn't list its files", arguments: ["rsync", "git"])
        func unlisted(tool: String) throws {
            let words = self.lab.client.ssh(self.lab.route())
            // Without the host: rsync and git name it themselves.
            let command = words.dropLast().joined(separator: " ")
            let there = self.lab.target.path("unlisted-\(tool)")
            let script: String
            if tool == "rsync" {
                script = "rsync -e '\(command)' '\(try self.plantedFile())' '127.0.0.1:\(there)'"
            } else {
                let local = self.lab.scratch.freshPath("repository")
                // By the account on the target: git takes pushes into its owner's repositories only.
                #expect(try self.lab.ssh("git init -q --bare \(there)").ending == .exited(0))
                script = """
                    git init -q '\(local)' && cd '\(local)' &&
                    git -c user.name=a -c user.email=a@b commit -q --allow-empty -m \(Self.planted) &&
                    GIT_SSH_COMMAND='\(command)' git push -q '127.0.0.1:\(there)' HEAD:main
                    """
            }
            let session = try self.session { try self.run(["sh", "-ec", script]) }
            let channel = try #require(session.shown.channels.first)
            #expect(channel.unlistedFilesOf == tool)
            #expect(channel.omittedBytes == 0 && channel.bytesIn > 0 && channel.exitStatus == 0)
            #expect(session.shown.files.isEmpty)
            let text = try self.lab.gateway.administer("recording", "show", session.id)
            #expect(text.contains("\(tool): files not listed"))
            // rsync sends what is new as it is; git packs it.
            if tool == "rsync" { #expect(session.events.contains(Self.planted)) }
        }

        @Test("renames, directories and removals by sftp are shown, refused ones too")
        func changes() throws {
            let source = try self.plantedFile()
            let place = self.lab.target.path("changes")
            let session = try self.session {
                try self.run(
                    self.lab.client.sftp(self.lab.route()),
                    typing: """
                        mkdir \(place)
                        put \(source) \(place)/part
                        rename \(place)/part \(place)/whole
                        symlink \(place)/whole \(place)/link
                        chmod 640 \(place)/whole
                        rm \(place)/link
                        -rmdir \(place)

                        """)
            }
            let told = session.shown.changes
            #expect(
                told.map(\.change) == [
                    "make directory \(place)", "rename \(place)/part to \(place)/whole",
                    "symbolic link \(place)/link to \(place)/whole", "set attributes of \(place)/whole mode 0640",
                    "remove \(place)/link", "remove directory \(place) (refused: status 4)",
                ])
            #expect(told.map(\.status) == [0, 0, 0, 0, 0, 4])
        }
    }
}
