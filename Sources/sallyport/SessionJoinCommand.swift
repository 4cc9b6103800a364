import AdminAPI
import ArgumentParser
import TerminalPlayer

struct SessionJoinCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "join", abstract: "Type along in a session, where its grant says so.",
        discussion: """
            It shows the session's screen as session watch does, and what you type goes to the terminal that its user opened
            last, recorded as yours. Ctrl-] leaves; every other key is the session's. The user is told. The grant
            needs --join GROUP, and you have to be a member: join with a token of yours (--server, --token-file), or in the
            web console.
            """)

    @ParentCommand var root: Sallyport
    @Argument(help: "Id of the session.") var id: String

    func run() async throws {
        let access = try await self.root.client.openRecording(self.id, for: .watch)
        guard access.recording.ended == nil else {
            throw CommandFailure("session \(self.id) has ended")
        }
        let ticket: WatchTicket = try await self.root.client.post(AdminRoutes.sessionWatchers.path(self.id))
        guard ticket.joins else {
            throw CommandFailure(
                "you may not type along in session \(self.id)",
                hint: "its grant needs --join GROUP, you membership in that, and your role sessions.join",
                status: .denied)
        }
        let watch = SessionWatch(client: self.root.client, id: self.id, ticket: ticket)
        let follower = SessionFollower(
            client: self.root.client, id: self.id, watcher: ticket.number, signer: try access.signer(),
            keys: try access.subkeys(for: .watch))
        let recording = access.recording
        let typist = Typist(
            client: self.root.client, path: AdminRoutes.sessionInput.path(self.id, String(ticket.number)))
        try await SessionWatchCommand.show(
            follower, watch, title: Printable.line("\(recording.user) as \(recording.account) on \(recording.target)"),
            typing: { keys, view in typist.type(keys, telling: view) }, left: { await typist.finish() })
    }
}

/// Sends keys one after the other.
private final class Typist: Sendable {
    private let keys: AsyncStream<([UInt8], WatchView)>.Continuation
    private let sending: Task<Void, Never>

    init(client: ControlClient, path: String) {
        let (stream, keys) = AsyncStream.makeStream(of: ([UInt8], WatchView).self)
        self.keys = keys
        self.sending = Task {
            for await (bytes, view) in stream {
                var rest = bytes[...]
                while !rest.isEmpty {
                    let piece = Array(rest.prefix(TypedKeys.maximumBytes))
                    rest = rest.dropFirst(piece.count)
                    do {
                        let outcome: TypedOutcome = try await client.send(
                            .POST, path, TypedKeys(keys: SecretField(piece)))
                        view.tell(outcome.arrived ? "" : "dropped: the session is locked or held")
                    } catch {
                        view.tell((error as? CommandFailure)?.message ?? "the gateway does not answer")
                    }
                }
            }
        }
    }

    func type(_ bytes: [UInt8], telling view: WatchView) { self.keys.yield((bytes, view)) }

    /// What was typed before one left is the session's still.
    func finish() async {
        self.keys.finish()
        await self.sending.value
    }
}
