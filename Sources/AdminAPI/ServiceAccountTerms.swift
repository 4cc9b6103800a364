/// What is special about a service account. In a request nil leaves a term as it is, or as it usually is.
public struct ServiceAccountTerms: Codable, Hashable, Sendable {
    /// Addresses, and networks such as `10.0.0.0/8`, that it may come from.
    public var from: [String]?
    /// Sessions that it may have at once.
    public var sessions: Int?

    public init(from: [String]? = nil, sessions: Int? = nil) {
        self.from = from
        self.sessions = sessions
    }
}
