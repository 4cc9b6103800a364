import AdminAPI
import Synchronization

/// A place among those who watch a session, which is kept by signs of life.
final class SessionWatch: Sendable {
    let ticket: WatchTicket
    private let client: ControlClient
    private let id: String
    private let hasAcknowledged = Atomic<Bool>(false)

    /// How long the session's last bytes may take after a sign of life was not taken any more.
    private static let grace = Duration.seconds(3)

    init(client: ControlClient, id: String, ticket: WatchTicket) {
        self.client = client
        self.id = id
        self.ticket = ticket
    }

    /// A person has said to be looking on; the next sign of life brings it.
    func acknowledge() { self.hasAcknowledged.store(true, ordering: .releasing) }

    /// Gives signs of life while `body` runs. Throws when the gateway no longer counts this as watching.
    func whileAlive<Result: Sendable>(
        _ tell: @escaping @Sendable (WatchStatus) -> Void = { _ in },
        _ body: @escaping @Sendable () async throws -> Result
    ) async throws -> Result {
        try await withThrowingTaskGroup(of: Result?.self) { group in
            group.addTask { try await body() }
            group.addTask {
                try await self.beat(tell)
                return nil
            }
            defer { group.cancelAll() }
            while let ended = try await group.next() {
                if let ended { return ended }
            }
            throw CancellationError()
        }
    }

    private func beat(_ tell: (WatchStatus) -> Void) async throws {
        let path = AdminRoutes.sessionWatcher.path(self.id, String(self.ticket.number))
        while true {
            let acknowledges = self.hasAcknowledged.exchange(false, ordering: .acquiring)
            do {
                tell(try await self.client.send(.POST, path, WatchBeat(acknowledges: acknowledges)))
            } catch is CommandFailure {
                // So it is when the session has ended, too: then the stream ends by itself.
                try await Task.sleep(for: Self.grace)
                throw CommandFailure(
                    "the gateway no longer counts this as watching", hint: "watch the session again")
            }
            try await Task.sleep(for: .milliseconds(self.ticket.beatMilliseconds))
        }
    }
}

extension WatchStatus {
    /// For a viewer's status line; empty when there is nothing to say.
    var line: String {
        var words: [String] = []
        if self.held { words.append(self.supervises ? "INPUT HELD, press a" : "INPUT HELD") }
        if !self.held, let seconds = self.acknowledgeWithin { words.append("press a within \(seconds) s") }
        if !self.others.isEmpty {
            words.append("also watching: " + self.others.map { Printable.line($0.name) }.joined(separator: ", "))
        }
        return words.joined(separator: "; ")
    }
}
