import Foundation
import Testing

@testable import SessionStore

@Suite("The database's log")
struct WriteAheadLogTests {
    private func size(_ path: String) throws -> Int {
        try #require(try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int)
    }

    @Test("a log that has become long is moved into the database and made shorter; nothing is lost")
    func shortened() throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/sallyport.db"
        let store = try SessionStore(path: path)
        let before = try self.size(path)
        let word = String(repeating: "x", count: 100_000)
        let ids = (0..<2).map { _ in RecordingID.random() }
        for id in ids {
            try store.startSession(
                StoredSession(
                    id: id, user: "alice", account: "root", target: "web1", from: "::1:5", grants: ["g"],
                    recordingPath: RecordingDirectory.relativePath(of: id, startedNanoseconds: 1),
                    startedNanoseconds: 1))
            try store.endSession(id, .init(how: .closed, bytes: 9, endedNanoseconds: 5), head: nil)
            let entries = (0..<60).map { SearchEntry(kind: .output, channel: 1, time: $0, text: "\($0) \(word)") }
            #expect(try store.beginIndexing(id))
            try store.index(id, entries, .whole)
        }
        #expect(try self.size(path + "-wal") > 8 << 20)
        #expect(try self.size(path) == before)
        try store.flush()
        #expect(try self.size(path) > 8 << 20)
        // The next commit begins the log anew.
        _ = try store.audit(.gatewayStopped(reason: "test"), actor: "gateway")
        #expect(try self.size(path + "-wal") <= 4 << 20)
        #expect(try store.search("59", limit: 10, by: "admin").hits.count == 2)
        #expect(try Set(store.sessions().map(\.id)) == Set(ids))
    }
}
