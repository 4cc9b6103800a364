import CSodium
import Crypto
import CryptoExtras

/// The ciphers that OpenSSH encrypts private keys with, by their SSH names (RFC 4344, OpenSSH's PROTOCOL and
/// PROTOCOL.chacha20poly1305). `ssh-keygen -Z` chooses one.
enum OpenSSHKeyCipher: String, CaseIterable, Sendable {
    case aes128CTR = "aes128-ctr"
    case aes192CTR = "aes192-ctr"
    case aes256CTR = "aes256-ctr"
    case aes128CBC = "aes128-cbc"
    case aes192CBC = "aes192-cbc"
    case aes256CBC = "aes256-cbc"
    case aes128GCM = "aes128-gcm@openssh.com"
    case aes256GCM = "aes256-gcm@openssh.com"
    case chaCha20Poly1305 = "chacha20-poly1305@openssh.com"

    /// Bytes of key, then of initialization vector, that the passphrase gives.
    var keyBytes: Int {
        switch self {
        case .aes128CTR, .aes128CBC, .aes128GCM: 16
        case .aes192CTR, .aes192CBC: 24
        case .aes256CTR, .aes256CBC, .aes256GCM: 32
        case .chaCha20Poly1305: 64
        }
    }

    var vectorBytes: Int {
        switch self {
        case .aes128CTR, .aes192CTR, .aes256CTR, .aes128CBC, .aes192CBC, .aes256CBC: 16
        case .aes128GCM, .aes256GCM: 12
        case .chaCha20Poly1305: 0
        }
    }

    /// Bytes of the tag that stands behind the encrypted ones.
    var tagBytes: Int {
        switch self {
        case .aes128CTR, .aes192CTR, .aes256CTR, .aes128CBC, .aes192CBC, .aes256CBC: 0
        case .aes128GCM, .aes256GCM, .chaCha20Poly1305: 16
        }
    }

    /// The plain bytes; nil when the tag or the length is wrong. Ciphers without a tag always give some.
    /// - parameter material: ``keyBytes`` and ``vectorBytes`` of it.
    func decrypt(_ bytes: [UInt8], tag: [UInt8], material: [UInt8]) -> [UInt8]? {
        precondition(material.count == self.keyBytes + self.vectorBytes && tag.count == self.tagBytes)
        let key = SymmetricKey(data: material.prefix(self.keyBytes))
        let vector = material.dropFirst(self.keyBytes)
        switch self {
        case .aes128CTR, .aes192CTR, .aes256CTR:
            guard let nonce = try? AES._CTR.Nonce(nonceBytes: vector) else { return nil }
            return (try? AES._CTR.decrypt(bytes, using: key, nonce: nonce)).map { Array($0) }
        case .aes128CBC, .aes192CBC, .aes256CBC:
            guard let start = try? AES._CBC.IV(ivBytes: vector) else { return nil }
            return (try? AES._CBC.decrypt(bytes, using: key, iv: start, noPadding: true)).map { Array($0) }
        case .aes128GCM, .aes256GCM:
            guard let nonce = try? AES.GCM.Nonce(data: vector),
                let box = try? AES.GCM.SealedBox(nonce: nonce, ciphertext: bytes, tag: tag)
            else { return nil }
            return (try? AES.GCM.open(box, using: key)).map { Array($0) }
        case .chaCha20Poly1305:
            return Self.openChaCha20(bytes, tag: tag, material: material)
        }
    }

    /// Sequence number 0, no length field, so only the first of the two keys is used. The tag's own key is the beginning
    /// of block 0, the text starts at block 1.
    private static func openChaCha20(_ bytes: [UInt8], tag: [UInt8], material: [UInt8]) -> [UInt8]? {
        let sequenceNumber = [UInt8](repeating: 0, count: 8)
        var tagKey = [UInt8](repeating: 0, count: 32)
        defer { Wipe.bytes(of: &tagKey) }
        guard crypto_stream_chacha20(&tagKey, 32, sequenceNumber, material) == 0,
            crypto_onetimeauth_poly1305_verify(tag, bytes, UInt64(bytes.count), tagKey) == 0
        else { return nil }
        var plain = [UInt8](repeating: 0, count: bytes.count)
        guard
            crypto_stream_chacha20_xor_ic(&plain, bytes, UInt64(bytes.count), sequenceNumber, 1, material) == 0
        else { return nil }
        return plain
    }
}
