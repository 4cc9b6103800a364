import Crypto
import Platform
import Vault

/// Codes that stand in for a lost authenticator app, each for one login: 80 random bits as `abcd-efgh-ijkl-mnop`.
public enum RecoveryCode {
    /// How many a user is given.
    public static let count = 10

    public static func random() -> String {
        let bytes = SecretBytes.random(count: 10).withUnsafeBytes { Array($0) }
        let text = Array(Base32.encode(bytes).lowercased())
        return stride(from: 0, to: text.count, by: 4).map { String(text[$0..<$0 + 4]) }.joined(separator: "-")
    }

    /// What is kept of a code: enough to know it again. It has too many bits to be guessed from that.
    /// - parameter text: as the user types it; case, dashes and blanks don't matter.
    /// - returns: nil for what can't be a recovery code.
    public static func hash(_ text: [UInt8], user: String) -> [UInt8]? {
        let letters = text.filter { $0 != UInt8(ascii: "-") && $0 != UInt8(ascii: " ") }.map {
            (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) ? $0 | 0x20 : $0
        }
        guard letters.count == 16 else { return nil }
        return Array(SHA256.hash(data: Array("sallyport recovery code 1\0\(user)\0".utf8) + letters))
    }
}
