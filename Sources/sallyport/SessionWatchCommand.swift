import AdminAPI
import ArgumentParser
import NIOCore
import RecordingFormat
import Synchronization
import TerminalPlayer

struct SessionWatchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "watch", abstract: "See a session as it happens, from its recording.",
        discussion: """
            On a terminal it shows the session's screen: c next channel, q leaves, a says that you supervise it (dual control);
            Shift and an
            arrow, or H J K L, move the view of one larger than this terminal. Otherwise, or with --plain, it prints
            the text as it comes, from the beginning of the session, and ends with it.
            """)

    @ParentCommand var root: Sallyport
    @Argument(help: "Id of the session.") var id: String
    @Flag(help: "Print text even on a terminal.") var plain = false

    func run() async throws {
        let access = try await self.root.client.openRecording(self.id, for: .watch)
        guard access.recording.ended == nil else {
            throw CommandFailure(
                "session \(self.id) has ended", hint: "see it with sallyport recording play \(self.id)")
        }
        let watch = SessionWatch(
            client: self.root.client, id: self.id,
            ticket: try await self.root.client.post(AdminRoutes.sessionWatchers.path(self.id)))
        let follower = SessionFollower(
            client: self.root.client, id: self.id, watcher: watch.ticket.number, signer: try access.signer(),
            keys: try access.subkeys(for: .watch))
        if self.plain || !StandardOutput.isTerminal {
            try await Self.print(follower, watch)
        } else {
            let recording = access.recording
            let title = "\(recording.user) as \(recording.account) on \(recording.target)"
            try await Self.show(follower, watch, title: Printable.line(title))
        }
    }

    private static func print(_ follower: SessionFollower, _ watch: SessionWatch) async throws {
        let end = try await watch.whileAlive {
            var text = PlainWatch()
            return try await follower.follow { StandardOutput.text(text.append($0)) }
        }
        StandardError.line(try end.get())
    }

    /// - parameters:
    ///   - typing: what is done with keys; nil for a view that only shows.
    ///   - left: called when the viewer has left, and still counts as watching.
    static func show(
        _ follower: SessionFollower, _ watch: SessionWatch, title: String,
        typing: (@Sendable ([UInt8], WatchView) -> Void)? = nil, left: @Sendable () async -> Void = {}
    ) async throws {
        let shown = Mutex<WatchView?>(nil)
        let view = try WatchView(
            title: title, acknowledge: { watch.acknowledge() },
            typing: typing.map { typing in
                { @Sendable keys in
                    if let view = shown.withLock({ $0 }) { typing(keys, view) }
                }
            })
        shown.withLock { $0 = view }
        let outcome = Mutex<Result<String, CommandFailure>?>(nil)
        let following = Task {
            let end: Result<String, CommandFailure>
            do {
                end = try await watch.whileAlive({ view.tell($0.line) }) {
                    try await follower.follow { view.feed($0) }
                }
            } catch {
                end = .failure(error as? CommandFailure ?? CommandFailure("cannot follow the session: \(error)"))
            }
            outcome.withLock { $0 = end }
            switch end {
            case .success(let words): view.end(words)
            case .failure(let failure): view.end(failure.message)
            }
        }
        defer { following.cancel() }
        let ending: ViewEnding
        do {
            ending = try await view.runOnOwnThread()
        } catch let error as TerminalPlayerError {
            throw CommandFailure("\(error)", hint: "use --plain")
        }
        await left()
        // Whoever leaves early hears nothing of the end.
        if let end = outcome.withLock({ $0 }) { StandardError.line(try end.get()) }
        TerminalView.end(with: ending)
    }
}

/// Reads a session's recording while it grows.
struct SessionFollower: Sendable {
    let client: ControlClient
    let id: String
    let watcher: UInt64
    let signer: SigningKey
    let keys: RecordingSubkeys?

    /// Hands over the events from the first one on, as they come; returns how the session ended, in one line, or why
    /// its recording does not verify.
    func follow(_ show: ([RecordedEvent]) -> Void) async throws -> Result<String, CommandFailure> {
        let stream = RecordingStream(expectedSigner: self.signer.bytes, keys: self.keys)
        let path = AdminRoutes.recordingContent.path(self.id, query: [(name: "watcher", value: String(self.watcher))])
        try await self.client.stream(path) { piece in
            show(try stream.feed(piece.readableBytesView))
            return true
        }
        let report = stream.finish()
        guard case .complete(let ending) = report.verdict, stream.badRecords.isEmpty else {
            return .failure(
                CommandFailure("the recording of \(self.id) does not verify: \(report)", status: .verificationFailed))
        }
        func text(_ label: String, _ bytes: [UInt8]) -> String {
            bytes.isEmpty ? "" : label + String(decoding: bytes, as: UTF8.self)
        }
        return .success(
            "session \(self.id) \(ending.how)\(text(" by ", ending.by))\(text(": ", ending.reason))")
    }
}
