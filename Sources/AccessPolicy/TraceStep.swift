/// One fact or rule that a decision looked at.
public struct TraceStep: Hashable, Sendable {
    public let subject: Subject
    public let outcome: Outcome

    public enum Subject: Hashable, Sendable {
        case user(String)
        case target(String)
        case account(String)
        case grant(String)
    }

    public enum Outcome: Hashable, Sendable {
        case known
        case unknown
        case disabled
        /// A grant that applies.
        case matched
        /// A grant that denies, and applies: to these kinds of channel, in order; nil for all.
        case denies([ChannelKind]?)
        /// A grant that would apply if a request were approved.
        case awaitsApproval
        /// A grant for emergencies, that would apply if the glass were broken.
        case awaitsEmergency
        /// A grant that names other users, targets or accounts.
        case otherUser
        case otherTarget
        case otherAccount
        /// A grant that would apply at another time, or from elsewhere.
        case notYet
        case over
        case outsideWindows
        case otherSource
        /// A grant that applies but permits no channel.
        case noChannels
        /// A grant that reaches a service account through a group, and permits nothing that it gets that way.
        case noServiceChannels
    }

    /// What was looked at, such as `grant ops`.
    public var rule: String {
        switch self.subject {
        case .user(let name): "user \(name)"
        case .target(let name): "target \(name)"
        case .account(let name): "account \(name)"
        case .grant(let name): "grant \(name)"
        }
    }

    /// What was found, such as `does not name this user`.
    public var finding: String {
        switch self.outcome {
        case .known: "exists"
        case .unknown: "does not exist"
        case .disabled: "is disabled"
        case .matched: "applies"
        case .denies(let kinds): "denies \(kinds.map { $0.map(\.rawValue).joined(separator: ", ") } ?? "everything")"
        case .awaitsApproval: "applies on approval"
        case .awaitsEmergency: "applies in an emergency"
        case .otherUser: "does not name this user"
        case .otherTarget: "does not name this target"
        case .otherAccount: "does not name this account"
        case .notYet: "does not apply yet"
        case .over: "is over"
        case .outsideWindows: "does not apply at this hour"
        case .otherSource: "does not apply from this address"
        case .noChannels: "permits no kind of channel"
        case .noServiceChannels: "reaches this service account through a group alone, and permits no exec, sftp or scp"
        }
    }

    /// Rule and finding on one line.
    public var text: String { "\(self.rule): \(self.finding)" }

    /// Whether it speaks for access.
    public var isFavourable: Bool { self.outcome == .known || self.outcome == .matched }

    /// Before what else it is shown.
    var rank: Int {
        switch self.outcome {
        case .denies: 0
        case .matched: 1
        case .awaitsApproval, .awaitsEmergency, .notYet, .over, .outsideWindows, .otherSource, .noChannels,
            .noServiceChannels:
            2
        case .otherAccount: 3
        case .otherTarget: 4
        case .otherUser: 5
        case .known, .unknown, .disabled: 6
        }
    }
}

extension TraceStep.Outcome {
    init(_ failure: AccessConditions.Failure) {
        self =
            switch failure {
            case .notYet: .notYet
            case .over: .over
            case .outsideWindows: .outsideWindows
            case .otherSource: .otherSource
            }
    }
}
