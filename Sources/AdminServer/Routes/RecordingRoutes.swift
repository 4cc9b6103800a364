import AdminAPI
import Hummingbird
import NIOCore

extension AdminRouter {
    func addRecordings(to routes: AdminRouteTable) {
        let service = self.service
        routes.on(.get, AdminRoutes.recordings, .recordingsRead, "List recordings") { call in
            try await service.listRecordings(by: call.actor)
        }
        routes.on(.get, AdminRoutes.recording, .recordingsRead, "Show a recording") { call in
            try await service.showRecording(call.parameter("id"), by: call.actor)
        }
        routes.on(
            .post, AdminRoutes.recordingAccess, .recordingsOpen, "Get what it takes to read a recording",
            taking: OpenRecordingRequest.self
        ) { body, call in
            try await service.openRecording(call.parameter("id"), for: body.purpose, by: call.actor)
        }
        let limits = 1...RecordingSearchQuery.maximumLimit
        routes.on(
            .get, AdminRoutes.recordingSearch, .recordingsOpen, "Search what recordings show",
            query: [
                .text("text", isRequired: true, "the words to find"), .number("limit", limits, "at most so many"),
            ]
        ) { call in
            var query = RecordingSearchQuery(text: call.query("text") ?? "")
            if let limit = try call.query("limit", in: limits) { query.limit = limit }
            return try await service.searchRecordings(query, by: call.actor)
        }
        routes.stream(
            .get, AdminRoutes.recordingIndex, .recordingsOpen, "The index beside a recording",
            answers: "application/octet-stream"
        ) { call in
            let index = try await service.recordingIndex(call.parameter("id"), by: call.actor)
            return Response(
                status: .ok, headers: [.contentType: "application/octet-stream"],
                body: ResponseBody(byteBuffer: ByteBuffer(bytes: index)))
        }
        routes.stream(
            .get, AdminRoutes.recordingContent, .recordingsOpen, "The session file, encrypted as it is",
            query: [
                .position("from", "a byte offset"), .flag("follow", "wait for more while the session runs"),
                .position("watcher", "the place among those who watch, which this begins; follows"),
            ],
            answers: "application/octet-stream"
        ) { call in
            let offset = try call.position("from", "a byte offset")
            guard let follow = Bool(call.query("follow") ?? "false") else {
                throw AdminError(.invalidInput, "follow must be true or false")
            }
            let content: AsyncThrowingStream<[UInt8], any Error>
            if let text = call.query("watcher") {
                guard let watcher = UInt64(text), call.query("follow") != "false" else {
                    throw AdminError(.invalidInput, "a watcher is a number, and follows")
                }
                content = try await service.watchedContent(
                    call.parameter("id"), watcher: watcher, from: offset, by: call.actor)
            } else {
                content = try await service.recordingContent(
                    call.parameter("id"), from: offset, follow: follow, by: call.actor)
            }
            return Response(
                status: .ok, headers: [.contentType: "application/octet-stream"],
                body: Self.streamed(content, for: call.request))
        }
    }

    /// Writes each piece as it comes, no faster than the reader takes them. A reader that goes away ends it at
    /// once, even while the session is silent.
    static func streamed(
        _ content: AsyncThrowingStream<[UInt8], any Error>, for request: Request
    ) -> ResponseBody {
        ResponseBody { writer in
            try await request.body.consumeWithCancellationOnInboundClose { _ in
                for try await piece in content {
                    try await writer.write(ByteBuffer(bytes: piece))
                }
            }
            try await writer.finish(nil)
        }
    }
}
