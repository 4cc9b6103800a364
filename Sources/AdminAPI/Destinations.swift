/// One account on one target that a user may use.
public struct DestinationInfo: Codable, Hashable, Sendable {
    public var target: String
    public var account: String
    /// Kinds of channel that the grants permit.
    public var allow: [String]

    public init(target: String, account: String, allow: [String]) {
        self.target = target
        self.account = account
        self.allow = allow
    }
}
