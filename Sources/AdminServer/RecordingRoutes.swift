import AdminAPI
import Hummingbird
import NIOCore

extension AdminRouter {
    func addRecordings(to router: Router<AdminRequestContext>) {
        let service = self.service
        router.get(AdminRoutes.recordings.routerPath) { _, context in
            try await Response.json(service.listRecordings(by: context.actor))
        }
        router.get(AdminRoutes.recording.routerPath) { _, context in
            try await Response.json(service.showRecording(context.parameter("id"), by: context.actor))
        }
        router.post(AdminRoutes.recordingAccess.routerPath) { request, context in
            let purpose = try await request.decoded(OpenRecordingRequest.self).purpose
            return try await Response.json(
                service.openRecording(context.parameter("id"), for: purpose, by: context.actor))
        }
        router.get(AdminRoutes.recordingSearch.routerPath) { request, context in
            var query = RecordingSearchQuery(text: request.uri.queryParameters.get("text") ?? "")
            if let text = request.uri.queryParameters.get("limit") {
                guard let limit = Int(text), (1...RecordingSearchQuery.maximumLimit).contains(limit) else {
                    throw AdminError(
                        .invalidInput, "limit must be from 1 to \(RecordingSearchQuery.maximumLimit)")
                }
                query.limit = limit
            }
            return try await Response.json(service.searchRecordings(query, by: context.actor))
        }
        router.get(AdminRoutes.recordingIndex.routerPath) { _, context in
            let index = try await service.recordingIndex(context.parameter("id"), by: context.actor)
            return Response(
                status: .ok, headers: [.contentType: "application/octet-stream"],
                body: ResponseBody(byteBuffer: ByteBuffer(bytes: index)))
        }
        router.get(AdminRoutes.recordingContent.routerPath) { request, context in
            let query = request.uri.queryParameters
            guard let offset = UInt64(query.get("from") ?? "0") else {
                throw AdminError(.invalidInput, "from must be a byte offset")
            }
            guard let follow = Bool(query.get("follow") ?? "false") else {
                throw AdminError(.invalidInput, "follow must be true or false")
            }
            let content: AsyncThrowingStream<[UInt8], any Error>
            if let text = query.get("watcher") {
                guard let watcher = UInt64(text), query.get("follow") != "false" else {
                    throw AdminError(.invalidInput, "a watcher is a number, and follows")
                }
                content = try await service.watchedContent(
                    context.parameter("id"), watcher: watcher, from: offset, by: context.actor)
            } else {
                content = try await service.recordingContent(
                    context.parameter("id"), from: offset, follow: follow, by: context.actor)
            }
            return Response(
                status: .ok, headers: [.contentType: "application/octet-stream"],
                body: Self.streamed(content, for: request))
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
