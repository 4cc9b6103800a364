/// What went wrong with an administration request. Travels as JSON, `{"error": {"code", "message", "hint"}}`.
public struct AdminError: Error, Hashable, Sendable {
    public enum Code: String, Codable, CaseIterable, Sendable {
        /// A value in the request cannot be right, whatever the state of the gateway.
        case invalidInput = "invalid_input"
        /// A private key in the request is protected: the same request with its passphrase may succeed.
        case passphraseNeeded = "passphrase_needed"
        case notFound = "not_found"
        /// The request contradicts something that exists.
        case conflict
        /// The client shows no token that is good.
        case unauthenticated
        /// The peer may not do this.
        case denied
        /// Too much of this comes from where the client is: later.
        case throttled
        /// The gateway tried and did not succeed.
        case failed
        /// Cannot be served now, or not by this gateway.
        case unavailable
    }

    public var code: Code
    /// One line, lower case, no full stop, no secrets.
    public var message: String
    /// What to do about it, in the same form.
    public var hint: String?

    public init(_ code: Code, _ message: String, hint: String? = nil) {
        self.code = code
        self.message = message
        self.hint = hint
    }
}

extension AdminError: CustomStringConvertible {
    public var description: String { self.message }
}

extension AdminError: Codable {
    private enum Envelope: String, CodingKey { case error }
    private enum CodingKeys: String, CodingKey { case code, message, hint }

    public init(from decoder: any Decoder) throws {
        let envelope = try decoder.container(keyedBy: Envelope.self)
        let container = try envelope.nestedContainer(keyedBy: CodingKeys.self, forKey: .error)
        self.code = try container.decode(Code.self, forKey: .code)
        self.message = try container.decode(String.self, forKey: .message)
        self.hint = try container.decodeIfPresent(String.self, forKey: .hint)
    }

    public func encode(to encoder: any Encoder) throws {
        var envelope = encoder.container(keyedBy: Envelope.self)
        var container = envelope.nestedContainer(keyedBy: CodingKeys.self, forKey: .error)
        try container.encode(self.code, forKey: .code)
        try container.encode(self.message, forKey: .message)
        try container.encodeIfPresent(self.hint, forKey: .hint)
    }
}

extension AdminError.Code {
    /// The HTTP status (RFC 9110 section 15) that carries an error of this code.
    public var httpStatus: Int {
        switch self {
        case .invalidInput: 400
        case .passphraseNeeded: 422
        case .unauthenticated: 401
        case .denied: 403
        case .notFound: 404
        case .conflict: 409
        case .throttled: 429
        case .failed: 500
        case .unavailable: 503
        }
    }
}
