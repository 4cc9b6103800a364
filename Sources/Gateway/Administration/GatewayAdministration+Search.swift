import AdminAPI
import SessionStore

extension GatewayAdministration {
    func searchRecordings(_ query: RecordingSearchQuery, by actor: AdminActor) async throws -> RecordingSearchResult {
        guard (1...RecordingSearchQuery.maximumLimit).contains(query.limit) else {
            throw AdminError(.invalidInput, "the limit is not from 1 to \(RecordingSearchQuery.maximumLimit)")
        }
        guard query.text.utf8.count <= RecordingSearchQuery.maximumText, !query.text.utf8.contains(0) else {
            throw AdminError(.invalidInput, "the text to search for is too long or no text")
        }
        let store = self.store
        return try await self.perform {
            let found = try store.search(query.text, limit: query.limit, by: actor.name)
            return RecordingSearchResult(
                hits: found.hits.map(RecordingHit.init), unsearched: found.unsearched,
                partlySearched: found.partlySearched)
        }
    }
}

extension RecordingHit {
    fileprivate init(_ hit: SearchHit) {
        self.init(
            recording: hit.session.id.description, user: hit.session.user, account: hit.session.account,
            target: hit.session.target,
            started: Timestamp(nanosecondsSince1970: hit.session.startedNanoseconds), channel: hit.entry.channel,
            time: hit.entry.time, kind: hit.entry.kind.rawValue, snippet: hit.snippet)
    }
}
