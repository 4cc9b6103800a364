/// What to look for in recordings.
public struct RecordingSearchQuery: Hashable, Sendable {
    /// Words that all have to be in one line, each as the beginning of a word of it.
    public var text: String
    /// At most this many hits.
    public var limit: Int

    /// Most hits that one answer holds.
    public static let maximumLimit = 1000
    /// Of the text, in bytes of UTF-8.
    public static let maximumText = 1024

    public init(text: String, limit: Int = 100) {
        self.text = text
        self.limit = limit
    }
}

/// One line of a recording that holds the words.
public struct RecordingHit: Codable, Hashable, Sendable {
    /// Id of the recording.
    public var recording: String
    public var user: String
    public var account: String
    public var target: String
    public var started: Timestamp
    public var channel: UInt32
    /// Microseconds from the start to the moment to look at.
    public var time: UInt64
    /// `command`, `file` or `output`.
    public var kind: String
    /// The part of the line around the words: harmless text.
    public var snippet: String

    public init(
        recording: String, user: String, account: String, target: String, started: Timestamp, channel: UInt32,
        time: UInt64, kind: String, snippet: String
    ) {
        self.recording = recording
        self.user = user
        self.account = account
        self.target = target
        self.started = started
        self.channel = channel
        self.time = time
        self.kind = kind
        self.snippet = snippet
    }

    private enum CodingKeys: String, CodingKey {
        case recording, user, account, target, started, channel, kind, snippet
        case time = "time_us"
    }
}

/// Hits, newest recording first, and what the search could not see.
public struct RecordingSearchResult: Codable, Hashable, Sendable {
    public var hits: [RecordingHit]
    /// Ended recordings that are not in the index: not read yet, or unreadable for the gateway.
    public var unsearched: Int
    /// Recordings of which only the beginning is in the index.
    public var partlySearched: Int

    public init(hits: [RecordingHit], unsearched: Int, partlySearched: Int) {
        self.hits = hits
        self.unsearched = unsearched
        self.partlySearched = partlySearched
    }

    private enum CodingKeys: String, CodingKey {
        case hits, unsearched
        case partlySearched = "partly_searched"
    }
}
