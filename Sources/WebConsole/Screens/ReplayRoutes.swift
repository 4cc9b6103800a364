import AdminAPI
import Hummingbird
import NIOCore

/// The replay page, and what its script asks for.
extension WebConsole {
    struct ReplayView: Sendable {
        let id: String
        let user: String
        let account: String
        let target: String
        let from: String
        let started: ShownTime
        let how: String
        let auditPath: String?
    }

    func addReplay(to pages: PageTable) {
        let shelf = self.shelf
        pages.page("recordings/:id", .recordingsOpen) { call in
            let recording = try await call.service.showRecording(call.parameter("id"), by: call.actor)
            guard recording.deleted == nil else {
                throw AdminError(
                    .notFound, "this recording was deleted", hint: "its seal is kept, and the audit log says why")
            }
            await shelf.forget(recording.id, for: call.actor)
            return Page(
                "replay", title: "\(recording.user) as \(recording.account) on \(recording.target)",
                ReplayView(
                    id: recording.id, user: recording.user, account: recording.account, target: recording.target,
                    from: recording.from, started: ShownTime(recording.started), how: recording.how ?? "running",
                    auditPath: call.may(.auditRead)
                        ? "/audit" + AddressText.query(["session": recording.id]) : nil),
                scripts: ["xterm.js", "addon-unicode11.js", "screens.js", "replay.js"],
                styles: ["xterm.css", "screens.css"], makesStyles: true)
        }
        pages.data("recordings/:id/overview", .recordingsOpen) { call in
            try Self.json(await shelf.replay(call.parameter("id"), for: call.actor).overview(of: Self.channel(call)))
        }
        pages.data("recordings/:id/screens", .recordingsOpen) { call in
            guard let from = UInt64(call.query("from") ?? "0") else {
                throw AdminError(.invalidInput, "from must be a time in microseconds")
            }
            let replay = try await shelf.replay(call.parameter("id"), for: call.actor)
            return try Self.json(await replay.stretch(of: Self.channel(call), from: from))
        }
        pages.data("recordings/:id/find", .recordingsOpen) { call in
            guard let text = call.query("text"), text.utf8.count <= RecordingSearchQuery.maximumText else {
                throw AdminError(
                    .invalidInput, "give a text of at most \(RecordingSearchQuery.maximumText) bytes")
            }
            let time = try await shelf.replay(call.parameter("id"), for: call.actor).find(
                text, on: Self.channel(call), after: call.query("after").flatMap(UInt64.init),
                before: call.query("before").flatMap(UInt64.init))
            return try Self.json(["time": time])
        }
        pages.data("recordings/:id/transcript", .recordingsOpen) { call in
            try Self.json(await shelf.replay(call.parameter("id"), for: call.actor).transcript(of: Self.channel(call)))
        }
        pages.data("recordings/:id/verification", .recordingsOpen) { call in
            try Self.json(await shelf.replay(call.parameter("id"), for: call.actor).verify())
        }
    }

    static func channel(_ call: PageCall) throws -> UInt32? {
        guard let text = call.query("channel") else { return nil }
        guard let channel = UInt32(text) else { throw AdminError(.invalidInput, "a channel is a number") }
        return channel
    }

    static func json(_ value: some Encodable) throws -> Response {
        Response(
            status: .ok, headers: [.contentType: "application/json"],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: try AdminJSON.encode(value))))
    }
}
