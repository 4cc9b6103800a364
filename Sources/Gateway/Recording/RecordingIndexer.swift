import Glibc
import Logging
import Platform
import Playback
import RecordingFormat
import RecordingKeys
import SessionStore
import Vault

/// Makes ended recordings searchable, and large ones quick to seek in. Blocks: for a thread of its own.
struct RecordingIndexer: Sendable {
    let store: SessionStore
    let recordings: RecordingDirectory
    let archiveKey: SecretBytes
    let signer: GatewayKeys.RecordingSigner
    let log: Logger

    /// Reads what ended while nobody read it, oldest first.
    func catchUp() {
        do {
            for id in try self.store.unindexedSessions() { self.index(id) }
        } catch {
            self.log.error("the search index can't be brought up to date: \(error)")
        }
    }

    /// Reads one recording, unless that was done before or interrupted twice.
    func index(_ id: RecordingID) {
        do {
            guard let session = try self.store.session(id), try self.store.beginIndexing(id) else { return }
            try self.read(session) { try self.store.index(id, $0, $1) }
        } catch {
            self.log.error("recording \(id) can't be made searchable: \(error)")
        }
    }

    /// - parameter enter: enters what can be searched for; called once, before the rest of a large recording is read
    ///   for its index alone.
    private func read(_ session: StoredSession, _ enter: ([SearchEntry], SearchCoverage) throws -> Void) throws {
        let file = SharedDescriptor(try self.recordings.openForReading(session.recordingPath))
        let read: FrameReader.Read = { offset, count in try Self.read(file, offset, count) }
        guard let keys = try self.keys(read) else { return try enter([], .unreadable) }
        let maker = ReelIndexMaker(keys: keys, file: read)
        var content = SearchableContent()
        while !content.isFull, let events = try maker.next() {
            for event in events { content.add(event) }
        }
        content.finish()
        let length = try FileSize.bytes(of: file.rawValue)
        try enter(content.entries, content.isFull || maker.readBytes != length ? .partial : .whole)
        while !maker.isGivenUp, try maker.next() != nil {}
        self.writeIndex(maker.finish(end: length), read, keys, session)
    }

    /// Nil if the recording was made for other eyes, or its header can't be read.
    private func keys(_ read: FrameReader.Read) throws -> RecordingSubkeys? {
        let identity = try self.archiveKey.withUnsafeBytes { try RecordingIdentity(rawRepresentation: $0) }
        var parser = RecordParser()
        parser.append(try read(0, RecordParser.longestStart))
        do {
            return try parser.next().map { try identity.subkeys(for: try RecordingHeader($0)) }
        } catch is RecordingKeyError {
            return nil
        } catch is RecordingError {
            return nil
        }
    }

    /// Puts the index beside the recording. One that can't be written is missed by nobody but a hurried reader.
    private func writeIndex(
        _ content: [UInt8]?, _ read: FrameReader.Read, _ keys: RecordingSubkeys, _ session: StoredSession
    ) {
        do {
            guard let content, let offset = try FrameMap(read).seal,
                let subject = try SealedRecording(read, sealOffset: offset),
                let index = try SealedIndex.seal(content, of: subject, keys: keys, sign: { self.signer.sign($0) })
            else { return }
            try self.recordings.replaceIndex(ofRecording: session.recordingPath) {
                try FileWriting.writeAll(index, to: $0)
            }
        } catch {
            self.log.warning("recording \(session.id) has no index: \(error)")
        }
    }

    private static func read(_ file: SharedDescriptor, _ offset: UInt64, _ count: Int) throws -> [UInt8] {
        guard let offset = off_t(exactly: offset) else { return [] }
        var result = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
            result = pread(file.rawValue, buffer.baseAddress, count, offset)
            initialized = max(result, 0)
        }
        try SystemError.check(result, "read a recording for its indexes")
        return bytes
    }
}
