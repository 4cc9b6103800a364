import AdminAPI
import AuditLog
import Foundation
import Glibc
import Logging
import Platform
import Playback
import RecordingFormat
import RecordingKeys
import SessionStore
import Testing

@testable import Gateway

@Suite("Administration of recordings")
struct AdministrationRecordingTests {
    private let fixture: AdministrationFixture
    private var service: GatewayAdministration { self.fixture.service }
    private var actor: AdminActor { self.fixture.actor }

    init() throws { self.fixture = try AdministrationFixture() }

    /// A session file with a header only, entered as a session under way.
    /// - parameter input: who can read what is typed, if that has a track of its own.
    private func begin(
        recipient: RecordingRecipient? = nil, input: RecordingRecipient? = nil
    ) throws -> (id: RecordingID, subkeys: RecordingSubkeys, bytes: [UInt8], file: SharedDescriptor) {
        let id = RecordingID.random()
        let started = Clock.wallNanoseconds()
        let fileID = try #require(FileID(id.bytes))
        let fileKey = RecordingKey.random()
        let inputKey = input.map { _ in RecordingKey.random() }
        let subkeys = RecordingSubkeys(fileKey: fileKey, inputFileKey: inputKey, fileID: fileID)
        let signer = self.fixture.keys.recordingSigner
        let archive = try RecordingRecipient(rawRepresentation: self.fixture.keys.archivePublicKey)
        let header = try RecordingHeader(
            fileID: fileID, started: UInt64(started), signingKey: signer.rawPublicKey, fileKey: fileKey,
            recipients: [recipient ?? archive], input: input.flatMap { input in inputKey.map { ($0, [input]) } })
        let (_, bytes) = try RecordingNotary.start(
            header: header, metadata: RecordingMetadata(), gatewayKey: subkeys.gateway, wallClock: UInt64(started),
            sign: { signer.sign($0) })
        let made = try self.fixture.recordings.create(id, startedNanoseconds: started)
        let path = made.relativePath
        let (appender, _) = made.descriptors()
        try FileWriting.writeAll(bytes, to: appender.rawValue)
        try self.fixture.store.startSession(
            StoredSession(
                id: id, user: "alice", account: "ops", target: "web1", from: "1.2.3.4:5", grants: ["g"],
                recordingPath: path, startedNanoseconds: started))
        return (id, subkeys, bytes, appender)
    }

    private func bytes(_ key: RecordingKey) -> [UInt8] { key.withUnsafeBytes { Array($0) } }

    @Test("recordings are listed with their path and size, live ones without an end")
    func listing() async throws {
        let (id, _, bytes, _) = try self.begin()
        var info = try #require(try await self.service.listRecordings(by: self.actor).first)
        #expect(info.id == id.description)
        #expect(info.path.hasPrefix(self.fixture.folder + "/recordings/"))
        #expect(FileManager.default.fileExists(atPath: info.path))
        #expect(info.bytes == UInt64(bytes.count))
        #expect(info.ended == nil)
        #expect(info.how == nil)
        try self.fixture.store.endSession(
            id, StoredSession.Ending(how: .killed, bytes: 99, endedNanoseconds: 5), head: nil)
        info = try await self.service.showRecording(id.description, by: self.actor)
        #expect(info.how == "killed")
        #expect(info.bytes == 99)
        #expect(info.ended == Timestamp(nanosecondsSince1970: 5))
    }

    @Test("opening gives the keys that the file was written with, and is audited; verifying gets none")
    func opening() async throws {
        let (id, subkeys, _, _) = try self.begin()
        let access = try await self.service.openRecording(id.description, for: .replay, by: self.actor)
        #expect(access.keys?.frames.bytes == self.bytes(subkeys.frames))
        #expect(access.keys?.gateway.bytes == self.bytes(subkeys.gateway))
        #expect(access.signingKey.line == self.fixture.keys.recordingSigner.publicKey.line)
        let verifying = try await self.service.openRecording(id.description, for: .verify, by: self.actor)
        #expect(verifying.keys == nil)
        let rows = try self.fixture.store.auditRecords(limit: 10, code: AuditCode.recordingOpened.rawValue)
        #expect(rows.map { $0.fields.map(\.value) } == [[id.description, "replay"], [id.description, "verify"]])
        #expect(rows.allSatisfy { $0.actor == "admin" })
    }

    @Test("what was typed is opened only where it is for the gateway too")
    func typed() async throws {
        let archive = try RecordingRecipient(rawRepresentation: self.fixture.keys.archivePublicKey)
        for (reader, isOpen) in [(RecordingIdentity().recipient, false), (archive, true)] {
            let (id, subkeys, _, _) = try self.begin(input: reader)
            let access = try await self.service.openRecording(id.description, for: .replay, by: self.actor)
            #expect(access.keys?.frames.bytes == self.bytes(subkeys.frames))
            #expect(access.keys?.input?.bytes == (isOpen ? subkeys.input.map { self.bytes($0) } : nil))
        }
    }

