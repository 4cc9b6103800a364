import AdminAPI
import AuditLog
import Platform
import SessionStore
import WorkerProtocol

extension GatewayAdministration {
    func listSessions(by actor: AdminActor) async throws -> [SessionInfo] {
        let live = await self.live.liveSessions().sorted {
            ($0.startedNanoseconds, $0.id) < ($1.startedNanoseconds, $1.id)
        }
        let recordings = self.recordings
        return try await self.perform { live.map { SessionInfo($0, in: recordings) } }
    }

    func showSession(_ id: String, by actor: AdminActor) async throws -> SessionInfo {
        guard let session = try await self.listSessions(by: actor).first(where: { $0.id == id }) else {
            throw Self.noLiveSession
        }
        return session
    }

    func killSession(_ id: String, _ request: KillSessionRequest, by actor: AdminActor) async throws -> KillResult {
        let reason = try Self.checkedReason(request.reason)
        guard let outcome = await self.live.kill(id: id, by: actor.name, reason: reason) else {
            throw Self.noLiveSession
        }
        guard outcome.isVerified else {
            throw AdminError(
                .failed, "session \(id) was cut, but the kernel does not confirm it",
                hint: "see sallyport session list, and the gateway's log")
        }
        return KillResult(id: id, closedMilliseconds: Double(outcome.microseconds) / 1000, verified: true)
    }

    func lockSession(
        _ id: String, _ request: LockSessionRequest, by actor: AdminActor
    ) async throws -> ControlledSession {
        let reason = try Self.checkedReason(request.reason)
        return try await self.control(
            id, .lock(by: Array(actor.name.utf8), reason: Array(reason.utf8)), by: actor)
    }

    func unlockSession(_ id: String, by actor: AdminActor) async throws -> ControlledSession {
        try await self.control(id, .unlock(by: Array(actor.name.utf8)), by: actor)
    }

    func messageSession(
        _ id: String, _ request: MessageSessionRequest, by actor: AdminActor
    ) async throws -> ControlledSession {
        let text = try Self.checkedLine(request.text, "message")
        return try await self.control(
            id,
            .message(
                from: Array(actor.name.utf8), text: Array(text.utf8), mustAcknowledge: request.mustAcknowledge),
            by: actor)
    }

    private func control(
        _ id: String, _ control: SessionControl, by actor: AdminActor
    ) async throws -> ControlledSession {
        switch await self.live.control(id: id, control, by: actor.name) {
        case nil: throw Self.noLiveSession
        case .told(.done)?: return ControlledSession(id: id, changed: true)
        case .told(.unchanged)?, .told(.dropped)?: return ControlledSession(id: id, changed: false)
        case .told(.noTerminal)?:
            throw AdminError(
                .unavailable, "session \(id) has no terminal to show a message on",
                hint: "sallyport session lock and kill work on every session")
        case .nobodyThere?:
            throw AdminError(
                .unavailable, "session \(id) is the gateway's own: nobody types there",
                hint: "sallyport session kill ends it")
        case .unanswered?:
            throw AdminError(
                .failed, "session \(id) does not answer: it is not certain that this is in force",
                hint: "sallyport session kill works in every state")
        }
    }

    private static let noLiveSession = AdminError(
        .notFound, "there is no live session of this id", hint: "see sallyport session list")
}

extension SessionInfo {
    fileprivate init(_ session: LiveSession, in recordings: RecordingDirectory) {
        let path = RecordingID(session.id).map {
            RecordingDirectory.relativePath(of: $0, startedNanoseconds: session.startedNanoseconds)
        }
        self.init(
            id: session.id, user: session.user, account: session.account, target: session.target, from: session.from,
            started: Timestamp(nanosecondsSince1970: session.startedNanoseconds), pid: session.pid,
            grant: session.grants.joined(separator: ","), recordedBytes: path.map(recordings.sizeIfThere) ?? 0,
            lockedBy: session.lockedBy, watchers: session.watchers.map(WatcherInfo.init), held: session.isHeld,
            heldCommands: session.heldCommands.map(HeldCommandInfo.init))
    }
}

extension RecordingDirectory {
    /// Size of a session file in bytes; 0 when it is gone.
    func sizeIfThere(_ relativePath: String) -> UInt64 {
        guard let file = try? self.openForReading(relativePath) else { return 0 }
        return (try? FileSize.bytes(of: file.rawValue)) ?? 0
    }
}
