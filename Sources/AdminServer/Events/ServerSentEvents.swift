import AdminAPI
import Hummingbird

/// A stream of server-sent events (WHATWG HTML section 9.2), pulled from what the service says now and again.
///
/// Each client asks for itself, so that none can hold up the broker or another client: while one takes nothing, nothing
/// is asked for it, and after a while ``RequestDeadlines`` cuts it off. A look costs a question to memory or to an index.
struct ServerSentEvents: Sendable {
    struct Event: Sendable {
        /// Where to go on from, for `Last-Event-ID`; nil for none.
        var id: String?
        var name: String
        /// JSON on one line.
        var data: [UInt8]
    }

    /// What is new since the last call.
    typealias Source = @Sendable () async throws -> [Event]

    let service: any AdministrationService
    let actor: AdminActor
    let pace: Pace

    struct Pace: Sendable {
        /// Between two looks.
        var look = Duration.milliseconds(500)
        /// After which a silent stream shows that it lives, and whether whoever reads it may still do so is asked.
        var heartbeat = Duration.seconds(2)
    }

    /// Ends when the reader goes away, when `source` throws, and soon after the reader may read no more.
    func response(to request: Request, from source: @escaping Source) -> Response {
        let (service, actor, pace) = (self.service, self.actor, self.pace)
        let body = ResponseBody { writer in
            try await request.body.consumeWithCancellationOnInboundClose { _ in
                // At once, so that clients know that they are heard.
                try await writer.write(ByteBuffer(string: "retry: 2000\n\n"))
                var checked = ContinuousClock.now
                while true {
                    let events = try await source()
                    if !events.isEmpty { try await writer.write(Self.text(of: events)) }
                    if ContinuousClock.now - checked >= pace.heartbeat {
                        checked = ContinuousClock.now
                        guard await service.isStillGood(actor) else {
                            try await writer.write(ByteBuffer(string: "event: denied\ndata: {}\n\n"))
                            return
                        }
                        try await writer.write(ByteBuffer(string: ": alive\n\n"))
                    }
                    try await Task.sleep(for: pace.look)
                }
            }
            try await writer.finish(nil)
        }
        return Response(
            status: .ok, headers: [.contentType: "text/event-stream", .cacheControl: "no-store"], body: body)
    }

    private static func text(of events: [Event]) -> ByteBuffer {
        var buffer = ByteBuffer()
        for event in events {
            if let id = event.id { buffer.writeString("id: \(id)\n") }
            buffer.writeString("event: \(event.name)\ndata: ")
            buffer.writeBytes(event.data)
            buffer.writeString("\n\n")
        }
        return buffer
    }
}
