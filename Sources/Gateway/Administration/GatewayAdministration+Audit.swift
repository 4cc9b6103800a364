import AdminAPI
import AuditLog
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
}

extension AuditEventInfo {
    fileprivate init(_ record: AuditRecord) {
        self.init(
            sequence: record.sequence, time: Timestamp(nanosecondsSince1970: record.timeNanoseconds),
            code: record.code, actor: record.actor, text: record.text,
            fields: Dictionary(record.fields.map { ($0.name, $0.value) }, uniquingKeysWith: { first, _ in first }))
    }
}
