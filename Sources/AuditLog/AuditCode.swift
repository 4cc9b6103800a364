/// The stable code of each kind of audit event: `SP`, group and number, and `I`, `W` or `E` for its severity.
///
/// Codes are never reused or renumbered; `docs/audit-events.md` lists them.
public enum AuditCode: String, CaseIterable, Hashable, Sendable {
    case gatewayStarted = "SP1001I"
    case gatewayStopped = "SP1002I"
    case connectionRefused = "SP1003W"

    case loginSucceeded = "SP2001I"
    case loginFailed = "SP2002W"

    case accessAllowed = "SP3001I"
    case accessDenied = "SP3002W"
    case accessWithdrawn = "SP3003W"

    case sessionStarted = "SP4001I"
    case sessionEnded = "SP4002I"
    case sessionKilled = "SP4003W"
    case sessionRecovered = "SP4004W"
    case targetUnreachable = "SP4101W"
    case targetHostKeyMismatch = "SP4102E"
    case targetCredentialRefused = "SP4103E"
    case targetConnectionFailed = "SP4104W"

    case channelRefused = "SP4201W"
    case nestedSSH = "SP4202W"

    case recordingFailed = "SP5001E"
    case recordingOpened = "SP5002I"
    case recordingAnchored = "SP5003I"
    case recordingQuarantined = "SP5004E"
    case recordingsSearched = "SP5010I"

    case workerMisbehaved = "SP6001E"
    case workerCrashed = "SP6002E"

    case userAdded = "SP7001I"
    case userChanged = "SP7002I"
    case userRemoved = "SP7003I"
    case groupAdded = "SP7011I"
    case groupChanged = "SP7012I"
    case groupRemoved = "SP7013I"
    case targetAdded = "SP7101I"
    case targetChanged = "SP7102I"
    case targetRemoved = "SP7103I"
    case targetScanned = "SP7104I"
    case credentialSet = "SP7201I"
    case credentialRemoved = "SP7202I"
    case grantAdded = "SP7301I"
    case grantRemoved = "SP7302I"

    case adminRequestDenied = "SP8001W"

    /// The event in a few words.
    public var title: String {
        switch self {
        case .gatewayStarted: "gateway started"
        case .gatewayStopped: "gateway stopped"
        case .connectionRefused: "connection refused by a limit"
        case .loginSucceeded: "login succeeded"
        case .loginFailed: "login failed"
        case .accessAllowed: "access allowed"
        case .accessDenied: "access denied"
        case .accessWithdrawn: "connection ended: access withdrawn"
        case .sessionStarted: "session started"
        case .sessionEnded: "session ended"
        case .sessionKilled: "session killed"
        case .sessionRecovered: "interrupted session recovered"
        case .targetUnreachable: "target unreachable"
        case .targetHostKeyMismatch: "target showed an unknown host key"
        case .targetCredentialRefused: "target refused the credential"
        case .targetConnectionFailed: "connection to the target failed"
        case .channelRefused: "channel refused"
        case .nestedSSH: "SSH connection inside a forwarded one"
        case .recordingFailed: "recording failed"
        case .recordingOpened: "recording opened"
        case .recordingAnchored: "recording anchored"
        case .recordingQuarantined: "damaged recording set aside"
        case .recordingsSearched: "recordings searched"
        case .workerMisbehaved: "worker broke the protocol and was killed"
        case .workerCrashed: "worker crashed"
        case .userAdded: "user added"
        case .userChanged: "user changed"
        case .userRemoved: "user removed"
        case .groupAdded: "group added"
        case .groupChanged: "group changed"
        case .groupRemoved: "group removed"
        case .targetAdded: "target added"
        case .targetChanged: "target changed"
        case .targetRemoved: "target removed"
        case .targetScanned: "host keys scanned"
        case .credentialSet: "credential set"
        case .credentialRemoved: "credential removed"
        case .grantAdded: "grant added"
        case .grantRemoved: "grant removed"
        case .adminRequestDenied: "administration request denied"
        }
    }
}
