import AccessPolicy
import AdminAPI
import AuditLog
import Platform
import RecordingFormat
import RecordingKeys
import SessionStore
import WorkerProtocol

/// A recording that was just begun: its start is in the file, its session in the catalogue.
struct OpenedRecording: Sendable {
    let id: RecordingID
    let keeper: RecordingKeeper
    /// For the worker: write-only, append-only.
    let appender: SharedDescriptor
    let frameKey: RecordingKey
    /// Nil if what is typed goes into the main track.
    let inputKey: RecordingKey?
    let startedNanoseconds: Int64
    let startedMonotonicNanoseconds: UInt64
    /// Of the file so far.
    let writtenBytes: UInt64
}

extension Broker {
    /// Makes the session file with its header, metadata, and first checkpoint, and enters the session.
    nonisolated func openRecording(for destination: AuthorizedTarget, from peer: PeerAddress) async throws
        -> OpenedRecording
    {
        let (store, recordings, keys) = (self.store, self.recordings, self.keys)
        let readers = self.readers
        return try await self.questions.run {
            let id = RecordingID.random()
            let started = Clock.wallNanoseconds()
            let monotonic = Clock.monotonicNanoseconds()
            guard let fileID = FileID(id.bytes) else { preconditionFailure("both ids have 16 bytes") }
            let fileKey = RecordingKey.random()
            let input = readers.input.isEmpty ? nil : (key: RecordingKey.random(), recipients: readers.input)
            let subkeys = RecordingSubkeys(fileKey: fileKey, inputFileKey: input?.key, fileID: fileID)
            let signer = keys.recordingSigner
            let header = try RecordingHeader(
                fileID: fileID, started: UInt64(started), signingKey: signer.rawPublicKey, fileKey: fileKey,
                recipients: readers.main, input: input)
            var metadata = RecordingMetadata()
            for (key, value) in [
                ("account", destination.account), ("from", peer.description),
                ("file-content", destination.fileContent.rawValue), ("gateway", "sallyport \(ProductVersion.current)"),
                ("grants", destination.grants.joined(separator: ",")),
                ("keystrokes", destination.keystrokes.rawValue), ("session", id.description),
                ("target", destination.target), ("user", destination.user),
            ] {
                metadata[key] = Array(value.utf8)
            }
            let (notary, bytes) = try RecordingNotary.start(
                header: header, metadata: metadata, gatewayKey: subkeys.gateway, wallClock: UInt64(started),
                sign: { signer.sign($0) })

            let file = try recordings.create(id, startedNanoseconds: started)
            let path = file.relativePath
            let (appender, reader) = file.descriptors()
            do {
                try FileWriting.writeAll(bytes, to: appender.rawValue)
                try store.startSession(
                    StoredSession(
                        id: id, user: destination.user, account: destination.account, target: destination.target,
                        from: peer.description, grants: destination.grants, recordingPath: path,
                        startedNanoseconds: started))
            } catch {
                try? recordings.discard(path)
                throw error
            }
            return OpenedRecording(
                id: id,
                keeper: RecordingKeeper(reader: reader, path: path, notary: notary, offset: UInt64(bytes.count)),
                appender: appender, frameKey: subkeys.frames, inputKey: subkeys.input, startedNanoseconds: started,
                startedMonotonicNanoseconds: monotonic, writtenBytes: UInt64(bytes.count))
        }
    }

    // MARK: Keeping

    /// The worker's recording has grown to `bytes`.
    func recordingGrew(to bytes: UInt64, of connection: Connection) {
        guard let session = connection.session else { return }
        let isPrompt = bytes >= session.keptBytes && bytes - session.keptBytes >= GrowthNotices.promptBytes
        session.keeping.grew(at: Clock.monotonicNanoseconds(), isPrompt: isPrompt)
        self.advanceKeeping(of: connection)
    }

    /// Begins the next round, or sets the timer for it.
    private func advanceKeeping(of connection: Connection) {
        guard let session = connection.session else { return }
        let now = Clock.monotonicNanoseconds()
        if session.keeping.begin(at: now) { return self.runRound(of: connection, session) }
        guard let next = session.keeping.nextBeginning, next < session.keepingTimer ?? .max else { return }
        session.keepingTimer = next
        let number = connection.number
        self.loop.after(nanoseconds: next - now) { [weak self] in
            self?.assumeIsolated { broker in
                // One that an earlier timer has replaced finds nothing due, or what it is as well to begin.
                guard let connection = broker.connections[number] else { return }
                if connection.session?.keepingTimer == next { connection.session?.keepingTimer = nil }
                broker.advanceKeeping(of: connection)
            }
        }
    }

