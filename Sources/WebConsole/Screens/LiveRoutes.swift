import AdminAPI
import Hummingbird
import Playback
import Synchronization
import TerminalPlayer

/// The page of a live session, the screens of the dashboard, and what their scripts ask for.
extension WebConsole {
    struct SessionView: Sendable {
        let id: String
        let user: String
        let account: String
        let target: String
        let from: String
        let started: ShownTime
        let grant: String
        let mayControl: Bool
        let mayKill: Bool
    }

    func addLive(to pages: PageTable) {
        pages.page("sessions/:id", .recordingsOpen) { call in
            let id = try call.parameter("id")
            let session: SessionInfo
            do {
                session = try await call.service.showSession(id, by: call.actor)
            } catch let error as AdminError where error.code == .notFound {
                // A link from before it ended.
                throw AdminError(
                    .notFound, "no such session goes on now", hint: "what happened is among the recordings: \(id)")
            }
            return Page(
                "session", title: "\(session.user) as \(session.account) on \(session.target)",
                SessionView(
                    id: session.id, user: session.user, account: session.account, target: session.target,
                    from: session.from, started: ShownTime(session.started), grant: session.grant,
                    mayControl: call.may(.sessionsControl), mayKill: call.may(.sessionsKill)),
                scripts: ["xterm.js", "addon-unicode11.js", "screens.js", "session.js"],
                styles: ["xterm.css", "screens.css"], makesStyles: true)
        }
        pages.data("sessions/:id/screen", .recordingsOpen) { call in
            let feed = LiveFeed(service: call.service, actor: call.actor, session: try call.parameter("id"))
            let viewer = Mutex(LiveFeed.Viewer(channel: try Self.channel(call)))
            let trouble = Mutex<AdminError?>(nil)
            let isTold = Atomic<Bool>(false)
            return EventStream(pace: .milliseconds(50)).response(for: call) {
                do {
                    try await feed.run()
                } catch {
                    trouble.withLock { $0 = error as? AdminError }
                }
            } news: {
                if let error = trouble.withLock({ $0 }), feed.ticket == nil {
                    guard !isTold.exchange(true, ordering: .relaxed) else { return nil }
                    return try EventStream.event("trouble", ["message": error.message])
                }
                guard let news = viewer.withLock({ feed.news(for: &$0) }) else {
                    return feed.isOver ? nil : ""
                }
                return try EventStream.event("news", ShownNews(news, of: feed))
            }
        }
        pages.data("screens", .recordingsOpen) { call in
            let wall = ScreenWall(service: call.service, actor: call.actor)
            return EventStream(pace: .milliseconds(400)).response(for: call) {
                await wall.run()
            } news: {
                try wall.news()
            }
        }
    }
}

/// News of a session as the page's script reads it.
struct ShownNews: Encodable {
    struct Screen: Encodable {
        let columns: Int
        let rows: Int
        let change: String
    }

    struct Channel: Encodable {
        let number: UInt32
        let label: String
    }

    let session: String
    let watcher: UInt64?
    let joins: Bool
    let screen: Screen?
    let channel: UInt32?
    let channels: [Channel]
    let notice: String?
    let status: WatchStatus?
    let isOver: Bool

    init(_ news: LiveFeed.News, of feed: LiveFeed) {
        self.session = feed.session
        self.watcher = feed.ticket?.number
        self.joins = feed.ticket?.joins ?? false
        self.screen = news.change.map {
            Screen(
                columns: $0.size.columns, rows: $0.size.rows, change: String(decoding: $0.bytes, as: UTF8.self))
        }
        self.channel = news.channel
        self.channels = news.channels.map { Channel(number: $0.number, label: $0.label) }
        self.notice = news.notice
        self.status = news.status
        self.isOver = news.isOver
    }
}

/// Small screens of the sessions that run, in one stream: browsers open few connections to one host.
final class ScreenWall: Sendable {
    private struct Pane {
        let feed: LiveFeed
        var viewer = LiveFeed.Viewer()
        let task: Task<Void, Never>
    }

    private let service: any AdministrationService
    private let actor: AdminActor
    private let panes = Mutex<[String: Pane]>([:])
    /// More are listed without a screen.
    private static let mostPanes = 12

    init(service: any AdministrationService, actor: AdminActor) {
        self.service = service
        self.actor = actor
    }

    /// Follows the sessions that there are, until it is cancelled.
    func run() async {
        while !Task.isCancelled {
            let ids = (try? await self.service.listSessions(by: self.actor).map(\.id)) ?? []
            self.panes.withLock { panes in
                for id in ids where panes[id] == nil && panes.count < Self.mostPanes {
                    let feed = LiveFeed(service: self.service, actor: self.actor, session: id)
                    panes[id] = Pane(feed: feed, task: Task { try? await feed.run() })
                }
                for (id, pane) in panes where !ids.contains(id) {
                    pane.task.cancel()
                    panes[id] = nil
                }
            }
            try? await Task.sleep(for: .seconds(1))
        }
        self.panes.withLock { panes in
            for pane in panes.values { pane.task.cancel() }
            panes = [:]
        }
    }

    func news() throws -> String {
        let found = self.panes.withLock { panes in
            panes.keys.sorted().compactMap { id -> (LiveFeed.News, LiveFeed)? in
                guard var pane = panes[id] else { return nil }
                defer { panes[id] = pane }
                return pane.feed.news(for: &pane.viewer).map { ($0, pane.feed) }
            }
        }
        return try found.map { try EventStream.event("news", ShownNews($0.0, of: $0.1)) }.joined()
    }
}
