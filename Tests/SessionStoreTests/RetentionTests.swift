import Platform
import Testing

@testable import SessionStore

@Suite("Rules of retention, legal holds, deletions")
struct RetentionTests {
    private let folder: TemporaryFolder
    private let store: SessionStore

    init() throws {
        self.folder = try TemporaryFolder()
        self.store = try SessionStore(path: self.folder.path + "/sallyport.db")
    }

    private func session(_ how: StoredSession.How?) throws -> RecordingID {
        let id = RecordingID.random()
        try self.store.startSession(
            StoredSession(
                id: id, user: "alice", account: "root", target: "web1", from: "f", grants: ["g"],
                recordingPath: "\(id).spr", startedNanoseconds: 1))
        switch how {
        case nil: break
        case .quarantined: try self.store.quarantineSession(id, bytes: 1, cause: "c", endedNanoseconds: 2)
        case let how?:
            try self.store.endSession(id, .init(how: how, bytes: 1, endedNanoseconds: 2), head: nil)
        }
        return id
    }

    private func delete(_ id: RecordingID) throws {
        try self.store.beginDeletion(
            of: id, rule: "target web1, 1 d", reason: nil, bytes: 9, head: "ab", firstRecord: [1], lastRecord: [2],
            by: "gateway")
    }

    private func code(_ body: () throws -> Void) -> StoreError.Code? {
        #expect(throws: StoreError.self) { try body() }?.code
    }

    @Test("a rule is what was said last, and goes")
    func rules() throws {
        try self.store.setRetentionRule(.target("web1"), keepSeconds: 86_400, by: "admin")
        try self.store.setRetentionRule(.target("web1"), keepSeconds: nil, by: "admin")
        try self.store.setRetentionRule(.label("env=prod"), keepSeconds: 5, by: "admin")
        #expect(try self.store.retentionRules().map(\.subject.text) == ["label env=prod", "target web1"])
        #expect(try self.store.retentionRules().map(\.keepSeconds) == [5, nil])
        #expect(self.code { try self.store.setRetentionRule(.label("prod"), keepSeconds: 1, by: "admin") } == .invalid)
        try self.store.removeRetentionRule(.target("web1"), by: "admin")
        #expect(self.code { try self.store.removeRetentionRule(.target("web1"), by: "admin") } == .notFound)
    }

    @Test("a deletion leaves its trace, once, and nothing to search for")
    func deletion() throws {
        let id = try self.session(.killed)
        #expect(try self.store.beginIndexing(id))
        try self.store.index(id, [SearchEntry(kind: .command, channel: 0, time: 0, text: "wombat")], .whole)
        #expect(try self.store.search("wombat", limit: 9, by: "admin").hits.count == 1)
        try self.delete(id)
        #expect(try self.store.search("wombat", limit: 9, by: "admin").hits.isEmpty)
        #expect(try self.store.unindexedSessions().isEmpty)
        try self.store.condenseSearchIndex()
        let deleted = try #require(try self.store.deletedRecording(id))
        #expect(deleted.firstRecord == [1] && deleted.lastRecord == [2] && !deleted.isGone)
        try self.store.noteGone(id)
        #expect(try self.store.deletedRecordings()[id]?.isGone == true)
        #expect(self.code { try self.delete(id) } == .conflict)
        #expect(try self.store.session(id) != nil)
        #expect(
            self.code { try self.store.placeHold(.recording(id.description), reason: "r", by: "admin") } == .notFound)
    }

    @Test("what runs, is damaged, or is held is not deleted")
    func refusals() throws {
        #expect(self.code { try self.delete(try self.session(nil)) } == .conflict)
        #expect(self.code { try self.delete(try self.session(.quarantined)) } == .conflict)
        let id = try self.session(.closed)
        for hold: LegalHold.Subject in [.recording(id.description), .user("alice"), .target("web1")] {
            try self.store.placeHold(hold, reason: "case", by: "admin")
            #expect(self.code { try self.store.placeHold(hold, reason: "case", by: "admin") } == .conflict)
            #expect(self.code { try self.delete(id) } == .conflict)
            #expect(try self.store.deletedRecording(id) == nil)
            try self.store.releaseHold(hold, reason: "closed", by: "admin")
            #expect(self.code { try self.store.releaseHold(hold, reason: "closed", by: "admin") } == .notFound)
        }
        try self.store.placeHold(.user("bob"), reason: "case", by: "admin")
        try self.delete(id)
    }
}