    @Test("a recording for other recipients can't be opened here, and no opening is audited")
    func foreign() async throws {
        let (id, _, _, _) = try self.begin(recipient: RecordingIdentity().recipient)
        let service = self.service
        let actor = self.actor
        let refusal = await self.fixture.refusal {
            _ = try await service.openRecording(id.description, for: .replay, by: actor)
        }
        #expect(refusal?.code == .unavailable)
        #expect(try self.fixture.store.auditRecords(limit: 10, code: AuditCode.recordingOpened.rawValue).isEmpty)
    }

    @Test("ids that are none, and files that are gone or garbage, are refused")
    func badRecordings() async throws {
        let service = self.service
        let actor = self.actor
        for id in ["", "../../etc/passwd", RecordingID.random().description] {
            let refusal = await self.fixture.refusal { _ = try await service.showRecording(id, by: actor) }
            #expect(refusal?.code == .notFound)
        }
        let (id, _, _, file) = try self.begin()
        #expect(ftruncate(file.rawValue, 10) == 0)
        let cut = await self.fixture.refusal {
            _ = try await service.openRecording(id.description, for: .replay, by: actor)
        }
        #expect(cut?.code == .failed)
        try FileManager.default.removeItem(
            atPath: try await service.showRecording(id.description, by: actor).path)
        let gone = await self.fixture.refusal {
            _ = try await service.recordingContent(id.description, from: 0, follow: false, by: actor)
        }
        #expect(gone?.code == .failed)
        let far = await self.fixture.refusal {
            _ = try await service.recordingContent(id.description, from: .max, follow: false, by: actor)
        }
        #expect(far?.code == .invalidInput)
    }

    @Test("content is what is in the file, from the offset on")
    func content() async throws {
        let (id, _, bytes, _) = try self.begin()
        var read: [UInt8] = []
        for try await piece in try await self.service.recordingContent(
            id.description, from: 5, follow: false, by: self.actor)
        {
            read += piece
        }
        #expect(read == Array(bytes.dropFirst(5)))
    }

    @Test("following yields what is added and ends when the session is over and sealed")
    func following() async throws {
        let (id, _, bytes, file) = try self.begin()
        self.fixture.live.state.withLock { $0.liveness = .running }
        let content = try await self.service.recordingContent(id.description, from: 0, follow: true, by: self.actor)
        let reading = Task {
            var read: [UInt8] = []
            for try await piece in content { read += piece }
            return read
        }
        try await Task.sleep(for: .milliseconds(100))
        try FileWriting.writeAll(Array("more".utf8), to: file.rawValue)
        self.fixture.live.state.withLock { $0.liveness = .perhapsSealing }
        try await Task.sleep(for: .milliseconds(100))
        try FileWriting.writeAll(Array("seal".utf8), to: file.rawValue)
        try self.fixture.store.endSession(
            id, StoredSession.Ending(how: .closed, bytes: 1, endedNanoseconds: 5), head: nil)
        #expect(try await reading.value == bytes + Array("moreseal".utf8))
    }

    @Test("a recording for other eyes only is counted as not searched, and one that was cut as partly")
    func searchCoverage() async throws {
        let (readable, subkeys, _, file) = try self.begin()
        let (foreign, _, _, _) = try self.begin(recipient: RecordingIdentity().recipient)
        let encoder = FrameEncoder(frameKey: subkeys.frames)
        let command = RecordedEvent(time: 5, channel: 1, body: .request(.exec(command: Array("uptime".utf8))))
        try encoder.append(command)
        let record = encoder.sealFrame { Array($0) } ?? []
        try FileWriting.writeAll(record + record, to: file.rawValue)
        for id in [readable, foreign] {
            try self.fixture.store.endSession(
                id, StoredSession.Ending(how: .closed, bytes: 9, endedNanoseconds: 5), head: nil)
        }
        RecordingIndexer(
            store: self.fixture.store, recordings: self.fixture.recordings,
            archiveKey: self.fixture.keys.archivePrivateKey, signer: self.fixture.keys.recordingSigner,
            log: Logger(label: "test")
        ).catchUp()
        let found = try await self.service.searchRecordings(RecordingSearchQuery(text: "upt"), by: self.actor)
        #expect(found.hits.map(\.recording) == [readable.description])
        #expect(found.hits.first?.kind == "command" && found.hits.first?.time == 5)
        #expect(found.unsearched == 1 && found.partlySearched == 1)
        let refusal = await self.fixture.refusal {
            _ = try await self.service.searchRecordings(RecordingSearchQuery(text: "--"), by: self.actor)
        }
        #expect(refusal?.code == .invalidInput)
    }

    /// Cells all over a screen, which no line feed scrolls away.
    private static let redraw = (1...40).flatMap { row in
        Array("\u{1b}[\(row);1Hroot 20 0 \(row * 7919) 99.\(row) some program with arguments".utf8)
    }

