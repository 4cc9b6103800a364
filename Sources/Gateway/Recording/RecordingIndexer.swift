import Glibc
import Logging
import Platform
import RecordingFormat
import RecordingKeys
import SessionStore

/// Makes ended recordings searchable. Blocks: for a thread of its own.
struct RecordingIndexer: Sendable {
    let store: SessionStore
    let recordings: RecordingDirectory
    let archiveKey: SecretBytes
    let log: Logger

    private static let pieceBytes = 256 * 1024

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
            let (content, coverage) = try self.read(session)
            try self.store.index(id, content, coverage)
        } catch {
            self.log.error("recording \(id) can't be made searchable: \(error)")
        }
    }

    private func read(_ session: StoredSession) throws -> ([SearchEntry], SearchCoverage) {
        let file = try self.recordings.openForReading(session.recordingPath)
        let identity = try self.archiveKey.withUnsafeBytes { try RecordingIdentity(rawRepresentation: $0) }
        let stream = RecordingStream { header in try identity.subkeys(for: header) }
        var content = SearchableContent()
        var piece = [UInt8](repeating: 0, count: Self.pieceBytes)
        var offset: off_t = 0
        while !content.isFull {
            let count = try SystemError.check(
                pread(file.rawValue, &piece, piece.count, offset), "read a recording for the search index")
            guard count > 0 else { break }
            offset += off_t(count)
            do {
                for event in try stream.feed(piece[..<count]) { content.add(event) }
            } catch is RecordingKeyError {
                return ([], .unreadable)
            }
        }
        content.finish()
        let isSound = stream.readError == nil && stream.badRecords.isEmpty
        return (content.entries, content.isFull || !isSound ? .partial : .whole)
    }
}
