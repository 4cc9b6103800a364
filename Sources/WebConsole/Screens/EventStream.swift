import AdminAPI
import Hummingbird
import NIOCore

/// An answer of server-sent events (the WHATWG HTML standard, section 9.2) that lasts as long as its reader.
struct EventStream {
    /// One event, as the text that is sent.
    static func event(_ name: String, _ value: some Encodable) throws -> String {
        "event: \(name)\ndata: \(String(decoding: try AdminJSON.encode(value), as: UTF8.self))\n\n"
    }

    /// Between two looks for news.
    let pace: Duration
    /// After which whether its reader may still read is asked, and a silent stream shows that it lives.
    private static let heartbeat = Duration.seconds(2)

    /// - parameters:
    ///   - work: what goes on meanwhile; cancelled with the reader.
    ///   - news: the text of what is new, nil at the end.
    func response(
        for call: PageCall, work: @escaping @Sendable () async -> Void,
        news: @escaping @Sendable () async throws -> String?
    ) -> Response {
        let (service, actor, request, pace) = (call.service, call.actor, call.request, self.pace)
        let body = ResponseBody { writer in
            try await request.body.consumeWithCancellationOnInboundClose { _ in
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask { await work() }
                    defer { group.cancelAll() }
                    try await writer.write(ByteBuffer(string: "retry: 2000\n\n"))
                    var checked = ContinuousClock.now
                    while let text = try await news() {
                        if !text.isEmpty { try await writer.write(ByteBuffer(string: text)) }
                        if ContinuousClock.now - checked >= Self.heartbeat {
                            checked = ContinuousClock.now
                            guard await service.isStillGood(actor) else {
                                try await writer.write(ByteBuffer(string: "event: denied\ndata: {}\n\n"))
                                return
                            }
                            try await writer.write(ByteBuffer(string: ": alive\n\n"))
                        }
                        try await Task.sleep(for: pace)
                    }
                }
            }
            try await writer.finish(nil)
        }
        return Response(
            status: .ok, headers: [.contentType: "text/event-stream", .cacheControl: "no-store"], body: body)
    }
}
