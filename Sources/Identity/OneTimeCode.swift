import Platform
import Vault

/// Codes of users' authenticator apps: ``OneTimeCodes`` with SHA-1, six digits and steps of 30 seconds, which every app
/// knows.
public enum OneTimeCode {
    public static let stepSeconds: Int64 = 30
    /// Length of a secret, in bytes: that of the hash (RFC 4226 section 4).
    public static let secretBytes = 20
    /// How many steps a clock may be ahead or behind.
    public static let tolerance: Int64 = 1

    /// The number of the step at `seconds` since 1970, UTC.
    public static func step(at seconds: Int64) -> Int64 { seconds / Self.stepSeconds }

    /// The step whose code this is, within the tolerance; nil for none. Looks at every step, whatever it finds.
    /// - parameter lastStep: the last one accepted: neither it nor an earlier one is accepted again.
    public static func acceptedStep(
        _ code: [UInt8], secret: SecretBytes, at seconds: Int64, after lastStep: Int64
    ) -> Int64? {
        guard let codes = try? OneTimeCodes(key: secret) else { return nil }
        let now = Self.step(at: seconds)
        var found: Int64?
        for step in max(0, now - Self.tolerance)...(now + Self.tolerance) {
            let difference = codes.code(step: UInt64(step)).withUnsafeBytes { expected in
                zip(expected, code).reduce(expected.count == code.count ? 0 : 1) { $0 | ($1.0 ^ $1.1) }
            }
            if difference == 0, step > lastStep, found == nil { found = step }
        }
        return found
    }

    /// What an authenticator app reads from a QR code.
    /// - parameter issuer: the gateway's name. It and `user` are percent-encoded.
    public static func uri(secret: SecretBytes, user: String, issuer: String) -> String {
        let text = secret.withUnsafeBytes { Base32.encode(Array($0)) }
        let (issuer, user) = (PercentEncoding.encode(issuer), PercentEncoding.encode(user))
        return "otpauth://totp/\(issuer):\(user)?secret=\(text)&issuer=\(issuer)"
    }
}
