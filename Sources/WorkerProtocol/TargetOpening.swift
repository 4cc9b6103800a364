/// The descriptors that come with `targetOpened`, in this order.
public enum TargetDescriptor: Int, CaseIterable, Sendable {
    /// Write-only, append-only.
    case recording
    /// The connected TCP socket to the target.
    case target
    /// A stream socket that speaks the SSH agent protocol. Not with ``TargetCredential/password``.
    case agent
}

public enum TargetCredential: UInt8, Hashable, Sendable, CaseIterable {
    /// Sign through the agent descriptor.
    case agent = 1
    /// The one that ``BrokerMessage/targetPassword(_:)`` brought.
    case password = 2
    /// As ``agent``, with a certificate in place of a key.
    case certificate = 3
}

/// The kinds of channel that a grant permits.
public struct ChannelKinds: OptionSet, Hashable, Sendable {
    public let rawValue: UInt32
    public init(rawValue: UInt32) { self.rawValue = rawValue }

    public static let shell = ChannelKinds(rawValue: 1 << 0)
    public static let exec = ChannelKinds(rawValue: 1 << 1)
    public static let sftp = ChannelKinds(rawValue: 1 << 2)
    public static let scp = ChannelKinds(rawValue: 1 << 3)
    public static let localForward = ChannelKinds(rawValue: 1 << 4)
    public static let remoteForward = ChannelKinds(rawValue: 1 << 5)
    public static let agent = ChannelKinds(rawValue: 1 << 6)
    public static let x11 = ChannelKinds(rawValue: 1 << 7)
    /// Terminals are refused, whatever else is permitted.
    public static let withoutTerminal = ChannelKinds(rawValue: 1 << 8)
}

/// What of a client's input the recording may hold.
public enum KeystrokePolicy: UInt8, Hashable, Sendable, CaseIterable {
    case all = 1
    /// All but what is typed while the terminal does not echo.
    case maskSecrets = 2
    /// Nothing but the number of bytes.
    case none = 3
}

/// Everything that a worker learns of a session.
public struct TargetOpening: Hashable, Sendable {
    /// The session's id, for messages to people.
    public var sessionID: [UInt8]
    /// The target's name, for messages to people.
    public var targetName: [UInt8]
    /// The account to log in as.
    public var account: [UInt8]
    public var credential: TargetCredential
    /// Accepted host keys, each `type base64`.
    public var hostKeys: [[UInt8]]
    public var algorithms: TargetAlgorithms
    /// Which prompts get the password; nil for the usual ones, see ``PasswordPrompt``.
    public var passwordPrompt: [UInt8]?
    /// Questions of the target's login that no stored answer fits go to the user; else they end the login.
    public var passesPrompts: Bool
    public var channelKinds: ChannelKinds
    /// Where forwarded connections may go, or be listened for.
    public var forwards: [ForwardPermission]
    public var keystrokes: KeystrokePolicy
    /// The content of files that sftp and scp move stays out of the recording.
    public var omitsFileContent: Bool
    public var limits: SessionLimits
    /// Why input is held from the first byte on, for the admin; empty where it is not. See ``SessionControl/hold(reason:)``.
    public var heldBecause: [UInt8]
    /// Rules on commands, each as `CommandRules` reads it.
    public var commandRules: [[UInt8]]
    /// The key of the recording's frames, 32 bytes.
    public var frameKey: [UInt8]
    /// The key of the frames of its input track, 32 bytes; nil if it has none.
    public var inputKey: [UInt8]?
    /// The session's start on the monotonic clock, in nanoseconds: time zero of the recording.
    public var startNanoseconds: UInt64
    /// Bytes of the recording that the broker has written.
    public var recordedBytes: UInt64

    public init(
        sessionID: [UInt8], targetName: [UInt8], account: [UInt8], credential: TargetCredential, hostKeys: [[UInt8]],
        algorithms: TargetAlgorithms, passwordPrompt: [UInt8]?, passesPrompts: Bool = false,
        channelKinds: ChannelKinds,
        forwards: [ForwardPermission] = [], keystrokes: KeystrokePolicy, omitsFileContent: Bool,
        limits: SessionLimits = .none, heldBecause: [UInt8] = [], commandRules: [[UInt8]] = [], frameKey: [UInt8],
        inputKey: [UInt8]? = nil, startNanoseconds: UInt64, recordedBytes: UInt64
    ) {
        self.sessionID = sessionID
        self.targetName = targetName
        self.account = account
        self.credential = credential
        self.hostKeys = hostKeys
        self.algorithms = algorithms
        self.passwordPrompt = passwordPrompt
        self.passesPrompts = passesPrompts
        self.channelKinds = channelKinds
        self.forwards = forwards
        self.keystrokes = keystrokes
        self.omitsFileContent = omitsFileContent
        self.limits = limits
        self.heldBecause = heldBecause
        self.commandRules = commandRules
        self.frameKey = frameKey
        self.inputKey = inputKey
        self.startNanoseconds = startNanoseconds
        self.recordedBytes = recordedBytes
    }
}
