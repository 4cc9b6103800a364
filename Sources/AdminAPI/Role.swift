/// A set of permissions with a name.
public enum Role: String, Codable, CaseIterable, Comparable, Sendable {
    /// Everything.
    case admin
    /// Keeps targets and live sessions running; lets nobody in and opens no recording.
    case `operator`
    /// Decides requests for access.
    case approver
    /// Sees everything, recordings included, and changes nothing.
    case auditor
    /// An auditor who can also stop what goes on.
    case security

    public var permissions: Set<Permission> {
        switch self {
        case .admin: Set(Permission.allCases)
        case .operator:
            [
                .statusRead, .healthRead, .metricsRead, .usersRead, .targetsRead, .targetsChange, .credentialsRead,
                .credentialsRotate, .grantsRead, .sessionsRead, .sessionsControl, .sessionsKill, .recordingsRead,
                .requestsRead, .requestsFile,
            ]
        case .approver:
            [
                .statusRead, .usersRead, .targetsRead, .grantsRead, .sessionsRead, .requestsRead, .requestsDecide,
            ]
        case .auditor: Self.reading
        case .security:
            Self.reading.union([.sessionsControl, .sessionsKill, .sessionsJoin, .tokensRevoke, .recordingsHold])
        }
    }

    private static let reading: Set<Permission> = [
        .statusRead, .healthRead, .metricsRead, .usersRead, .targetsRead, .credentialsRead, .vaultRead, .grantsRead,
        .reportsRead, .sessionsRead, .recordingsRead, .recordingsOpen, .auditRead, .requestsRead, .tokensRead,
    ]

    public static func < (left: Role, right: Role) -> Bool { left.rawValue < right.rawValue }
}
