import AuditLog
import Glibc
import Logging
import Platform
import RecordingFormat
import RecordingKeys
import SessionStore
import Testing

@testable import Gateway

@Suite("What a former gateway left open")
struct RecordingRecoveryTests {
    private let fixture: AdministrationFixture
    private var recovery: RecordingRecovery {
        RecordingRecovery(
            store: self.fixture.store, recordings: self.fixture.recordings, signer: self.fixture.keys.recordingSigner,
            log: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }

    init() throws { self.fixture = try AdministrationFixture() }

    /// A session that is entered as under way, with its start in the file, then the seal if `isSealed`, then `tail`.
    private func begin(isSealed: Bool, tail: [UInt8] = []) throws -> (
        id: RecordingID, file: SharedDescriptor, head: String
    ) {
        let id = RecordingID.random()
        let started = Clock.wallNanoseconds()
        let fileID = try #require(FileID(id.bytes))
        #expect(fileID.sessionID == id.description)
        let fileKey = RecordingKey.random()
        let signer = self.fixture.keys.recordingSigner
        let header = try RecordingHeader(
            fileID: fileID, started: UInt64(started), signingKey: signer.rawPublicKey, fileKey: fileKey,
            recipients: [try RecordingRecipient(rawRepresentation: self.fixture.keys.archivePublicKey)])
        var (notary, bytes) = try RecordingNotary.start(
            header: header, metadata: RecordingMetadata(),
            gatewayKey: RecordingSubkeys(fileKey: fileKey, fileID: fileID).gateway, wallClock: UInt64(started),
            sign: { signer.sign($0) })
        let head = notary.head.text
        if isSealed { bytes += try notary.seal(RecordingEnding(.killed), wallClock: UInt64(started)) }
        let made = try self.fixture.recordings.create(id, startedNanoseconds: started)
        let path = made.relativePath
        let (appender, reader) = made.descriptors()
        try FileWriting.writeAll(bytes + tail, to: appender.rawValue)
        try self.fixture.store.startSession(
            StoredSession(
                id: id, user: "alice", account: "ops", target: "web1", from: "1.2.3.4:5", grants: ["g"],
                recordingPath: path, startedNanoseconds: started))
        return (id, reader, head)
    }

    private func rows(_ code: AuditCode) throws -> [[String: String]] {
        try self.fixture.store.auditRecords(limit: 100, code: code.rawValue).map { row in
            Dictionary(uniqueKeysWithValues: row.fields.map { ($0.name, $0.value) })
        }
    }

    @Test("a sealed file with bytes after its seal is set aside as it is, once, and the others are sealed")
    func quarantine() throws {
        let bad = try self.begin(isSealed: true, tail: [1, 2, 3])
        let good = try self.begin(isSealed: false, tail: [0x10, 0x80, 1])
        let size = try FileSize.bytes(of: bad.file.rawValue)
        for _ in 0..<2 { self.recovery.run() }
        #expect(try self.fixture.store.session(bad.id)?.ending?.how == .quarantined)
        #expect(try self.fixture.store.session(good.id)?.ending?.how == .interrupted)
        #expect(try FileSize.bytes(of: bad.file.rawValue) == size)
        let rows = try self.rows(.recordingQuarantined)
        #expect(rows.map { $0["session"] } == [bad.id.description])
        #expect(rows.first?["bytes"] == "\(size)")
        #expect(rows.first?["cause"]?.contains("follow the seal") == true)
        #expect(try self.rows(.sessionRecovered).map { $0["session"] } == [good.id.description])
        #expect(try self.rows(.recordingFailed).isEmpty)
        #expect(try self.fixture.store.unfinishedSessions().isEmpty)
    }

    @Test("a file that is missing is audited once, however often the gateway starts, and sealed when it is back")
    func missing() throws {
        let session = try self.begin(isSealed: false)
        let entry = try #require(try self.fixture.store.session(session.id))
        let path = self.fixture.recordings.fullPath(entry.recordingPath)
        try #require(rename(path, path + ".away") == 0)
        for _ in 0..<3 { self.recovery.run() }
        #expect(try self.rows(.recordingFailed).map { $0["session"] } == [session.id.description])
        #expect(try self.fixture.store.session(session.id)?.ending == nil)
        try #require(rename(path + ".away", path) == 0)
        self.recovery.run()
        #expect(try self.fixture.store.session(session.id)?.ending?.how == .interrupted)
        #expect(try self.rows(.recordingFailed).count == 1)
    }

    @Test("a file that was sealed just before the crash is entered with the head in its seal")
    func sealedBefore() throws {
        let session = try self.begin(isSealed: true)
        self.recovery.run()
        #expect(try self.rows(.sessionRecovered).map { $0["head"] } == [session.head])
    }

    @Test("rows of one session are found by it alone")
    func rowsOfSession() throws {
        let first = try self.begin(isSealed: false)
        let second = try self.begin(isSealed: false)
        self.recovery.run()
        for session in [first, second] {
            let rows = try self.fixture.store.auditRecords(limit: 100, session: session.id)
            #expect(rows.map(\.code) == ["SP4001I", "SP4004W"])
            #expect(rows.allSatisfy { $0.fields.contains { $0.value == session.id.description } })
        }
        #expect(try self.fixture.store.auditRecords(limit: 1, session: first.id).map(\.code) == ["SP4004W"])
    }
}
