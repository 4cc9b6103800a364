import AdminAPI
import AuditLog
import RecordingFormat
import SessionStore

extension GatewayAdministration {
    func listAuditEvents(_ query: AuditQuery, by actor: AdminActor) async throws -> [AuditEventInfo] {
        guard (0...AuditQuery.maximumLimit).contains(query.limit) else {
            throw AdminError(.invalidInput, "the limit is not from 0 to \(AuditQuery.maximumLimit)")
        }
        let session = try query.session.map { text in
            guard let id = RecordingID(text) else {
                throw AdminError(.invalidInput, "the session is not an id", hint: "see sallyport recording list")
            }
            return id
        }
        let store = self.store
        return try await self.perform {
            try store.auditRecords(limit: query.limit, code: query.code, session: session).map(AuditEventInfo.init)
        }
    }

    func auditPage(after sequence: UInt64, limit: Int, by actor: AdminActor) async throws -> AuditPage {
        let store = self.store
        return try await self.perform {
            AuditPage(try store.auditStretch(after: sequence, limit: limit), after: sequence)
        }
    }
}

extension AuditPage {
    init(_ stretch: SessionStore.AuditStretch, after sequence: UInt64) {
        var heads = stretch.heads[...]
        var lines: [AuditExportLine] = []
        for row in stretch.rows {
            lines.append(.row(AuditExportRow(row)))
            while let head = heads.first, head.sequence <= row.sequence {
                lines.append(.head(AuditExportHead(head)))
                heads.removeFirst()
            }
        }
        lines += heads.map { .head(AuditExportHead($0)) }
        self.init(
            lines: lines, last: stretch.rows.last?.sequence ?? sequence, before: HexText.encode(stretch.before),
            isLast: stretch.isLast)
    }
}

extension AuditExportRow {
    init(_ record: AuditRecord) {
        self.init(
            sequence: record.sequence, time: Timestamp(nanosecondsSince1970: record.timeNanoseconds).precise,
            code: record.code, actor: record.actor, text: record.text, fields: record.fieldsByName,
            order: record.fields.map(\.name), hash: HexText.encode(record.hash))
    }
}

extension AuditExportHead {
    init(_ head: AuditHead) {
        self.init(
            sequence: head.sequence, time: Timestamp(nanosecondsSince1970: head.timeNanoseconds).precise,
            hash: HexText.encode(head.hash), signature: HexText.encode(head.signature))
    }
}

extension AuditRecord {
    /// No event has two fields of one name.
    fileprivate var fieldsByName: [String: String] {
        Dictionary(self.fields.map { ($0.name, $0.value) }, uniquingKeysWith: { first, _ in first })
    }
}

extension AuditEventInfo {
    fileprivate init(_ record: AuditRecord) {
        self.init(
            sequence: record.sequence, time: Timestamp(nanosecondsSince1970: record.timeNanoseconds),
            code: record.code, actor: record.actor, text: record.text, fields: record.fieldsByName)
    }
}