    private func runRound(of connection: Connection, _ session: Session) {
        let (number, keeper) = (connection.number, session.keeper)
        let begun = Clock.monotonicNanoseconds()
        Task {
            let result: Result<RecordingKeeper.Round, any Error>
            do {
                result = .success(try await self.keeping.run { try keeper.catchUp() })
            } catch {
                result = .failure(error)
            }
            self.reportDelay(since: begun, of: session)
            guard let connection = self.connections[number] else { return }
            self.finishedKeeping(result, of: connection)
        }
    }

    /// Once for each session: the operator should know that a power cut would now cost more than a second.
    private func reportDelay(since begun: UInt64, of session: Session) {
        let taken = Clock.monotonicNanoseconds() - begun
        guard taken > 1_000_000_000 - GrowthNotices.paceNanoseconds, !session.hasBeenLate else { return }
        session.hasBeenLate = true
        self.log.warning("recording \(session.id): the disk took \(taken / 1_000_000) ms to take in what was new")
    }

    private func finishedKeeping(_ result: Result<RecordingKeeper.Round, any Error>, of connection: Connection) {
        guard let session = connection.session else { return }
        session.keeping.ended()
        switch result {
        case .success(let round):
            session.keptBytes = round.covered
            for record in round.checkpoints {
                // A worker that is behind gets the next one: each covers all before it.
                _ = try? connection.socket.send(
                    BrokerMessage.checkpoint(record: record).encoded, waiting: false)
            }
            if let anchor = round.anchor {
                self.audit(
                    .recordingAnchored(session: session.id, bytes: anchor.covered, head: anchor.text), actor: "gateway")
            }
            let now = Clock.monotonicNanoseconds()
            // The worker says nothing of the checkpoints that it appends.
            if !round.checkpoints.isEmpty { session.keeping.grew(at: now) }
            // Activity may have stopped: its last part is to be signed and anchored too.
            if round.isUnsigned { session.keeping.want(by: now + RecordingKeeper.checkpointNanoseconds) }
            if let delay = round.anchorDelay { session.keeping.want(by: now + delay) }
            self.advanceKeeping(of: connection)
        case .failure(let error as RecordingError):
            self.punish(connection, for: "the recording: \(error)")
        case .failure(let error):
            // Not being able to bring a recording to the disk is not being able to record.
            self.log.critical("\(error)")
            session.failure = "recording failed: \(error)"
            self.audit(.recordingFailed(session: session.id, cause: "\(error)"), actor: "gateway")
            connection.cut()
        }
    }

    // MARK: Sealing

    /// Seals the recording of a session whose worker is dead, and enters its end. Tried again while the disk is full.
    func seal(_ keeper: RecordingKeeper, _ ending: RecordingEnding, id: RecordingID) async throws {
        let (store, recordings) = (self.store, self.recordings)
        let how = StoredSession.How(ending.how)
        try await self.keeping.run {
            let sealed = try keeper.seal(ending, in: recordings)
            try store.endSession(
                id, StoredSession.Ending(how: how, bytes: sealed.bytes, endedNanoseconds: sealed.endedNanoseconds),
                head: sealed.head)
        }
    }

    /// How often a seal is tried again, in seconds.
    private static let sealingRetrySeconds: UInt64 = 10

    /// After a failed attempt to seal: the file is taken up anew until there is room for the seal.
    func sealLater(_ id: RecordingID, path: String, _ ending: RecordingEnding) {
        let delay = Self.sealingRetrySeconds * 1_000_000_000
        self.loop.after(nanoseconds: delay) { [weak self] in
            guard let self else { return }
            Task { await self.sealAgain(id, path: path, ending) }
        }
    }

    private func sealAgain(_ id: RecordingID, path: String, _ ending: RecordingEnding) async {
        let recovery = self.recovery
        do {
            try await self.keeping.run { try recovery.finish(id, path: path, ending) }
            self.makeSearchable(id)
        } catch {
            self.log.error("recording \(id) is still not sealed: \(error)")
            self.sealLater(id, path: path, ending)
        }
    }
}

extension StoredSession.How {
    init(_ how: RecordingEnding.How) {
        switch how {
        case .closed: self = .closed
        case .killed: self = .killed
        case .interrupted: self = .interrupted
        }
    }
}
