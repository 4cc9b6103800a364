import AdminAPI
import Glibc
import Logging
import Platform
import RecordingFormat
import SessionStore
import Vault

/// Deletes recordings, so that their seal and the trace of the deletion are left. Blocks: on the thread that makes
/// recordings searchable, so that none is read for that and deleted at once.
struct RecordingDeletion: Sendable {
    let store: SessionStore
    let recordings: RecordingDirectory
    let signer: GatewayKeys.RecordingSigner
    let log: Logger

    /// First the trace is on the disk, then the file goes: a crash in between leaves what ``finish()`` takes up.
    /// - throws: `AdminError`, `StoreError`: it is as it was.
    func delete(_ session: StoredSession, rule: String, reason: String?, by actor: String) throws {
        guard session.ending != nil else {
            throw AdminError(.conflict, "the session of recording \(session.id) has not ended")
        }
        let file = SharedDescriptor(try self.recordings.openForReading(session.recordingPath))
        let (remains, finding) = try self.remains(of: file, session)
        try self.store.beginDeletion(
            of: session.id, rule: rule, reason: reason, bytes: finding.bytes, head: finding.head.text,
            firstRecord: remains.start, lastRecord: remains.seal, by: actor)
        try self.recordings.remove(session.recordingPath)
        try self.store.noteGone(session.id)
        self.log.notice("recording \(session.id) was deleted: \(rule)")
    }

    /// Only what is whole is deleted: what is damaged may be evidence of that.
    private func remains(
        of file: SharedDescriptor, _ session: StoredSession
    ) throws -> (RecordingRemains, RecordingRemains.Finding) {
        let verifier = RunningVerifier(expectedSigner: self.signer.rawPublicKey)
        var offset: UInt64 = 0
        while true {
            let piece = try Self.read(file, offset, 256 * 1024)
            guard !piece.isEmpty else { break }
            verifier.feed(piece)
            offset += UInt64(piece.count)
        }
        let report = verifier.finish()
        guard case .complete = report.verdict, report.header?.fileID.bytes == session.id.bytes,
            let remains = try RecordingRemains(of: { try Self.read(file, $0, $1) })
        else {
            throw AdminError(
                .conflict, "recording \(session.id) does not verify, and is kept as it is",
                hint: "see sallyport recording verify \(session.id)")
        }
        return (remains, try remains.verify(expectedSigner: self.signer.rawPublicKey))
    }

    /// What a crash has left is brought to its end, and what has come back, with a copy of the recordings, goes again.
    func finish() {
        do {
            let deleted = try self.store.deletedRecordings()
            for (id, deletion) in deleted {
                guard let session = try self.store.session(id) else { continue }
                let isThere = self.recordings.isThere(session.recordingPath)
                guard isThere || !deletion.isGone else { continue }
                if isThere, deletion.isGone {
                    // The trace comes first, as above.
                    try self.store.audit(.deletedRecordingFound(session: id.description), actor: "gateway")
                    try self.store.flush()
                    self.log.warning("recording \(id), which was deleted, was there again and is removed")
                }
                if isThere { try self.recordings.remove(session.recordingPath) }
                try self.store.noteGone(id)
            }
        } catch {
            self.log.error("deletions of recordings can't be brought to their end: \(error)")
        }
    }

    private static func read(_ file: SharedDescriptor, _ offset: UInt64, _ count: Int) throws -> [UInt8] {
        guard let offset = off_t(exactly: offset) else { return [] }
        var piece = [UInt8](repeating: 0, count: count)
        let got = try SystemError.check(pread(file.rawValue, &piece, count, offset), "read a recording")
        return Array(piece[..<got])
    }
}
