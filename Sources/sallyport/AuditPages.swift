import AdminAPI

/// The audit log of a running gateway, page by page.
struct AuditPages {
    let client: ControlClient
    /// The last row that was had.
    private(set) var position: UInt64

    init(client: ControlClient, after position: UInt64) {
        self.client = client
        self.position = position
    }

    /// What follows.
    mutating func next(limit: Int = AuditPage.maximumRows) async throws -> AuditPage {
        let query = [(name: "after", value: String(self.position)), (name: "limit", value: String(limit))]
        let page: AuditPage = try await self.client.get(AdminRoutes.auditPage.path(query: query))
        self.position = page.last
        return page
    }

    /// What follows up to the end, as the lines of an export.
    mutating func lines(_ body: (AuditExportLine) throws -> Void) async throws {
        let start = self.position
        var page = try await self.next()
        try body(.start(AuditExportStart(after: start, hash: page.before)))
        while true {
            for line in page.lines { try body(line) }
            guard !page.isLast else { return }
            page = try await self.next()
        }
    }
}
