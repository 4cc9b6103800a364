public enum AnswerKind: String, Codable, CaseIterable, Sendable {
    /// The answer itself.
    case secret
    /// A seed of one-time codes by time (RFC 6238): base32, or an `otpauth://totp/` address.
    case totp
}

/// Sets, or replaces, what the login of an account answers to one kind of question.
public struct SetAnswerRequest: Codable, Hashable, Sendable {
    /// A pattern with `*` and `?`; empty for the usual questions for a one-time code.
    public var question: String
    public var kind: AnswerKind
    public var secret: SecretField

    public init(question: String, kind: AnswerKind, secret: SecretField) {
        self.question = question
        self.kind = kind
        self.secret = secret
    }
}

/// What may be told of an answer.
public struct AnswerInfo: Codable, Hashable, Sendable {
    /// As in ``SetAnswerRequest``.
    public var question: String
    public var kind: AnswerKind
    /// How codes are made, such as `SHA1, 6 digits, 30 s`; empty for other kinds.
    public var details: String
    public var changed: Timestamp

    public init(question: String, kind: AnswerKind, details: String, changed: Timestamp) {
        self.question = question
        self.kind = kind
        self.details = details
        self.changed = changed
    }
}
