/// What makes a user a service account: a program, which proves who it is by a key or a certificate alone, and can be
/// asked nothing.
public struct ServiceAccount: Hashable, Sendable {
    /// Where it may come from; never empty.
    public let sources: [IPNetwork]
    /// Sessions that it may have at once.
    public let maximumSessions: Int

    /// Why one can't be made: one line that says what to do.
    public struct Invalid: Error, Hashable, Sendable {
        public let message: String
    }

    /// Sessions at once where nothing else is said.
    public static let standardSessions = 10
    public static let sessionRange = 1...10_000
    /// Most addresses and networks.
    public static let maximumSources = 256
    /// What a grant gives a service account that it does not name itself, but reaches through a group.
    public static let channelsOfGroups: Set<ChannelKind> = [.exec, .sftp, .scp]

    public init(sources: [String], maximumSessions: Int = Self.standardSessions) throws(Invalid) {
        guard (1...Self.maximumSources).contains(sources.count) else {
            throw Invalid(
                message: "a service account is bound to 1 to \(Self.maximumSources) addresses or networks (--from)")
        }
        guard Self.sessionRange.contains(maximumSessions) else {
            throw Invalid(
                message:
                    "a service account may have \(Self.sessionRange.lowerBound) to \(Self.sessionRange.upperBound) sessions at once"
            )
        }
        var ranges: [IPNetwork] = []
        for source in sources {
            guard let range = try? IPNetwork(parsing: source) else {
                throw Invalid(
                    message:
                        "a service account comes from addresses, or networks without host bits such as 10.0.0.0/8")
            }
            if !ranges.contains(range) { ranges.append(range) }
        }
        self.sources = ranges
        self.maximumSessions = maximumSessions
    }

    /// Whether it may come from this numeric address.
    public func permits(_ host: String) -> Bool { self.sources.contains { $0.contains(host) } }
}
