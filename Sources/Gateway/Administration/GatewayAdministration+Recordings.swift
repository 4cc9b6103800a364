import AdminAPI
import AuditLog
import Glibc
import Platform
import RecordingFormat
import RecordingKeys
import SessionStore

extension GatewayAdministration {
    func listRecordings(by actor: AdminActor) async throws -> [RecordingInfo] {
        let (store, recordings) = (self.store, self.recordings)
        return try await self.perform {
            let deleted = try store.deletedRecordings()
            return try store.sessions().map { RecordingInfo($0, in: recordings, deleted: deleted[$0.id]) }
        }
    }

    func showRecording(_ id: String, by actor: AdminActor) async throws -> RecordingInfo {
        let (store, recordings) = (self.store, self.recordings)
        return try await self.perform {
            let session = try Self.session(id, in: store)
            return RecordingInfo(session, in: recordings, deleted: try store.deletedRecording(session.id))
        }
    }

    /// Audited before any key is given out.
    func openRecording(
        _ id: String, for purpose: RecordingPurpose, by actor: AdminActor
    ) async throws -> RecordingAccess {
        let (store, recordings, keys) = (self.store, self.recordings, self.keys)
        return try await self.perform {
            let session = try Self.session(id, in: store)
            let deleted = try store.deletedRecording(session.id)
            // Of one that is no more, what is left of it can be verified.
            if let deleted, purpose != .verify { throw Self.absence(of: session, deleted) }
            let subkeys =
                purpose.needsKeys
                ? try Self.subkeys(of: session, in: recordings, archiveKey: keys.archivePrivateKey) : nil
            try store.audit(
                .recordingOpened(recording: session.id.description, purpose: purpose.rawValue), actor: actor.name)
            return RecordingAccess(
                recording: RecordingInfo(session, in: recordings, deleted: deleted),
                signingKey: PublicKeyInfo(keys.recordingSigner.publicKey),
                keys: subkeys.map {
                    RecordingAccess.Keys(
                        frames: SecretField($0.frames), gateway: SecretField($0.gateway),
                        input: $0.input.map { SecretField($0) })
                })
        }
    }

    func recordingContent(
        _ id: String, from offset: UInt64, follow: Bool, by actor: AdminActor
    ) async throws -> AsyncThrowingStream<[UInt8], any Error> {
        guard offset <= UInt64(Int64.max) else {
            throw AdminError(.invalidInput, "no recording is as long as that offset")
        }
        let (store, recordings, live) = (self.store, self.recordings, self.live)
        let file = try await self.perform {
            let session = try Self.session(id, in: store)
            if let deleted = try store.deletedRecording(session.id) { throw Self.absence(of: session, deleted) }
            return SharedDescriptor(try recordings.openForReading(session.recordingPath))
        }
        let isLive: @Sendable () async -> Bool = {
            guard follow else { return false }
            switch await live.liveness(of: id) {
            case .running: return true
            case .over: return false
            case .perhapsSealing:
                guard let recording = RecordingID(id), let session = try? store.session(recording) else { return false }
                return session.ending == nil
            }
        }
        let reader = PulledRecording(RecordingFollower(file: file, from: offset, isLive: isLive))
        return AsyncThrowingStream { try await reader.next() }
    }

    func recordingIndex(_ id: String, by actor: AdminActor) async throws -> [UInt8] {
        let (store, recordings) = (self.store, self.recordings)
        return try await self.perform {
            let session = try Self.session(id, in: store)
            guard let file = recordings.openIndex(ofRecording: session.recordingPath) else {
                throw AdminError(.notFound, "the recording \(session.id) has no index")
            }
            var index = [UInt8](repeating: 0, count: SealedIndex.maximumBytes)
            let count = try SystemError.check(
                pread(file.rawValue, &index, index.count, 0), "read the index of the recording \(session.id)")
            return Array(index[..<count])
        }
    }

