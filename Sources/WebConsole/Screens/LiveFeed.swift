import AdminAPI
import Playback
import RecordingFormat
import Synchronization
import TerminalPlayer

/// A session that somebody watches in a browser, as its recording goes on: its screen is always the present one,
/// however late or slow whoever looks is.
final class LiveFeed: Sendable {
    /// What there is to tell of it.
    struct News: Sendable {
        var change: ScreenPainter.Change?
        var channel: UInt32?
        var channels: [ChannelSummary] = []
        var notice: String?
        var status: WatchStatus?
        var isOver = false
    }

    private struct State {
        var screen = LiveScreen()
        var status: WatchStatus?
        var ticket: WatchTicket?
        var version: UInt64 = 0
        var isOver = false
    }

    private let service: any AdministrationService
    private let actor: AdminActor
    let session: String
    private let state = Mutex(State())

    init(service: any AdministrationService, actor: AdminActor, session: String) {
        self.service = service
        self.actor = actor
        self.session = session
    }

    /// The place among those who watch; nil until it was taken.
    var ticket: WatchTicket? { self.state.withLock(\.ticket) }
    var isOver: Bool { self.state.withLock(\.isOver) }

    /// Watches until the session is over. Whoever is cancelled watches no more.
    func run() async throws {
        let access = try await self.service.openRecording(self.session, for: .watch, by: self.actor)
        let keys = try access.subkeys()
        let ticket = try await self.service.issueWatch(ofSession: self.session, by: self.actor)
        let content = try await self.service.watchedContent(
            self.session, watcher: ticket.number, from: 0, by: self.actor)
        self.state.withLock { $0.ticket = ticket }
        defer {
            self.state.withLock { state in
                state.isOver = true
                state.version += 1
            }
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                let stream = RecordingStream(keys: keys)
                for try await piece in content {
                    let events = try stream.feed(piece)
                    self.state.withLock { state in
                        for event in events { state.screen.apply(event) }
                        state.version += 1
                    }
                }
            }
            group.addTask { try await self.giveSignsOfLife(ticket) }
            defer { group.cancelAll() }
            try await group.next()
        }
    }

    /// Until the gateway no longer takes them.
    private func giveSignsOfLife(_ ticket: WatchTicket) async throws {
        while true {
            let status = try await self.service.beatWatch(
                ticket.number, WatchBeat(acknowledges: false), ofSession: self.session, by: self.actor)
            self.state.withLock { state in
                guard status != state.status else { return }
                state.status = status
                state.version += 1
            }
            try await Task.sleep(for: .milliseconds(ticket.beatMilliseconds))
        }
    }

    /// What is new since the viewer's last look; nil for nothing.
    func news(for viewer: inout Viewer) -> News? {
        let (screen, status, isOver, version) = self.state.withLock { state in
            (state.screen, state.status, state.isOver, state.version)
        }
        guard version != viewer.version else { return nil }
        viewer.version = version
        var news = News()
        let channel = viewer.channel ?? screen.principalChannel
        if channel != viewer.shown {
            viewer.shown = channel
            viewer.painter = ScreenPainter()
        }
        news.channel = channel
        news.channels = screen.channels
        if let channel, let view = screen.view(of: channel) { news.change = viewer.painter.paint(view.screen) }
        news.notice = screen.notice
        news.status = status
        news.isOver = isOver
        return news
    }

    /// Who looks, and what they saw last.
    struct Viewer {
        /// The channel that they chose; nil for that which the session is at.
        var channel: UInt32?
        fileprivate var shown: UInt32?
        fileprivate var painter = ScreenPainter()
        fileprivate var version: UInt64 = 0

        init(channel: UInt32? = nil) { self.channel = channel }
    }
}
