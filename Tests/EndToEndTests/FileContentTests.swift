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
            }
            struct Change: Decodable {
                var change: String
                var status: UInt32
            }
            var channels: [Channel]
            var changes: [Change]
        }

        /// The one session that `body` makes.
        private func session(_ body: () throws -> Void) throws -> (shown: Shown, events: String) {
            let known = Set(try self.lab.gateway.recordings().map(\.id))
            try body()
            let entry = try #require(try self.lab.gateway.sealedRecordings(since: known, count: 1).first)
            let text = try self.lab.gateway.administer("recording", "show", entry.id, "--json")
            let events = try self.lab.gateway.administer("recording", "export", entry.id, "--format", "ndjson")
            let decoder = JSONDecoder()
            decoder.keyDecodingStrategy = .convertFromSnakeCase
            return (try decoder.decode(Shown.self, from: Data(text.utf8)), events)
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
