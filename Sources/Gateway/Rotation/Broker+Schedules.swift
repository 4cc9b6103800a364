import Platform
import SessionStore

/// Rotations that nobody asks for.
extension Broker {
    /// What failed by itself is tried again by itself after this, in nanoseconds.
    private static let retryNanoseconds: Int64 = 900 * 1_000_000_000

    /// From the start of the gateway on: what a crash has left open is settled, and then what is due is rotated.
    ///
    /// Called before the first connection is taken: no login gets a secret that is in doubt.
    func keepRotating() throws(StoreError) {
        let left = try self.store.rotations()
        for rotation in left {
            self.rotations.wasLeftUnsettled(rotation.place, inDoubt: rotation.phase == .candidate)
        }
        Task {
            let store = self.store
            await self.settleAgain(left.map(\.place))
            self.pruneVersions()
            await self.lookAtCheckouts()
            for checkout in (try? await self.questions.run { try store.checkouts() }) ?? [] {
                self.lookAtCheckouts(at: checkout.untilNanoseconds)
            }
            self.lookAtSchedulesLater()
        }
    }

    private func lookAtSchedulesLater() {
        guard !self.isStopping else { return }
        self.loop.after(nanoseconds: UInt64(self.configuration.rotation.checkSeconds) * 1_000_000_000) { [weak self] in
            self?.assumeIsolated { $0.lookAtSchedulesNow() }
        }
    }

    private func lookAtSchedulesNow() {
        Task {
            await self.lookAtSchedules()
            self.lookAtSchedulesLater()
        }
    }

    private func lookAtSchedules() async {
        await self.settleAgain(self.rotations.unsettled.keys.filter { self.rotations.pauseBeforeAttempt($0) == 0 })
        await self.lookAtCheckouts()
        let store = self.store
        let now = Clock.wallNanoseconds()
        do {
            let due = try await self.questions.run {
                try store.dueRotations(at: now, notTriedSince: now - Self.retryNanoseconds)
            }
            for schedule in due where !self.isStopping {
                await self.rotateByItself(
                    AccountPlace(target: schedule.target, account: schedule.account), .schedule)
            }
        } catch {
            self.log.error("rotation schedules can't be read: \(error)")
        }
        self.pruneVersions()
    }

    /// So many accounts at once: one whose target hangs holds few others up.
    private static let settlingAtOnce = 8

    private func settleAgain(_ places: [AccountPlace]) async {
        await withTaskGroup(of: Void.self) { group in
            for (index, place) in places.enumerated() {
                if index >= Self.settlingAtOnce { await group.next() }
                group.addTask { await self.settleAgain(place) }
            }
        }
    }

    /// A session has ended: the secret that it used is changed if its schedule says so, and nobody else uses the account.
    func rotateAfterSession(on connection: Connection) {
        guard !connection.isRobot, let session = connection.session, session.isRelaying, !self.isStopping else {
            return
        }
        let place = AccountPlace(target: session.destination.target, account: session.destination.account)
        Task {
            let store = self.store
            let schedule = try? await self.questions.run {
                try store.rotationSchedule(target: place.target, account: place.account)
            }
            guard schedule?.isAfterSessions == true, !self.isUsed(place) else { return }
            await self.rotateByItself(place, .session)
        }
    }

    /// Some user's session is on the account, or on its way there.
    func isUsed(_ place: AccountPlace) -> Bool {
        self.connections.values.contains { other in
            guard !other.isRobot, let destination = other.session?.destination else { return false }
            return destination.target == place.target && destination.account == place.account
        }
    }

    private func rotateByItself(_ place: AccountPlace, _ trigger: RotationTrigger) async {
        let store = self.store
        do {
            try await self.questions.run { try store.noteRotationTried(target: place.target, account: place.account) }
            _ = try await self.rotate(place, trigger, by: "gateway")
        } catch {
            self.log.error("rotation of \(place): \(error)")
        }
    }

    /// Forgets former secrets that are too many or too old.
    func pruneVersions() {
        let (store, log, settings) = (self.store, self.log, self.configuration.rotation)
        let oldest = Clock.wallNanoseconds() - Int64(settings.historyDays) * 86_400 * 1_000_000_000
        self.questions.submit {
            do {
                try store.pruneCredentialVersions(keeping: settings.historyVersions, since: oldest)
            } catch {
                log.error("former secrets can't be forgotten: \(error)")
            }
        }
    }
}
