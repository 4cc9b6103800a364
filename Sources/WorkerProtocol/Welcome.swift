/// What a worker needs to meet a client.
public struct Welcome: Hashable, Sendable {
    /// The gateway's public host keys, each a blob (RFC 4253 section 6.6).
    public var hostKeys: [[UInt8]]
    /// Shown before authentication; empty for none.
    public var banner: [UInt8]
    /// Seconds until an unauthenticated connection ends.
    public var loginGraceSeconds: UInt32
    /// Seconds that a menu, or a question of a target, waits for a key.
    public var answerSeconds: UInt32
    /// The unprivileged user and group to become; 0 keeps the present ones.
    public var userID: UInt32
    public var groupID: UInt32

    public init(
        hostKeys: [[UInt8]], banner: [UInt8], loginGraceSeconds: UInt32, answerSeconds: UInt32, userID: UInt32,
        groupID: UInt32
    ) {
        self.hostKeys = hostKeys
        self.banner = banner
        self.loginGraceSeconds = loginGraceSeconds
        self.answerSeconds = answerSeconds
        self.userID = userID
        self.groupID = groupID
    }
}

/// What a robot needs to fetch one host key.
public struct HostKeyScan: Hashable, Sendable {
    /// The SSH name of the key type to ask for.
    public var keyType: [UInt8]
    public var algorithms: TargetAlgorithms
    /// As in ``Welcome``.
    public var userID: UInt32
    public var groupID: UInt32

    public init(keyType: [UInt8], algorithms: TargetAlgorithms, userID: UInt32, groupID: UInt32) {
        self.keyType = keyType
        self.algorithms = algorithms
        self.userID = userID
        self.groupID = groupID
    }
}
