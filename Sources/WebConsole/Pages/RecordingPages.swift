import AdminAPI

/// The list of recordings, and the search in what they show.
enum RecordingPages {
    struct ListView: Sendable {
        let filter: Filter
        let rows: [Row]
        let total: Int
        let older: String?
        let newer: String?
        let hits: [Hit]?
        let unsearched: Int?
        let partly: Int?
        let maySearch: Bool
    }

    /// What somebody looks for.
    struct Filter: Sendable {
        let user: String?
        let target: String?
        let account: String?
        let since: String?
        let until: String?
        let text: String?
        let page: Int

        init(_ call: PageCall) {
            self.user = call.query("user")
            self.target = call.query("target")
            self.account = call.query("account")
            self.since = call.query("since")
            self.until = call.query("until")
            self.text = call.query("text")
            self.page = max(1, call.query("page").flatMap(Int.init) ?? 1)
        }

        /// Days are compared as text: both are written year first.
        func fits(user: String, account: String, target: String, started: Timestamp) -> Bool {
            let day = String(started.description.prefix(10))
            return (self.user.map { user.contains($0) } ?? true) && (self.target.map { target.contains($0) } ?? true)
                && (self.account.map { account == $0 } ?? true) && (self.since.map { day >= $0 } ?? true)
                && (self.until.map { day <= $0 } ?? true)
        }

        func address(page: Int) -> String {
            "/recordings"
                + AddressText.query([
                    "user": self.user, "target": self.target, "account": self.account, "since": self.since,
                    "until": self.until, "page": page > 1 ? String(page) : nil,
                ])
        }
    }

    struct Row: Sendable {
        let id: String
        let user: String
        let account: String
        let target: String
        let from: String
        let started: ShownTime
        let duration: String?
        let how: String
        let isRunning: Bool
        let isBad: Bool
        let isDeleted: Bool
        let size: String

        init(_ recording: RecordingInfo) {
            self.id = recording.id
            self.user = recording.user
            self.account = recording.account
            self.target = recording.target
            self.from = recording.from
            self.started = ShownTime(recording.started)
            self.duration = recording.ended.map { ended in
                let nanoseconds = ended.nanosecondsSince1970 - recording.started.nanosecondsSince1970
                return ShownAmount.duration(seconds: nanoseconds / 1_000_000_000)
            }
            self.isDeleted = recording.deleted != nil
            self.how = self.isDeleted ? "deleted" : recording.how ?? "running"
            self.isRunning = recording.ended == nil
            self.isBad = ["interrupted", "quarantined"].contains(recording.how)
            self.size = ShownAmount.bytes(recording.bytes)
        }
    }

    struct Hit: Sendable {
        let recording: String
        let title: String
        let started: ShownTime
        /// Where the player opens.
        let anchor: String
        let at: String
        let kind: String
        let snippet: String

        init(_ hit: RecordingHit, of text: String) {
            self.recording = hit.recording
            self.title = "\(hit.user) as \(hit.account) on \(hit.target)"
            self.started = ShownTime(hit.started)
            let seconds = Double(hit.time) / 1_000_000
            // A line of output is known by when it was complete; the player finds when it was shown.
            let found = hit.kind == "output" ? "&q=\(AddressText.part(text))" : ""
            self.anchor = "t=\(seconds)&c=\(hit.channel)\(found)"
            self.at = ShownAmount.duration(seconds: Int64(seconds))
            self.kind = hit.kind
            self.snippet = hit.snippet
        }
    }

    static let pageSize = 100
}

extension WebConsole {
    func addRecordings(to pages: PageTable) {
        pages.page("recordings", .recordingsRead) { call in
            let filter = RecordingPages.Filter(call)
            var hits: [RecordingPages.Hit]?
            var result: RecordingSearchResult?
            if let text = filter.text, call.may(.recordingsOpen) {
                let found = try await call.service.searchRecordings(
                    RecordingSearchQuery(text: text, limit: 200), by: call.actor)
                hits = found.hits.filter {
                    filter.fits(user: $0.user, account: $0.account, target: $0.target, started: $0.started)
                }.map { RecordingPages.Hit($0, of: text) }
                result = found
            }
            let all = try await call.service.listRecordings(by: call.actor).reversed().filter {
                filter.fits(user: $0.user, account: $0.account, target: $0.target, started: $0.started)
            }
            let size = RecordingPages.pageSize
            let rows = all.dropFirst((filter.page - 1) * size).prefix(size)
            return Page(
                "recordings", title: "Recordings",
                RecordingPages.ListView(
                    filter: filter, rows: hits == nil ? rows.map(RecordingPages.Row.init) : [], total: all.count,
                    older: filter.page * size < all.count ? filter.address(page: filter.page + 1) : nil,
                    newer: filter.page > 1 ? filter.address(page: filter.page - 1) : nil, hits: hits,
                    unsearched: result.flatMap { $0.unsearched > 0 ? $0.unsearched : nil },
                    partly: result.flatMap { $0.partlySearched > 0 ? $0.partlySearched : nil },
                    maySearch: call.may(.recordingsOpen)))
        }
    }
}
