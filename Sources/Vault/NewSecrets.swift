import Crypto
import Platform

/// How passwords are made that the gateway sets on targets.
public struct PasswordRecipe: Hashable, Sendable {
    /// In characters.
    public var length: Int
    /// ASCII, each once. The kinds in it (lower and upper case, digits, others) are all in each password.
    public var alphabet: String

    public init(length: Int, alphabet: String) {
        self.length = length
        self.alphabet = alphabet
    }

    /// Fresh random characters.
    public func make() -> SecretBytes {
        let characters = Array(self.alphabet.utf8)
        precondition(characters.count > 1 && self.length >= 8, "the configuration has checked it")
        while true {
            var password: [UInt8] = []
            while password.count < self.length {
                SecretBytes.random(count: 64).withUnsafeBytes { random in
                    // Bytes above the last whole multiple would make some characters likelier.
                    let limit = 256 - 256 % characters.count
                    for byte in random where Int(byte) < limit && password.count < self.length {
                        password.append(characters[Int(byte) % characters.count])
                    }
                }
            }
            let hasAllKinds = Self.kinds.allSatisfy { kind in
                password.contains(where: kind) || !characters.contains(where: kind)
            }
            let secret = SecretBytes(wiping: &password)
            if hasAllKinds { return secret }
        }
    }

    private static var kinds: [@Sendable (UInt8) -> Bool] {
        [
            { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) },
            { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) },
            { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) },
            { byte in
                ![
                    UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"),
                ].contains { $0.contains(byte) }
            },
        ]
    }
}

extension Vault {
    /// A fresh Ed25519 key, sealed.
    public func makePrivateKey(
        comment: String, for binding: SecretBinding
    ) throws(VaultError) -> (blob: [UInt8], publicKey: OpenSSHPublicKey) {
        let key = PrivateKey.ed25519(Curve25519.Signing.PrivateKey())
        return (
            try self.seal(key.sealable(comment: comment), for: binding),
            OpenSSHPublicKey(type: key.type, blob: key.publicBlob, comment: comment)
        )
    }
}
