import AdminAPI
import SessionStore

extension GatewayAdministration {
    func issueWatch(ofSession id: String, by actor: AdminActor) async throws -> WatchTicket {
        let groups = try await self.groups(of: actor)
        switch await self.live.issueWatch(ofSession: id, to: actor.person, in: groups) {
        case nil: throw Self.notWatched
        case .tooMany?:
            throw AdminError(.unavailable, "session \(id) has as many watchers as it may have")
        case .ticket(let number, let canSupervise, let canJoin)?:
            return WatchTicket(
                number: number, supervises: canSupervise, beatMilliseconds: WatchList.beatMilliseconds,
                joins: canJoin && actor.permissions.contains(.sessionsJoin))
        }
    }

    /// Those of the gateway's user that the actor is, who has to be enabled.
    private func groups(of actor: AdminActor) async throws -> Set<String> {
        let store = self.store
        return try await self.perform { () throws -> Set<String> in
            guard let user = try store.accessRules().users[actor.person], user.isEnabled else { return [] }
            return user.groups
        }
    }

    func decideCommand(
        _ request: DecideCommandRequest, ofSession id: String, by actor: AdminActor
    ) async throws -> HeldCommandInfo {
        let groups = try await self.groups(of: actor)
        switch await self.live.decideCommand(
            request.number, ofSession: id, approved: request.approve, by: actor.person, in: groups)
        {
        case nil: throw Self.notWatched
        case .decided(let held)?: return HeldCommandInfo(held)
        case .nothingWaits?:
            throw AdminError(
                .notFound, "no such command waits in session \(id)", hint: "see sallyport session show \(id)")
        case .several?:
            throw AdminError(
                .conflict, "several commands wait in session \(id): say which",
                hint: "sallyport session show \(id) has their numbers")
        case .notSupervisor?:
            throw AdminError(.denied, "\(actor.person) may not supervise session \(id)")
        }
    }

    func beatWatch(
        _ number: UInt64, _ beat: WatchBeat, ofSession id: String, by actor: AdminActor
    ) async throws -> WatchStatus {
        guard
            let standing = await self.live.beatWatch(
                number, ofSession: id, by: actor.person, acknowledges: beat.acknowledges)
        else { throw Self.notWatched }
        return WatchStatus(
            others: standing.others.map(WatcherInfo.init), held: standing.isHeld, supervises: standing.canSupervise,
            acknowledgeWithin: standing.remaining.map { Int($0 / 1_000_000_000) })
    }

    func typeAlong(
        _ number: UInt64, _ typed: TypedKeys, ofSession id: String, by actor: AdminActor
    ) async throws -> TypedOutcome {
        guard (1...TypedKeys.maximumBytes).contains(typed.keys.bytes.count) else {
            throw AdminError(.invalidInput, "keys come 1 to \(TypedKeys.maximumBytes) bytes at a time")
        }
        switch await self.live.typeAlong(typed.keys.bytes, watcher: number, ofSession: id, by: actor.person) {
        case nil: throw Self.notWatched
        case .notAllowed?:
            throw AdminError(
                .denied, "the grant of session \(id) does not let \(actor.person) type along",
                hint: "it takes grant add --join GROUP, and membership in that")
        case .control(.told(.noTerminal))?, .control(.nobodyThere)?:
            throw AdminError(.unavailable, "session \(id) has no terminal to type at")
        case .control(.unanswered)?:
            throw AdminError(.failed, "session \(id) does not answer: it is not certain that this was typed")
        case .control(.told(let outcome))?: return TypedOutcome(arrived: outcome == .done)
        }
    }

    func watchedContent(
        _ id: String, watcher: UInt64, from offset: UInt64, by actor: AdminActor
    ) async throws -> AsyncThrowingStream<[UInt8], any Error> {
        let content = try await self.recordingContent(id, from: offset, follow: true, by: actor)
        guard await self.live.beginWatch(watcher, ofSession: id, by: actor.person) else { throw Self.notWatched }
        let stream = WatchedRecording(content, live: self.live, session: id, watcher: watcher)
        return AsyncThrowingStream { try await stream.next() }
    }

    private static let notWatched = AdminError(
        .notFound, "there is no live session, or no watcher of it, of this id", hint: "see sallyport session list")
}

/// The content that a watcher is shown. With its end, or that of who reads it, the watcher leaves.
private actor WatchedRecording {
    private var iterator: AsyncThrowingStream<[UInt8], any Error>.Iterator
    private let live: any LiveSessions
    private let session: String
    private let watcher: UInt64

    init(
        _ content: AsyncThrowingStream<[UInt8], any Error>, live: any LiveSessions, session: String, watcher: UInt64
    ) {
        self.iterator = content.makeAsyncIterator()
        self.live = live
        self.session = session
        self.watcher = watcher
    }

    func next() async throws -> [UInt8]? {
        var iterator = self.iterator
        // As with the recording under it, there is one consumer, which asks again when it has its answer.
        defer { self.iterator = iterator }
        do {
            // Cancelled, the stream ends like any other.
            let piece = try await iterator.next(isolation: self)
            guard await self.live.isWatching(self.watcher, session: self.session) || piece == nil else {
                throw AdminError(.unavailable, "there was no sign of life from this watcher for too long")
            }
            if let piece, !Task.isCancelled { return piece }
        } catch {
            await self.live.endWatch(self.watcher, ofSession: self.session)
            throw error
        }
        await self.live.endWatch(self.watcher, ofSession: self.session)
        return nil
    }
}

extension HeldCommandInfo {
    init(_ held: HeldCommand) {
        self.init(
            number: held.number, rule: held.rule, command: held.line,
            since: Timestamp(nanosecondsSince1970: held.since))
    }
}

extension WatcherInfo {
    init(_ watcher: WatchList.Watcher) {
        self.init(
            name: watcher.name, since: Timestamp(nanosecondsSince1970: watcher.since),
            supervises: watcher.canSupervise)
    }
}
