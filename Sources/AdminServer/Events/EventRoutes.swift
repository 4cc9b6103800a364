import AdminAPI
import Hummingbird
import Synchronization

extension AdminRouter {
    func addEvents(to routes: AdminRouteTable) {
        let (service, pace) = (self.service, self.pace)
        routes.stream(
            .get, AdminRoutes.sessionEvents, .sessionsRead,
            "Live sessions as server-sent events: `snapshot`, then `started`, `changed` and `ended`",
            answers: "text/event-stream", schema: { _ in ["type": "string"] },
            { call in
                let stream = ServerSentEvents(service: service, actor: call.actor, pace: pace)
                let changes = SessionChanges()
                return stream.response(to: call.request) {
                    changes.events(for: try await service.listSessions(by: call.actor))
                }
            })
        routes.stream(
            .get, AdminRoutes.auditEvents, .auditRead,
            "The audit log as server-sent events, each with its row's position as id; goes on after `Last-Event-ID`",
            query: [.position("after", "a row's position; without it and Last-Event-ID: only new rows")],
            answers: "text/event-stream", schema: { _ in ["type": "string"] },
            { call in
                let start = try await Self.start(of: call, service)
                let position = Mutex(start)
                let stream = ServerSentEvents(service: service, actor: call.actor, pace: pace)
                return stream.response(to: call.request) {
                    let page = try await service.auditPage(
                        after: position.withLock { $0 }, limit: Self.rowsAtOnce, by: call.actor)
                    position.withLock { $0 = page.last }
                    return try page.lines.compactMap { line in
                        guard case .row(let row) = line else { return nil }
                        return ServerSentEvents.Event(
                            id: String(row.sequence), name: "row", data: try AdminJSON.encode(row))
                    }
                }
            })
    }

    /// So that a reader who is far behind is fed in pieces.
    private static let rowsAtOnce = 500

    private static func start(of call: AdminCall, _ service: any AdministrationService) async throws -> UInt64 {
        if let name = HTTPFields.Element.Name("Last-Event-ID"), let text = call.request.headers[name] {
            guard let position = UInt64(text) else {
                throw AdminError(.invalidInput, "Last-Event-ID must be a row's position")
            }
            return position
        }
        if call.query("after") != nil { return try call.position("after", "a row's position") }
        let newest = try await service.listAuditEvents(AuditQuery(limit: 1), by: call.actor)
        return newest.last?.sequence ?? 0
    }
}

/// What changed in the list of live sessions since the last look.
final class SessionChanges: Sendable {
    private let known = Mutex<[String: SessionInfo]?>(nil)

    func events(for sessions: [SessionInfo]) -> [ServerSentEvents.Event] {
        self.known.withLock { known in
            // Bytes grow with every key: no news by themselves.
            let steady = sessions.map { session in
                var session = session
                session.recordedBytes = 0
                return session
            }
            let now = Dictionary(steady.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
            defer { known = now }
            guard let before = known else { return Self.event("snapshot", sessions) }
            let appeared = steady.filter { before[$0.id] == nil }.flatMap { Self.event("started", $0) }
            let changed = steady.filter { before[$0.id].map { old in old != now[old.id] } ?? false }
                .flatMap { Self.event("changed", $0) }
            let ended = before.values.filter { now[$0.id] == nil }.sorted { $0.id < $1.id }
                .flatMap { Self.event("ended", ["id": $0.id]) }
            return appeared + changed + ended
        }
    }

    private static func event(_ name: String, _ value: some Encodable) -> [ServerSentEvents.Event] {
        guard let data = try? AdminJSON.encode(value) else { return [] }
        return [ServerSentEvents.Event(id: nil, name: name, data: data)]
    }
}
