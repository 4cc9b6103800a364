import AdminAPI

extension FakeService {
    func issueWatch(ofSession id: String, by actor: AdminActor) async throws -> WatchTicket {
        self.note("issueWatch \(id)", actor)
        return WatchTicket(number: 7, supervises: true, beatMilliseconds: 400)
    }

    /// Not noted: how many come depends on the machine.
    func beatWatch(
        _ number: UInt64, _ beat: WatchBeat, ofSession id: String, by actor: AdminActor
    ) async throws -> WatchStatus {
        WatchStatus(
            others: [WatcherInfo(name: "bob", since: Self.time, supervises: false)], held: beat.acknowledges,
            supervises: true, acknowledgeWithin: 20)
    }

    func decideCommand(
        _ request: DecideCommandRequest, ofSession id: String, by actor: AdminActor
    ) async throws -> HeldCommandInfo {
        self.note("decideCommand \(id) \(request.number ?? 0) \(request.approve)", actor)
        return HeldCommandInfo(number: 3, rule: "ask", command: "touch x", since: Self.time)
    }

    func typeAlong(
        _ number: UInt64, _ typed: TypedKeys, ofSession id: String, by actor: AdminActor
    ) async throws -> TypedOutcome {
        self.note("typeAlong \(id) \(number) \(typed.keys.bytes.count)", actor)
        return TypedOutcome(arrived: true)
    }

    func watchedContent(
        _ id: String, watcher: UInt64, from offset: UInt64, by actor: AdminActor
    ) async throws -> AsyncThrowingStream<[UInt8], any Error> {
        guard watcher == 7 else { throw AdminError(.notFound, "no watcher \(watcher)") }
        return try await self.recordingContent(id, from: offset, follow: true, by: actor)
    }
}
