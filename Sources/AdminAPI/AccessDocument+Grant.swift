extension AccessDocument {
    /// A grant, whole: ``AddGrantRequest`` and its ``GrantTerms`` under one roof.
    public struct GrantEntry: Codable, Hashable, Sendable {
        public var effect: String?
        public var users: [String]?
        public var groups: [String]?
        public var targets: [String]?
        public var targetLabels: [String]?
        public var accounts: [String]?
        public var allow: [String]?
        public var forwards: [String]?
        public var listens: [String]?
        public var nestedSSH: Bool?
        public var keystrokes: String?
        public var fileContent: String?
        public var secondFactorSeconds: Int?
        public var windows: [String]?
        public var notBefore: Timestamp?
        public var notAfter: Timestamp?
        public var from: [String]?
        public var sessionSeconds: Int?
        public var idleSeconds: Int?
        public var sessionsPerUser: Int?
        public var sessionsPerTarget: Int?
        public var byteLimits: [String]?
        public var approval: ApprovalTerms?
        public var breakGlass: BreakGlassTerms?
        public var supervision: [String]?

        public enum CodingKeys: String, CodingKey, CaseIterable {
            case effect, users, groups, targets, accounts, allow, forwards, listens, keystrokes, windows, from
            case approval, supervision
            case breakGlass = "break_glass"
            case targetLabels = "target_labels"
            case nestedSSH = "nested_ssh"
            case fileContent = "file_content"
            case secondFactorSeconds = "second_factor_seconds"
            case notBefore = "not_before"
            case notAfter = "not_after"
            case sessionSeconds = "session_seconds"
            case idleSeconds = "idle_seconds"
            case sessionsPerUser = "sessions_per_user"
            case sessionsPerTarget = "sessions_per_target"
            case byteLimits = "byte_limits"
        }

        /// The whole of a grant that exists.
        public init(_ grant: GrantInfo) {
            func some(_ texts: [String]) -> [String]? { texts.isEmpty ? nil : texts }
            let terms = grant.terms ?? GrantTerms()
            let isDenying = terms.effect == "deny"
            self.effect = terms.effect
            self.users = some(grant.users)
            self.groups = some(grant.groups)
            self.targets = some(grant.targets)
            self.targetLabels = terms.targetLabels
            self.accounts = some(grant.accounts)
            self.allow = some(grant.allow)
            self.forwards = some(grant.forwards)
            self.listens = some(grant.listens)
            self.nestedSSH = grant.nestedSSH ? true : nil
            self.keystrokes = isDenying ? nil : grant.keystrokes
            self.fileContent = isDenying ? nil : grant.fileContent
            self.secondFactorSeconds = grant.secondFactorSeconds
            self.windows = terms.windows
            self.notBefore = terms.notBefore
            self.notAfter = terms.notAfter
            self.from = terms.from
            self.sessionSeconds = terms.sessionSeconds
            self.idleSeconds = terms.idleSeconds
            self.sessionsPerUser = terms.sessionsPerUser
            self.sessionsPerTarget = terms.sessionsPerTarget
            self.byteLimits = terms.byteLimits
            self.approval = terms.approval
            self.breakGlass = terms.breakGlass
            self.supervision = terms.supervision
        }

        /// What it asks for, under this name.
        public func request(named name: String) -> AddGrantRequest {
            AddGrantRequest(
                name: name, users: self.users ?? [], groups: self.groups, targets: self.targets ?? [],
                accounts: self.accounts ?? [], allow: self.allow ?? [], forwards: self.forwards, listens: self.listens,
                nestedSSH: self.nestedSSH, keystrokes: self.keystrokes, fileContent: self.fileContent,
                secondFactorSeconds: self.secondFactorSeconds,
                terms: GrantTerms(
                    effect: self.effect, targetLabels: self.targetLabels, windows: self.windows,
                    notBefore: self.notBefore, notAfter: self.notAfter, from: self.from,
                    sessionSeconds: self.sessionSeconds, idleSeconds: self.idleSeconds,
                    sessionsPerUser: self.sessionsPerUser, sessionsPerTarget: self.sessionsPerTarget,
                    byteLimits: self.byteLimits, approval: self.approval, breakGlass: self.breakGlass,
                    supervision: self.supervision))
        }
    }
}

/// Has a document applied, or says what that would do.
public struct ApplyRequest: Codable, Hashable, Sendable {
    public var document: AccessDocument
    /// Removes what the document's lists don't name.
    public var prune: Bool
    /// Changes nothing.
    public var dryRun: Bool
    /// What is expected to be done: anything else is a conflict, and changes nothing. nil for whatever it is.
    public var plan: [String]?

    public init(document: AccessDocument, prune: Bool, dryRun: Bool, plan: [String]? = nil) {
        self.document = document
        self.prune = prune
        self.dryRun = dryRun
        self.plan = plan
    }

    private enum CodingKeys: String, CodingKey {
        case document, prune, plan
        case dryRun = "dry_run"
    }
}

public struct ApplyResult: Codable, Hashable, Sendable {
    /// What was done, or would be, in order: each such as `add grant day`.
    public var plan: [String]
    /// What the document asks for that has to be done elsewhere.
    public var warnings: [String]
    /// Empty after a dry run.
    public var withdrawal: Withdrawal

    public init(plan: [String], warnings: [String], withdrawal: Withdrawal) {
        self.plan = plan
        self.warnings = warnings
        self.withdrawal = withdrawal
    }
}

/// Access as one document.
public protocol AccessDocumentAdministration: Sendable {
    /// All of it or nothing. Messages about an entry begin with its place, such as `grants.day: `.
    func apply(_ request: ApplyRequest, by actor: AdminActor) async throws -> ApplyResult
    /// Applied, it changes nothing.
    func exportDocument(by actor: AdminActor) async throws -> AccessDocument
}