    @Test(
        "neither index nor search holds what was typed for others' eyes, even where the gateway could read it",
        arguments: [true, false])
    func typedOutOfIndexes(isForOthers: Bool) async throws {
        let signer = self.fixture.keys.recordingSigner
        let archive = try RecordingRecipient(rawRepresentation: self.fixture.keys.archivePublicKey)
        let (id, subkeys, start, file) = try self.begin(input: isForOthers ? archive : nil)
        let encoder = FrameEncoder(frameKey: subkeys.frames, inputKey: isForOthers ? subkeys.input : nil)
        // A shell without a terminal: the lines that it is sent are commands, where they can be read.
        let bodies: [EventBody] = [
            .request(.shell), .requestAnswered(accepted: true), .input(Array("plantedcommand\n".utf8)),
            .output(Array("an answer that is shown\n".utf8)), .channelClosed,
        ]
        for (time, body) in bodies.enumerated() {
            try encoder.append(RecordedEvent(time: UInt64(time), channel: 1, body: body))
        }
        var bytes = start
        encoder.sealFrame { bytes += $0 }
        var parts = [bytes]
        let found = try RecordingNotary.resume(
            signingKey: signer.rawPublicKey, sign: { signer.sign($0) }, reading: { parts.popLast() ?? [] })
        guard case .unsealed(let notary) = found else { throw GatewayError("it is sealed already", hint: nil) }
        bytes += try notary.seal(RecordingEnding(.closed), wallClock: 5)
        try FileWriting.writeAll(Array(bytes[start.count...]), to: file.rawValue)
        try self.fixture.store.endSession(
            id, StoredSession.Ending(how: .closed, bytes: UInt64(bytes.count), endedNanoseconds: 5), head: nil)
        RecordingIndexer(
            store: self.fixture.store, recordings: self.fixture.recordings,
            archiveKey: self.fixture.keys.archivePrivateKey, signer: signer, log: Logger(label: "test")
        ).catchUp()
        #expect(try self.fixture.store.search("answer", limit: 5, by: "admin").hits.count == 1)
        let hits = try self.fixture.store.search("plantedcommand", limit: 5, by: "admin").hits
        #expect(hits.count == (isForOthers ? 0 : 1), "\(hits)")
    }

    @Test("a large recording gets a signed index that fits it, one for other eyes and a small one get none")
    func index() async throws {
        let signer = self.fixture.keys.recordingSigner
        func end(_ redraws: Int, for recipient: RecordingRecipient? = nil) throws -> (String, RecordingSubkeys) {
            let (id, subkeys, start, file) = try self.begin(recipient: recipient)
            let encoder = FrameEncoder(frameKey: subkeys.frames)
            let body = EventBody.request(
                .pty(terminal: [], columns: 80, rows: 43, widthPixels: 0, heightPixels: 0, modes: []))
            try encoder.append(RecordedEvent(time: 1, channel: 1, body: body))
            var bytes = start
            for time in 0..<UInt64(redraws) {
                try encoder.append(RecordedEvent(time: time * 9999, channel: 1, body: .output(Self.redraw)))
                encoder.sealFrame { bytes += $0 }
            }
            var parts = [bytes]
            let found = try RecordingNotary.resume(
                signingKey: signer.rawPublicKey, sign: { signer.sign($0) }, reading: { parts.popLast() ?? [] })
            guard case .unsealed(let notary) = found else { throw GatewayError("it is sealed already", hint: nil) }
            bytes += try notary.seal(RecordingEnding(.closed), wallClock: 5)
            try FileWriting.writeAll(Array(bytes[start.count...]), to: file.rawValue)
            try self.fixture.store.endSession(
                id, StoredSession.Ending(how: .closed, bytes: UInt64(bytes.count), endedNanoseconds: 5), head: nil)
            return (id.description, subkeys)
        }
        let (large, keys) = try end(3000)
        let (small, _) = try end(3)
        let (foreign, _) = try end(3000, for: RecordingIdentity().recipient)
        RecordingIndexer(
            store: self.fixture.store, recordings: self.fixture.recordings,
            archiveKey: self.fixture.keys.archivePrivateKey, signer: signer, log: Logger(label: "test")
        ).catchUp()
        for id in [small, foreign] {
            let refusal = await self.fixture.refusal {
                _ = try await self.service.recordingIndex(id, by: self.actor)
            }
            #expect(refusal?.code == .notFound)
        }
        let path = try await self.service.showRecording(large, by: self.actor).path
        let file = try [UInt8](Data(contentsOf: URL(fileURLWithPath: path)))
        let index = try await self.service.recordingIndex(large, by: self.actor)
        #expect(try [UInt8](Data(contentsOf: URL(fileURLWithPath: SealedIndex.path(of: path)))) == index)
        let content = try SealedIndex.open(
            index, of: { Array(file.dropFirst(Int($0)).prefix($1)) }, keys: keys, signer: signer.rawPublicKey)
        #expect(content.flatMap { ReelIndex($0) } != nil)
        #expect(index.count < file.count)
    }
}
