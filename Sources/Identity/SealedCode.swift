import Crypto
import Platform
import Vault

/// Codes of a set that is kept on paper, in sealed envelopes: so many of them together open what nothing else opens any
/// more. The gateway keeps a verifier of their secret alone.
///
/// A code is the place of a share (one byte), its 16 bytes, and 3 bytes of a checksum, in Base32 and groups of four.
public enum SealedCode {
    public static let countRange = 1...20
    private static let secretBytes = 16
    private static let checksumBytes = 3

    /// New codes, and what the gateway keeps of them. - parameter threshold: 1 to `count`; both are checked by the caller.
    public static func make(threshold: Int, count: Int) -> (codes: [String], verifier: String) {
        let secret = Self.random(Self.secretBytes)
        let shares = SecretSharing.split(secret, threshold: threshold, count: count, random: Self.random)
        return (shares.map(Self.text), Self.verifier(of: secret))
    }

    /// Reads a code as somebody types it: case, dashes and blanks don't matter. nil for one with a slip in it.
    public static func share(_ text: String) -> SecretSharing.Share? {
        let letters = text.utf8.filter { $0 != UInt8(ascii: "-") && $0 != UInt8(ascii: " ") }
        guard letters.count == 32, let bytes = Base32.decode(letters),
            bytes.count == 1 + Self.secretBytes + Self.checksumBytes
        else { return nil }
        let body = Array(bytes.dropLast(Self.checksumBytes))
        guard body[0] != 0, Self.checksum(body) == Array(bytes.suffix(Self.checksumBytes)) else { return nil }
        return SecretSharing.Share(place: body[0], values: Array(body.dropFirst()))
    }

    /// Whether these shares make up the secret that the verifier is of.
    public static func opens(_ shares: [SecretSharing.Share], verifier: String) -> Bool {
        guard let secret = SecretSharing.combine(shares), secret.count == Self.secretBytes else { return false }
        // Both are of one length, and looked at to the end.
        return zip(Self.verifier(of: secret).utf8, verifier.utf8).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
            && verifier.utf8.count == 64
    }

    private static func text(_ share: SecretSharing.Share) -> String {
        let body = [share.place] + share.values
        let letters = Array(Base32.encode(body + Self.checksum(body)))
        return stride(from: 0, to: letters.count, by: 4).map { String(letters[$0..<$0 + 4]) }.joined(separator: "-")
    }

    private static func checksum(_ body: [UInt8]) -> [UInt8] {
        Array(SHA256.hash(data: Array("sallyport sealed code 1\0".utf8) + body).prefix(Self.checksumBytes))
    }

    /// The secret has too many bits to be guessed from it.
    private static func verifier(of secret: [UInt8]) -> String {
        SHA256.hash(data: Array("sallyport sealed codes 1\0".utf8) + secret)
            .map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    private static func random(_ count: Int) -> [UInt8] {
        SecretBytes.random(count: count).withUnsafeBytes { Array($0) }
    }
}
