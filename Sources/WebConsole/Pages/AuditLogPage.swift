import AdminAPI

/// The audit log, newest first.
enum AuditLogPage {
    struct View: Sendable {
        let code: String?
        let session: String?
        let limit: Int
        let rows: [Row]
        let isFull: Bool
        /// For the script that goes on from there; nil where something is looked for.
        let after: UInt64?
    }

    struct Row: Sendable {
        let sequence: UInt64
        let time: ShownTime
        let code: String
        let codePath: String
        let isWarning: Bool
        let actor: String
        let text: String
        let session: String?
    }

    static func row(_ event: AuditEventInfo) -> Row {
        Row(
            sequence: event.sequence, time: ShownTime(event.time), code: event.code,
            codePath: "/audit" + AddressText.query(["code": event.code]), isWarning: event.code.hasSuffix("W"),
            actor: event.actor, text: event.text, session: event.fields["session"])
    }
}

extension WebConsole {
    func addAudit(to pages: PageTable) {
        pages.page("audit", .auditRead) { call in
            let limit = min(max(1, call.query("limit").flatMap(Int.init) ?? 200), AuditQuery.maximumLimit)
            let query = AuditQuery(limit: limit, code: call.query("code"), session: call.query("session"))
            let events = try await call.service.listAuditEvents(query, by: call.actor)
            let isAll = query.code == nil && query.session == nil
            return Page(
                "audit", title: "Audit",
                AuditLogPage.View(
                    code: query.code, session: query.session, limit: limit,
                    rows: events.reversed().map(AuditLogPage.row), isFull: events.count == limit,
                    after: isAll ? events.last?.sequence ?? 0 : nil),
                scripts: ["audit.js"])
        }
    }
}
