import AuditLog
import Platform
import RecordingFormat
import SessionStore
import WorkerProtocol

extension Broker {
    /// The kernel says that a worker has ended.
    func workerEnded(_ number: UInt64) {
        guard let connection = self.connections[number] else { return }
        // What it said last may still be in the socket.
        self.receive(from: number)
        guard let ending = connection.worker.reap() else { return }
        self.loop.unwatch(connection.worker.pidfd.rawValue)
        self.loop.unwatch(connection.socket.descriptor.rawValue)
        self.stopAgent(of: connection)
        connection.cut()
        self.connections[number] = nil
        connection.signingIn?.cancel()
        connection.dialogue.post(.gone)
        if !connection.isRobot {
            self.limits.ended(from: connection.peer.host, wasAuthenticated: connection.login != nil)
        }
        connection.exit = ending
        for waiter in connection.endWaiters { waiter.resume(()) }
        connection.endWaiters.removeAll()
        self.auditEnd(of: connection, ending)
        if let session = connection.session { self.close(session, of: connection) }
        self.robotEnded(connection)
        self.rotateAfterSession(on: connection)
    }

    private func auditEnd(of connection: Connection, _ ending: ChildProcess.Ending) {
        let from = connection.peer.description
        let session = connection.session?.id
        let pid = connection.worker.pid
        if let misbehaviour = connection.misbehaviour {
            self.log.critical("worker \(pid) for \(from) was ended: \(misbehaviour)")
            self.audit(.workerMisbehaved(session: session, from: from, pid: pid, cause: misbehaviour), actor: "gateway")
        } else if connection.killed == nil, connection.session?.failure == nil, connection.ending == nil {
            let cause = "\(ending)"
            self.log.error("worker \(pid) for \(from) died: \(cause)")
            self.audit(.workerCrashed(session: session, from: from, pid: pid, cause: cause), actor: "gateway")
        }
        if connection.login == nil, let attempted = connection.attempted, !connection.hasAuditedFailure {
            self.audit(
                .loginFailed(user: attempted.login, method: .none, from: from, cause: attempted.cause), actor: "-")
        }
        if let session, connection.ending?.cause == .idleLimit, let login = connection.login {
            self.audit(
                .sessionExpired(session: session, user: login.user, from: from, reason: Self.idleReason),
                actor: "gateway")
        }
        if let session, connection.ending?.cause == .recordingFailed {
            let reason = SystemError(code: Int32(bitPattern: connection.ending?.code ?? 0), attempt: "").reason
            self.log.critical("session \(session) was stopped: its recording can't be written: \(reason)")
            self.audit(.recordingFailed(session: session, cause: reason), actor: "gateway")
        }
    }

    private static let idleReason = "nothing was done for as long as the grant permits"

    private func close(_ session: Session, of connection: Connection) {
        guard let id = RecordingID(session.id) else { preconditionFailure("session ids are made by RecordingID") }
        let ending = Self.recordingEnding(of: session, connection)
        let keeper = session.keeper
        self.sealing += 1
        Task {
            do {
                try await self.seal(keeper, ending, id: id)
                self.makeSearchable(id)
            } catch {
                self.log.error("recording \(id) could not be sealed: \(error)")
                self.sealLater(id, path: keeper.path, ending)
            }
            self.sealing -= 1
        }
    }

    private static func recordingEnding(of session: Session, _ connection: Connection) -> RecordingEnding {
        func ending(_ how: RecordingEnding.How, by: String = "", _ reason: String) -> RecordingEnding {
            RecordingEnding(how, by: Array(by.utf8), reason: Array(reason.utf8))
        }
        if let killed = connection.killed { return ending(.killed, by: killed.by, killed.reason) }
        if let misbehaviour = connection.misbehaviour { return ending(.interrupted, "worker ended: \(misbehaviour)") }
        if let failure = session.failure { return ending(session.isRelaying ? .interrupted : .closed, failure) }
        switch connection.ending?.cause {
        case .clientClosed?, .refused?, .notAuthenticated?, .authenticationTimedOut?, .scanned?, .idle?:
            return ending(.closed, "client closed")
        case .dismissed?: return ending(.closed, "done")
        case .targetClosed?: return ending(.closed, "target closed")
        case .terminated?: return ending(.interrupted, "gateway stopped")
        case .idleLimit?: return ending(.killed, by: "gateway", Self.idleReason)
        case .recordingFailed?: return ending(.interrupted, "recording failed")
        case .protocolError?: return ending(.interrupted, "protocol error")
        case nil: return ending(.interrupted, "worker died")
        }
    }

    /// Returns when this thread has come round, for those who ask whether it does.
    func takeTurn() {}

    /// Ends all sessions, seals their recordings, and accepts nothing more. For the end of the process.
    public func stop(reason: String) async {
        self.isStopping = true
        if let listener = self.listener { self.loop.unwatch(listener.rawValue) }
        self.listener = nil
        self.dropArrivals()
        for connection in self.connections.values {
            self.send(.terminate(line: Array("the gateway is being stopped".utf8)), to: connection)
        }
        await self.waitUntilIdle(milliseconds: 2000)
        for connection in self.connections.values { connection.cut() }
        await self.waitUntilIdle(milliseconds: 3000)
        self.directoryKeeper?.cancel()
        self.signInKeeper?.cancel()
        await self.signInKeeper?.value
        await self.provider?.client.shutdown()
        await self.tickets?.shutdown()
        await self.stopBaoKeeper()
        let (store, signer) = (self.store, self.keys.recordingSigner)
        try? await self.journal.run {
            _ = try store.audit(.gatewayStopped(reason: reason), actor: "gateway")
            try store.signAuditHead { signer.sign($0) }
            try store.flush()
        }
    }

    private func waitUntilIdle(milliseconds: Int) async {
        for _ in 0..<(milliseconds / 10) {
            if self.connections.isEmpty, self.sealing == 0 { return }
            try? await Task.sleep(for: .milliseconds(10))
        }
    }
}
