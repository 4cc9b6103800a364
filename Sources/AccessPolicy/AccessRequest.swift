/// Who wants to go where, from where and when.
public struct AccessRequest: Hashable, Sendable {
    public let user: String
    /// nil where the user left it out.
    public let account: String?
    public let target: String
    public let origin: AccessOrigin
    /// UTC, in nanoseconds.
    public let time: Int64
    /// nil for any of them.
    public let channel: ChannelKind?

    public init(
        user: String, account: String?, target: String, origin: AccessOrigin, time: Int64, channel: ChannelKind? = nil
    ) {
        self.user = user
        self.account = account
        self.target = target
        self.origin = origin
        self.time = time
        self.channel = channel
    }
}
