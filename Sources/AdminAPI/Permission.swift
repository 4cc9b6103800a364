/// What somebody may do through the API: one for each kind of act. Each route states the one that it needs.
///
/// The names are stable: tokens are limited by them.
public enum Permission: String, Codable, CaseIterable, Comparable, Sendable {
    case statusRead = "status.read"
    /// What the gateway finds wrong with itself, and what it reaches for that: directories, vault servers.
    case healthRead = "health.read"
    case metricsRead = "metrics.read"
    case usersRead = "users.read"
    /// Users, their keys, passwords and factors, groups, and authorities of certificates.
    case usersChange = "users.change"
    /// Who may do what in the administration.
    case rolesChange = "roles.change"
    case targetsRead = "targets.read"
    case targetsChange = "targets.change"
    /// What is there, never the secrets: no permission shows those.
    case credentialsRead = "credentials.read"
    case credentialsChange = "credentials.change"
    case credentialsRotate = "credentials.rotate"
    /// Tries every stored secret.
    case vaultRead = "vault.read"
    case vaultChange = "vault.change"
    case backupMake = "backup.make"
    case grantsRead = "grants.read"
    case grantsChange = "grants.change"
    case reportsRead = "reports.read"
    /// Brings users, targets and grants to what a document says.
    case documentApply = "document.apply"
    case sessionsRead = "sessions.read"
    /// Locks, unlocks and messages.
    case sessionsControl = "sessions.control"
    case sessionsKill = "sessions.kill"
    /// Types along, where the grant lets the person.
    case sessionsJoin = "sessions.join"
    case recordingsRead = "recordings.read"
    /// What was typed and shown: replay, live watching, search.
    case recordingsOpen = "recordings.open"
    /// How long they are kept.
    case retentionChange = "retention.change"
    /// By hand, or those whose time is over, now.
    case recordingsDelete = "recordings.delete"
    /// Keeps them for the law, and lets go of them.
    case recordingsHold = "recordings.hold"
    case auditRead = "audit.read"
    case requestsRead = "requests.read"
    /// Denies and revokes. Approvals are people's own.
    case requestsDecide = "requests.decide"
    /// In the name of any user.
    case requestsFile = "requests.file"
    /// Lets requests pass in the place of those who have to approve.
    case requestsOverride = "requests.override"
    /// With sealed codes; and makes these.
    case emergenciesOpen = "emergencies.open"
    case sealedCodesMake = "sealed-codes.make"
    case tokensRead = "tokens.read"
    case tokensCreate = "tokens.create"
    case tokensRevoke = "tokens.revoke"

    public static func < (left: Permission, right: Permission) -> Bool { left.rawValue < right.rawValue }
}
