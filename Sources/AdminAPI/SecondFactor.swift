/// An enrolment that has begun: what the user's authenticator app needs. It counts once a code has confirmed it.
public struct SecondFactorEnrolment: Codable, Hashable, Sendable {
    /// `otpauth://totp/…`, with the secret in it.
    public var uri: SecretField

    public init(uri: SecretField) {
        self.uri = uri
    }
}

public struct ConfirmSecondFactorRequest: Codable, Hashable, Sendable {
    /// A code that the app shows now.
    public var code: SecretField

    public init(code: SecretField) {
        self.code = code
    }
}

/// Codes for the day when the app is lost, each good for one login. Never shown again.
public struct RecoveryCodes: Codable, Hashable, Sendable {
    public var codes: [SecretField]

    public init(codes: [SecretField]) {
        self.codes = codes
    }
}
