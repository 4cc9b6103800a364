import Crypto
import Foundation

/// The text of a token of the API: `spt_`, twelve characters by which it is found, `_`, and 256 random bits.
///
/// Scanners for leaked secrets know it by how it begins. What is kept of it is its SHA-256: a slow hash, as for
/// passwords, would protect nothing, since nobody can guess 256 random bits, and each request would have to wait for it.
struct APIToken {
    let text: String
    /// `spt_` and the twelve characters, which are no secret.
    let prefix: String

    private static let mark = "spt_"
    private static let nameLength = 12
    /// Of 32 bytes in base64 without padding.
    private static let secretLength = 43

    private init(text: String) {
        self.text = text
        self.prefix = String(text.prefix(Self.mark.utf8.count + Self.nameLength))
    }

    static func random() -> APIToken {
        var generator = SystemRandomNumberGenerator()
        let alphabet = Array("abcdefghijkmnopqrstuvwxyz23456789")
        let name = String((0..<Self.nameLength).map { _ in alphabet.randomElement(using: &generator) ?? "a" })
        let secret = SymmetricKey(size: .bits256).withUnsafeBytes { Data($0) }.base64EncodedString()
            .replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
        return APIToken(text: Self.mark + name + "_" + secret)
    }

    /// Nil for what has not the form of a token.
    init?(shown bytes: [UInt8]) {
        let length = Self.mark.utf8.count + Self.nameLength + 1 + Self.secretLength
        guard bytes.count == length, let text = String(validating: bytes, as: UTF8.self), text.hasPrefix(Self.mark),
            bytes[Self.mark.utf8.count + Self.nameLength] == UInt8(ascii: "_"),
            bytes.allSatisfy({ (0x21...0x7E).contains($0) })
        else { return nil }
        self.init(text: text)
    }

    var hash: [UInt8] { Array(SHA256.hash(data: Data(self.text.utf8))) }

    /// In a time that says nothing of where the two differ.
    func matches(_ stored: [UInt8]) -> Bool {
        let own = self.hash
        guard own.count == stored.count else { return false }
        return zip(own, stored).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
    }
}
