/// What happens to emergency access.
public enum BreakGlassEvent: Hashable, Sendable {
    /// `method` is `second-factor` or `sealed-codes`, `until` the end of the access, UTC.
    case opened(AuditedUse, from: String, method: String, reason: String, until: String)
    case refused(user: String, account: String, target: String, from: String, cause: String)
    /// Codes of an earlier set are worth nothing from now on.
    case codesMade(threshold: Int, count: Int)
    /// `missing` more people have to review it.
    case reviewed(AuditedUse, from: String, text: String, missing: Int)
    case reviewDone(AuditedUse, from: String, text: String)
    case unreviewed(AuditedUse, opened: String, missing: Int)
    /// Before its time. `cause` is the operator's.
    case ended(AuditedUse, cause: String)

    var code: AuditCode {
        switch self {
        case .opened: .breakGlassOpened
        case .refused: .breakGlassRefused
        case .codesMade: .sealedCodesMade
        case .reviewed: .breakGlassReviewed
        case .reviewDone: .breakGlassReviewDone
        case .unreviewed: .breakGlassUnreviewed
        case .ended: .breakGlassEnded
        }
    }

    /// In the order in which they are kept.
    var pairs: [(name: String, value: String?)] {
        switch self {
        case .opened(let use, let from, let method, let reason, let until):
            use.pairs + [("from", from), ("method", method), ("reason", reason), ("until", until)]
        case .refused(let user, let account, let target, let from, let cause):
            [("user", user), ("account", account), ("target", target), ("from", from), ("cause", cause)]
        case .codesMade(let threshold, let count): [("threshold", "\(threshold)"), ("count", "\(count)")]
        case .reviewed(let use, let from, let text, let missing):
            use.pairs + [("from", from), ("text", text), ("missing", "\(missing)")]
        case .reviewDone(let use, let from, let text): use.pairs + [("from", from), ("text", text)]
        case .unreviewed(let use, let opened, let missing):
            use.pairs + [("opened", opened), ("missing", "\(missing)")]
        case .ended(let use, let cause): use.pairs + [("cause", cause)]
        }
    }
}

/// Which use of emergency access an event is about.
public struct AuditedUse: Hashable, Sendable {
    public let number: Int64
    public let user: String
    public let account: String
    public let target: String
    public let grant: String

    public init(number: Int64, user: String, account: String, target: String, grant: String) {
        self.number = number
        self.user = user
        self.account = account
        self.target = target
        self.grant = grant
    }

    fileprivate var pairs: [(name: String, value: String?)] {
        [
            ("use", "\(self.number)"), ("user", self.user), ("account", self.account), ("target", self.target),
            ("grant", self.grant),
        ]
    }
}
