/// A password that a person has been shown.
public struct CheckoutInfo: Codable, Hashable, Sendable {
    public var target: String
    public var account: String
    public var user: String
    /// Address of the client.
    public var from: String
    public var reason: String
    public var began: Timestamp
    /// It is taken back by itself then.
    public var until: Timestamp
    /// It was returned, and the account waits for a new password.
    public var returned: Bool

    public init(
        target: String, account: String, user: String, from: String, reason: String, began: Timestamp, until: Timestamp,
        returned: Bool
    ) {
        self.target = target
        self.account = account
        self.user = user
        self.from = from
        self.reason = reason
        self.began = began
        self.until = until
        self.returned = returned
    }
}

/// What became of a password that was taken back.
public struct CheckinResult: Codable, Hashable, Sendable {
    /// The account has a new one; else the gateway tries again.
    public var rotated: Bool

    public init(rotated: Bool) {
        self.rotated = rotated
    }
}
