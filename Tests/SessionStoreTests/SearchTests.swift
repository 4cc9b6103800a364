import AuditLog
import Foundation
import Testing

@testable import SessionStore

@Suite("Search index")
struct SearchTests {
    private let folder: TemporaryFolder
    private let store: SessionStore

    init() throws {
        self.folder = try TemporaryFolder()
        self.store = try SessionStore(path: self.folder.path + "/sallyport.db")
    }

    /// An ended session.
    private func session(started: Int64 = 1_000) throws -> RecordingID {
        let id = RecordingID.random()
        try self.store.startSession(
            StoredSession(
                id: id, user: "alice", account: "root", target: "web1", from: "::1:5", grants: ["g"],
                recordingPath: RecordingDirectory.relativePath(of: id, startedNanoseconds: started),
                startedNanoseconds: started))
        try self.store.endSession(id, .init(how: .closed, bytes: 9, endedNanoseconds: started + 5), head: nil)
        return id
    }

    private func index(_ id: RecordingID, _ lines: [String], _ coverage: SearchCoverage = .whole) throws {
        #expect(try self.store.beginIndexing(id))
        let entries = lines.enumerated().map {
            SearchEntry(kind: .output, channel: 2, time: UInt64($0.offset) * 10, text: $0.element)
        }
        try self.store.index(id, entries, coverage)
    }

    private func found(_ text: String, limit: Int = 100) throws -> [String] {
        try self.store.search(text, limit: limit, by: "admin").hits.map(\.entry.text)
    }

    @Test("a line is found by all of its words, as they begin, in any order and letter case")
    func words() throws {
        let id = try self.session()
        try self.index(id, ["systemctl restart nginx.service", "cat /etc/nginx/nginx.conf", "Größe: café"])
        #expect(try self.found("nginx").count == 2)
        #expect(try self.found("NGI rest") == ["systemctl restart nginx.service"])
        #expect(try self.found("/etc/nginx") == ["cat /etc/nginx/nginx.conf"])
        #expect(try self.found("cafe größe") == ["Größe: café"])
        #expect(try self.found("ginx").isEmpty)
        let hit = try #require(try self.store.search("conf", limit: 1, by: "admin").hits.first)
        #expect(hit.session.id == id && hit.entry.channel == 2 && hit.entry.time == 10 && hit.entry.kind == .output)
        #expect(hit.snippet == "cat /etc/nginx/nginx.conf")
    }

    @Test("what means something to the index or to SQL is text like any other")
    func operators() throws {
        try self.index(try self.session(), ["say \"NEAR\" or not", "a-b AND (c) OR d*", "x'); DROP TABLE search; --"])
        #expect(try self.found("\"NEAR\" OR") == ["say \"NEAR\" or not"])
        #expect(try self.found("(c) a-b AND") == ["a-b AND (c) OR d*"])
        #expect(try self.found("'); DROP TABLE search; --") == ["x'); DROP TABLE search; --"])
        #expect(try self.found("text:say").isEmpty)
        for nothing in ["", "  ", "--", "\"\"", "* ( )"] {
            #expect(throws: StoreError.self) { try self.store.search(nothing, limit: 1, by: "admin") }
        }
    }

    @Test("the newest recording comes first, and no more lines than asked for")
    func order() throws {
        let (old, new) = (try self.session(started: 1_000), try self.session(started: 2_000))
        try self.index(new, ["needle in the new one", "needle again"])
        try self.index(old, (0..<2000).map { "needle \($0) in the old one" })
        #expect(try self.found("needle", limit: 3).map { $0.contains("old") } == [false, false, true])
        #expect(try self.found("needle", limit: 5000).count == 2002)
    }

    @Test("a recording is read once, or a second time after a crash, and the result says what it lacks")
    func coverage() throws {
        let (whole, partial, unreadable, crashed) =
            (try self.session(), try self.session(), try self.session(), try self.session())
        #expect(Set(try self.store.unindexedSessions()) == [whole, partial, unreadable, crashed])
        try self.index(whole, ["one"])
        try self.index(partial, ["one"], .partial)
        try self.index(unreadable, [], .unreadable)
        #expect(try self.store.beginIndexing(crashed))
        #expect(try self.store.unindexedSessions() == [crashed])
        try self.index(crashed, ["lost line"], .again)
        #expect(try !self.store.beginIndexing(crashed))
        #expect(try !self.store.beginIndexing(whole))
        let waiting = try self.session()
        #expect(try self.store.unindexedSessions() == [waiting])
        let result = try self.store.search("one", limit: 9, by: "admin")
        #expect(result.hits.count == 2 && result.partlySearched == 1 && result.unsearched == 3)
    }

    @Test("each search is on record with its words")
    func audited() throws {
        _ = try self.store.search("pass word", limit: 9, by: "bob")
        let row = try #require(try self.store.auditRecords(limit: 9, code: "SP5010I").first)
        #expect(row.actor == "bob" && row.fields.map(\.value) == ["pass word", "0"])
    }
}
