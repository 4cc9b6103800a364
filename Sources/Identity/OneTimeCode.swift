import Crypto
import Platform

/// Codes of authenticator apps: TOTP (RFC 6238) with SHA-1, six digits and steps of 30 seconds, which every app knows.
public enum OneTimeCode {
    public static let digits = 6
    public static let stepSeconds: Int64 = 30
    /// Length of a secret, in bytes: that of the hash (RFC 4226 section 4).
    public static let secretBytes = 20
    /// How many steps a clock may be ahead or behind.
    public static let tolerance: Int64 = 1

    /// The number of the step at `seconds` since 1970, UTC.
    public static func step(at seconds: Int64) -> Int64 { seconds / Self.stepSeconds }

    /// The code of one step (RFC 4226 section 5.3).
    public static func code(of secret: SecretBytes, step: Int64) -> String {
        let counter = withUnsafeBytes(of: UInt64(bitPattern: step).bigEndian) { Array($0) }
        let key = secret.withUnsafeBytes { SymmetricKey(data: $0) }
        let mac = Array(HMAC<Insecure.SHA1>.authenticationCode(for: counter, using: key))
        let offset = Int(mac[mac.count - 1] & 0x0F)
        let value = mac[offset..<offset + 4].reduce(UInt32(0)) { $0 << 8 | UInt32($1) } & 0x7FFF_FFFF
        let text = String(value % 1_000_000)
        return String(repeating: "0", count: Self.digits - text.count) + text
    }

    /// The step whose code this is, within the tolerance; nil for none. Looks at every step, whatever it finds.
    /// - parameter lastStep: the last one accepted: neither it nor an earlier one is accepted again.
    public static func acceptedStep(
        _ code: [UInt8], secret: SecretBytes, at seconds: Int64, after lastStep: Int64
    ) -> Int64? {
        let now = Self.step(at: seconds)
        var found: Int64?
        for step in (now - Self.tolerance)...(now + Self.tolerance) {
            let expected = Array(Self.code(of: secret, step: step).utf8)
            var difference: UInt8 = expected.count == code.count ? 0 : 1
            for (left, right) in zip(expected, code) { difference |= left ^ right }
            if difference == 0, step > lastStep, found == nil { found = step }
        }
        return found
    }

    /// What an authenticator app reads from a QR code.
    /// - parameter issuer: the gateway's name. It and `user` are percent-encoded.
    public static func uri(secret: SecretBytes, user: String, issuer: String) -> String {
        let text = secret.withUnsafeBytes { Base32.encode(Array($0)) }
        let (issuer, user) = (Self.encoded(issuer), Self.encoded(user))
        return "otpauth://totp/\(issuer):\(user)?secret=\(text)&issuer=\(issuer)"
    }

    private static func encoded(_ text: String) -> String {
        var result = ""
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"):
                result.unicodeScalars.append(Unicode.Scalar(byte))
            default:
                let hex = String(byte, radix: 16, uppercase: true)
                result += "%" + (hex.count == 1 ? "0" : "") + hex
            }
        }
        return result
    }
}

/// Base32 without padding (RFC 4648 section 6).
public enum Base32 {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")

    public static func encode(_ bytes: [UInt8]) -> String {
        var result = ""
        var bits: UInt32 = 0
        var filled = 0
        for byte in bytes {
            bits = bits << 8 | UInt32(byte)
            filled += 8
            while filled >= 5 {
                filled -= 5
                result.append(Self.alphabet[Int(bits >> UInt32(filled) & 31)])
            }
            bits &= (1 << UInt32(filled)) - 1
        }
        if filled > 0 { result.append(Self.alphabet[Int(bits << UInt32(5 - filled) & 31)]) }
        return result
    }
}
