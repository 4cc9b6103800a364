/// What a grant says beside who, where, which account and what kinds of channel. Whatever is nil or empty says nothing.
public struct GrantTerms: Codable, Hashable, Sendable {
    /// `allow`, which is the default, or `deny`: then `allow` of the grant names what is taken away, nothing meaning all.
    public var effect: String?
    /// Labels of targets, each `key=value`: of each key one value.
    public var targetLabels: [String]?
    /// Any of them, each such as `mon-fri 08:00-18:00 Europe/Berlin`.
    public var windows: [String]?
    /// The first moment, and the one after the last.
    public var notBefore: Timestamp?
    public var notAfter: Timestamp?
    /// Networks, any of them, such as `10.0.0.0/8`.
    public var from: [String]?
    /// In seconds.
    public var sessionSeconds: Int?
    public var idleSeconds: Int?
    public var sessionsPerUser: Int?
    public var sessionsPerTarget: Int?
    /// Each `KIND upload|download BYTES`, for one channel.
    public var byteLimits: [String]?
    /// nil for a grant that permits by itself.
    public var approval: ApprovalTerms?
    /// nil for a grant that is not for emergencies.
    public var breakGlass: BreakGlassTerms?
    /// Each `dual-control`, `dead-man SECONDS`, `supervisors GROUP`, `join GROUP`, `show-watchers` or
    /// `rule NAME alert|hold|lock|kill PATTERN`.
    public var supervision: [String]?

    public init(
        effect: String? = nil, targetLabels: [String]? = nil, windows: [String]? = nil, notBefore: Timestamp? = nil,
        notAfter: Timestamp? = nil, from: [String]? = nil, sessionSeconds: Int? = nil, idleSeconds: Int? = nil,
        sessionsPerUser: Int? = nil, sessionsPerTarget: Int? = nil, byteLimits: [String]? = nil,
        approval: ApprovalTerms? = nil, breakGlass: BreakGlassTerms? = nil,
        supervision: [String]? = nil
    ) {
        self.approval = approval
        self.breakGlass = breakGlass
        self.effect = effect
        self.targetLabels = targetLabels
        self.windows = windows
        self.notBefore = notBefore
        self.notAfter = notAfter
        self.from = from
        self.sessionSeconds = sessionSeconds
        self.idleSeconds = idleSeconds
        self.sessionsPerUser = sessionsPerUser
        self.sessionsPerTarget = sessionsPerTarget
        self.byteLimits = byteLimits
        self.supervision = supervision
    }

    private enum CodingKeys: String, CodingKey {
        case effect, windows, from, approval, supervision
        case breakGlass = "break_glass"
        case targetLabels = "target_labels"
        case notBefore = "not_before"
        case notAfter = "not_after"
        case sessionSeconds = "session_seconds"
        case idleSeconds = "idle_seconds"
        case sessionsPerUser = "sessions_per_user"
        case sessionsPerTarget = "sessions_per_target"
        case byteLimits = "byte_limits"
    }
}
