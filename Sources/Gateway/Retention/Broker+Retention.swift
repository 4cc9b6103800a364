import AdminAPI
import Platform
import SessionStore

/// Recordings whose time is over.
extension Broker {
    private nonisolated var deletion: RecordingDeletion {
        RecordingDeletion(
            store: self.store, recordings: self.recordings, signer: self.keys.recordingSigner, log: self.log)
    }

    /// How often it is looked for what is due, in nanoseconds.
    private static let retentionInterval: UInt64 = 3600 * 1_000_000_000

    nonisolated var defaultRetentionSeconds: Int? { self.configuration.keepSeconds }

    /// Deletes what is due from the start of the gateway on.
    func keepRetention() {
        Task {
            do {
                _ = try await self.applyRetention(dryRun: false, by: "gateway")
            } catch {
                self.log.error("recordings whose time is over can't be deleted: \(error)")
            }
            guard !self.isStopping else { return }
            self.loop.after(nanoseconds: Self.retentionInterval) { [weak self] in
                self?.assumeIsolated { $0.keepRetention() }
            }
        }
    }

    /// Deletes every recording whose time is over and that nothing holds; with `dryRun` only says which.
    nonisolated func applyRetention(dryRun: Bool, by actor: String) async throws -> RetentionResult {
        let (store, deletion, defaultSeconds) = (self.store, self.deletion, self.configuration.keepSeconds)
        var result = RetentionResult(deleted: [], held: [], failed: [])
        if !dryRun { try await self.indexing.run { deletion.finish() } }
        let (due, held) = try await self.questions.run {
            let policy = try RetentionPolicy(store, defaultSeconds: defaultSeconds)
            let (now, gone) = (Clock.wallNanoseconds(), try store.deletedRecordings())
            var (due, held): ([(StoredSession, String)], [RetentionResult.Item]) = ([], [])
            for session in try store.sessions() where gone[session.id] == nil {
                switch policy.verdict(on: session, at: now) {
                case .kept: break
                case .due(let rule): due.append((session, rule))
                case .held(let hold): held.append(RetentionResult.Item(session, hold))
                }
            }
            return (due, held)
        }
        result.held = held
        for (session, rule) in due {
            guard !dryRun else {
                result.deleted.append(RetentionResult.Item(session, rule))
                continue
            }
            do {
                // One at a time: what was recorded meanwhile is made searchable in between.
                try await self.indexing.run { try deletion.delete(session, rule: rule, reason: nil, by: actor) }
                result.deleted.append(RetentionResult.Item(session, rule))
            } catch {
                let cause = AdminError(error).message
                self.log.error("recording \(session.id) is due and was not deleted: \(cause)")
                result.failed.append(RetentionResult.Item(session, cause))
            }
        }
        if !result.deleted.isEmpty, !dryRun { try await self.indexing.run { try store.condenseSearchIndex() } }
        return result
    }

    /// Deletes one recording by hand.
    nonisolated func deleteRecording(_ session: StoredSession, reason: String, by actor: String) async throws {
        let (store, deletion) = (self.store, self.deletion)
        try await self.indexing.run {
            try deletion.delete(session, rule: "by hand", reason: reason, by: actor)
            try store.condenseSearchIndex()
        }
    }
}

extension RetentionResult.Item {
    init(_ session: StoredSession, _ why: String) {
        self.init(
            id: session.id.description, user: session.user, target: session.target,
            ended: Timestamp(nanosecondsSince1970: session.ending?.endedNanoseconds ?? session.startedNanoseconds),
            bytes: session.ending?.bytes ?? 0, why: why)
    }
}
