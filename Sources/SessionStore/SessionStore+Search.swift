import AuditLog
import GRDB
import Platform

/// A line of a recording that can be searched for.
public struct SearchEntry: Hashable, Sendable {
    public enum Kind: String, CaseIterable, Hashable, Sendable {
        case command, file
        /// A line that was shown.
        case output
    }

    public let kind: Kind
    public let channel: UInt32
    /// Microseconds since the session's start.
    public let time: UInt64
    /// One harmless line.
    public let text: String

    public init(kind: Kind, channel: UInt32, time: UInt64, text: String) {
        self.kind = kind
        self.channel = channel
        self.time = time
        self.text = text
    }
}

/// How much of a recording can be searched.
public enum SearchCoverage: String, CaseIterable, Hashable, Sendable {
    /// Under way, or interrupted; and the same of the second attempt, which is the last: what crashes the gateway
    /// must not do so at every start.
    case begun, again
    case whole
    /// Only up to the limits of one recording, or up to damage in it.
    case partial
    /// The gateway holds no key for it.
    case unreadable
    /// It is no more.
    case deleted
}

/// A line that was found.
public struct SearchHit: Hashable, Sendable {
    public let session: StoredSession
    public let entry: SearchEntry
    /// The part of the text around what was found, one harmless line.
    public let snippet: String
}

/// What was found, newest first, and how many ended recordings were not or not wholly searched.
public struct SearchResult: Hashable, Sendable {
    public var hits: [SearchHit]
    public var unsearched: Int
    public var partlySearched: Int
}

extension SessionStore {
    /// Rows entered in one transaction, so that nobody else waits long.
    private static let rowsAtOnce = 500

    /// Notes that a session's recording is being read.
    /// - returns: false if it was read before, or twice in vain.
    public func beginIndexing(_ id: RecordingID) throws(StoreError) -> Bool {
        try self.write { database in
            try database.execute(
                sql: "INSERT OR IGNORE INTO search_coverage (session, coverage) VALUES (?, ?)",
                arguments: [id.description, SearchCoverage.begun.rawValue])
            if database.changesCount > 0 { return true }
            try database.execute(
                sql: "UPDATE search_coverage SET coverage = ? WHERE session = ? AND coverage = ?",
                arguments: [SearchCoverage.again.rawValue, id.description, SearchCoverage.begun.rawValue])
            guard database.changesCount > 0 else { return false }
            try database.execute(sql: "DELETE FROM search WHERE session = ?", arguments: [id.description])
            return true
        }
    }

    /// Enters the lines of a recording after ``beginIndexing(_:)``.
    public func index(_ id: RecordingID, _ entries: [SearchEntry], _ coverage: SearchCoverage) throws(StoreError) {
        var rest = entries[...]
        while !rest.isEmpty {
            let rows = rest.prefix(Self.rowsAtOnce)
            rest = rest.dropFirst(rows.count)
            try self.write { database in
                let insert = try database.cachedStatement(
                    sql: "INSERT INTO search (text, session, channel, time, kind) VALUES (?, ?, ?, ?, ?)")
                for row in rows {
                    try insert.execute(arguments: [
                        row.text, id.description, Int64(row.channel), Int64(clamping: row.time), row.kind.rawValue,
                    ])
                }
            }
        }
        try self.write { database in
            try database.execute(
                sql: "UPDATE search_coverage SET coverage = ? WHERE session = ?",
                arguments: [coverage.rawValue, id.description])
        }
    }

    /// Ended sessions whose recordings are still to be read for the index, oldest first.
    public func unindexedSessions() throws(StoreError) -> [RecordingID] {
        try self.read { database in
            try String.fetchAll(
                database,
                sql: """
                    SELECT id FROM sessions WHERE ended IS NOT NULL
                    AND id NOT IN (SELECT session FROM search_coverage WHERE coverage != 'begun') ORDER BY started, id
                    """
            ).compactMap(RecordingID.init)
        }
    }

    /// Lines that hold every word of `text`, in any order, each as the beginning of a word; newest session first.
    /// Audited.
    /// - parameter limit: of hits.
    public func search(_ text: String, limit: Int, by actor: String) throws(StoreError) -> SearchResult {
        let words = text.split(separator: " ").filter { $0.contains { $0.isLetter || $0.isNumber } }
        guard !words.isEmpty else {
            throw StoreError(.invalid, "there is no word to search for")
        }
        // In quotes nothing is an operator of FTS5.
        let match = words.map { "\"\($0.replacing("\"", with: "\"\""))\" *" }.joined(separator: " ")
        let result = try self.read { database in
            let rows = try Row.fetchAll(
                database,
                sql: """
                    SELECT sessions.*, search.text AS line, channel, time, kind,
                    snippet(search, 0, '', '', '…', 24) AS snippet
                    FROM search JOIN sessions ON sessions.id = search.session
                    WHERE search MATCH ? ORDER BY started DESC, time, search.rowid LIMIT ?
                    """,
                arguments: [match, limit])
            let unsearched = try Int.fetchOne(
                database,
                sql: """
                    SELECT count(*) FROM sessions LEFT JOIN search_coverage ON session = id
                    WHERE ended IS NOT NULL AND coalesce(coverage, 'begun') IN ('begun', 'again', 'unreadable')
                    """)
            let partly = try Int.fetchOne(
                database, sql: "SELECT count(*) FROM search_coverage WHERE coverage = 'partial'")
            return SearchResult(
                hits: try rows.map(Self.hit), unsearched: unsearched ?? 0, partlySearched: partly ?? 0)
        }
        try self.audit(.recordingsSearched(text: text, hits: result.hits.count), actor: actor)
        return result
    }

    private static func hit(_ row: Row) throws -> SearchHit {
        let word: String = row["kind"]
        let time: Int64 = row["time"]
        let channel: Int64 = row["channel"]
        guard let kind = SearchEntry.Kind(rawValue: word) else {
            throw StoreError(
                .database, "the search index holds the unknown kind \(word): use the version that wrote it")
        }
        let entry = SearchEntry(
            kind: kind, channel: UInt32(clamping: channel), time: UInt64(clamping: time), text: row["line"])
        return SearchHit(session: try Self.session(row), entry: entry, snippet: row["snippet"])
    }
}
