import AuditLog
import Glibc
import Logging
import Platform
import RecordingFormat
import SessionStore
import Vault

/// Seals recordings that have lost their worker and their keeper: after a crash of the gateway, or a full disk.
struct RecordingRecovery: Sendable {
    let store: SessionStore
    let recordings: RecordingDirectory
    let signer: GatewayKeys.RecordingSigner
    let log: Logger

    /// Seals as interrupted every session that a former gateway left open. Blocks for the disk.
    func run() {
        guard let open = try? self.store.unfinishedSessions() else { return }
        for session in open {
            do {
                let reason = "the gateway stopped while the session ran"
                try self.finish(
                    session.id, path: session.recordingPath,
                    RecordingEnding(.interrupted, by: [], reason: Array(reason.utf8)))
            } catch {
                self.log.error("recording \(session.id) can't be sealed: \(error)")
                self.auditOnce(session.id, cause: "not recovered: \(error)")
            }
        }
    }

    /// A file that is missing may come back, with a disk that wasn't mounted, so each start tries again; the audit log
    /// need not hear of the same failure each time.
    private func auditOnce(_ id: RecordingID, cause: String) {
        let event = AuditEvent.recordingFailed(session: id.description, cause: cause)
        let last = try? self.store.auditRecords(limit: 1, code: AuditCode.recordingFailed.rawValue, session: id).last
        guard last?.fields.first(where: { $0.name == "cause" })?.value != cause else { return }
        _ = try? self.store.audit(event, actor: "gateway")
    }

    /// Seals one recording, if it isn't yet, and enters its end. One that is not what was signed is left as it is, for
    /// whoever looks into it, and entered as damaged: once, so that it is not taken up again.
    func finish(_ id: RecordingID, path: String, _ ending: RecordingEnding) throws {
        let descriptor = SharedDescriptor(try self.recordings.openForReading(path))
        let signer = self.signer
        var offset: UInt64 = 0
        let found: RecordingNotary.Found
        do {
            found = try RecordingNotary.resume(
                signingKey: signer.rawPublicKey, sign: { signer.sign($0) },
                reading: {
                    var piece = [UInt8](repeating: 0, count: 256 * 1024)
                    let count = try SystemError.check(
                        pread(descriptor.rawValue, &piece, piece.count, off_t(offset)), "read a recording back")
                    offset += UInt64(count)
                    return Array(piece[..<count])
                })
        } catch let error as RecordingError {
            let bytes = try FileSize.bytes(of: descriptor.rawValue)
            try self.store.quarantineSession(
                id, bytes: bytes, cause: "\(error)", endedNanoseconds: Clock.wallNanoseconds())
            self.log.critical("recording \(id) is damaged and stays as it is: \(error)")
            return
        }
        switch found {
        case .sealed(_, let head):
            try self.store.recoverSession(
                id, bytes: offset, tornBytes: 0, head: head.text, endedNanoseconds: Clock.wallNanoseconds())
        case .unsealed(let notary):
            let keeper = RecordingKeeper(reader: descriptor, path: path, notary: notary, offset: offset)
            let sealed = try keeper.seal(ending, in: self.recordings)
            try self.store.recoverSession(
                id, bytes: sealed.bytes, tornBytes: sealed.tornBytes, head: sealed.head,
                endedNanoseconds: sealed.endedNanoseconds)
        }
        self.log.notice("recording \(id) is sealed")
    }
}