    private static func absence(of session: StoredSession, _ deleted: DeletedRecording) -> AdminError {
        let day = Timestamp(nanosecondsSince1970: deleted.timeNanoseconds).description.prefix(10)
        return AdminError(
            .notFound, "recording \(session.id) was deleted on \(day) by \(deleted.actor) (\(deleted.rule))",
            hint: "its seal is kept: sallyport recording verify \(session.id)")
    }

    static func session(_ id: String, in store: SessionStore) throws -> StoredSession {
        guard let recording = RecordingID(id), let session = try store.session(recording) else {
            throw AdminError(
                .notFound, "there is no recording of this id", hint: "see sallyport recording list")
        }
        return session
    }

    /// A header with every recipient it may have, and more.
    private static let headerBytes = 256 * 1024

    private static func subkeys(
        of session: StoredSession, in recordings: RecordingDirectory, archiveKey: SecretBytes
    ) throws -> RecordingSubkeys {
        let file = try recordings.openForReading(session.recordingPath)
        var start = [UInt8](repeating: 0, count: Self.headerBytes)
        let count = try SystemError.check(
            pread(file.rawValue, &start, start.count, 0), "read the recording \(session.id)")
        do {
            var parser = RecordParser()
            parser.append(start[..<count])
            guard let record = try parser.next() else {
                throw AdminError(.failed, "the recording \(session.id) has no whole header")
            }
            let identity = try archiveKey.withUnsafeBytes { try RecordingIdentity(rawRepresentation: $0) }
            return try identity.subkeys(for: try RecordingHeader(record))
        } catch let error as RecordingError {
            throw AdminError(
                .failed, "the recording \(session.id) can't be read: \(error)",
                hint: "see sallyport recording verify \(session.id)")
        } catch RecordingKeyError.notARecipient {
            throw AdminError(
                .unavailable, "the gateway holds no key for the recording \(session.id)",
                hint: "open the file with --identity KEYFILE")
        } catch let error as RecordingKeyError {
            throw AdminError(
                .failed, "\(error)", hint: "see sallyport recording verify \(session.id)")
        }
    }
}

/// A follower that is asked for one piece after the other.
private actor PulledRecording {
    private var follower: RecordingFollower

    init(_ follower: RecordingFollower) { self.follower = follower }

    func next() async throws -> [UInt8]? {
        var follower = self.follower
        // The stream's one consumer asks again only when it has its answer, so nothing is lost in between.
        defer { self.follower = follower }
        return try await follower.next()
    }
}

extension SecretField {
    fileprivate init(_ key: RecordingKey) {
        self.init(key.withUnsafeBytes { Array($0) })
    }
}

extension RecordingInfo {
    init(_ session: StoredSession, in recordings: RecordingDirectory, deleted: DeletedRecording? = nil) {
        self.init(
            id: session.id.description, path: recordings.fullPath(session.recordingPath), user: session.user,
            account: session.account, target: session.target, from: session.from,
            started: Timestamp(nanosecondsSince1970: session.startedNanoseconds),
            ended: session.ending.map { Timestamp(nanosecondsSince1970: $0.endedNanoseconds) },
            how: session.ending?.how.rawValue,
            bytes: session.ending?.bytes ?? recordings.sizeIfThere(session.recordingPath),
            deleted: deleted.map { deleted in
                RecordingDeletionInfo(
                    time: Timestamp(nanosecondsSince1970: deleted.timeNanoseconds), rule: deleted.rule,
                    reason: deleted.reason, by: deleted.actor, start: deleted.firstRecord.hexDigits,
                    seal: deleted.lastRecord.hexDigits)
            })
    }
}

enum FileSize {
    /// In bytes.
    static func bytes(of descriptor: CInt) throws(SystemError) -> UInt64 {
        var status = stat()
        try SystemError.check(fstat(descriptor, &status), "look at a session file")
        return UInt64(max(0, status.st_size))
    }
}
