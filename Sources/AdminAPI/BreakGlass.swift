/// That a grant is for emergencies.
public struct BreakGlassTerms: Codable, Hashable, Sendable {
    /// How long it opens; nil for an hour.
    public var seconds: Int?
    /// Groups two of whose members review each use.
    public var reviewers: [String]

    public init(seconds: Int? = nil, reviewers: [String]) {
        self.seconds = seconds
        self.reviewers = reviewers
    }

    public enum CodingKeys: String, CodingKey, CaseIterable {
        case seconds, reviewers
    }
}

/// One use of emergency access.
public struct EmergencyInfo: Codable, Hashable, Sendable {
    public struct Review: Codable, Hashable, Sendable {
        public var reviewer: String
        public var time: Timestamp
        public var text: String

        public init(reviewer: String, time: Timestamp, text: String) {
            self.reviewer = reviewer
            self.time = time
            self.text = text
        }
    }

    public var id: Int64
    public var user: String
    public var account: String
    public var target: String
    public var grant: String
    public var reason: String
    /// `second-factor` or `sealed-codes`.
    public var method: String
    public var from: String
    public var opened: Timestamp
    public var until: Timestamp
    /// `needs-review` or `reviewed`.
    public var state: String
    public var reviews: [Review]
    /// Groups that review it.
    public var reviewers: [String]

    public init(
        id: Int64, user: String, account: String, target: String, grant: String, reason: String, method: String,
        from: String, opened: Timestamp, until: Timestamp, state: String, reviews: [Review], reviewers: [String]
    ) {
        self.id = id
        self.user = user
        self.account = account
        self.target = target
        self.grant = grant
        self.reason = reason
        self.method = method
        self.from = from
        self.opened = opened
        self.until = until
        self.state = state
        self.reviews = reviews
        self.reviewers = reviewers
    }
}

/// Opens emergency access by sealed codes, on the gateway's host.
public struct OpenEmergencyRequest: Codable, Hashable, Sendable {
    public var user: String
    public var account: String
    public var target: String
    public var reason: String
    public var codes: [SecretField]

    public init(user: String, account: String, target: String, reason: String, codes: [SecretField]) {
        self.user = user
        self.account = account
        self.target = target
        self.reason = reason
        self.codes = codes
    }
}

/// Makes a set of codes in the place of the one that there is: any `threshold` of them open.
public struct MakeSealedCodesRequest: Codable, Hashable, Sendable {
    public var threshold: Int
    public var count: Int

    public init(threshold: Int, count: Int) {
        self.threshold = threshold
        self.count = count
    }
}

/// Never shown again.
public struct SealedCodes: Codable, Hashable, Sendable {
    public var threshold: Int
    public var codes: [SecretField]

    public init(threshold: Int, codes: [SecretField]) {
        self.threshold = threshold
        self.codes = codes
    }
}

/// What an administrator can ask about emergencies. As ``AdministrationService``.
public protocol EmergencyAdministration: Sendable {
    /// Newest first; unless `all`, those that need a review.
    func listEmergencies(all: Bool, by actor: AdminActor) async throws -> [EmergencyInfo]
    func openEmergency(_ request: OpenEmergencyRequest, by actor: AdminActor) async throws -> EmergencyInfo
    /// Ends the sessions that it let in.
    func endEmergency(_ id: Int64, reason: String, by actor: AdminActor) async throws -> EmergencyInfo
    func makeSealedCodes(_ request: MakeSealedCodesRequest, by actor: AdminActor) async throws -> SealedCodes
}
