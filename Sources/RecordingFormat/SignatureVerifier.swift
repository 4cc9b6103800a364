internal import COpenSSL

/// Checks Ed25519 signatures (RFC 8032) of one public key. Not thread safe.
final class SignatureVerifier {
    static let signatureSize = 64
    private let key: OpaquePointer

    /// Nil if libcrypto refuses the key.
    init?(publicKey: [UInt8]) {
        guard let key = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nil, publicKey, publicKey.count) else {
            ERR_clear_error()
            return nil
        }
        self.key = key
    }

    deinit { EVP_PKEY_free(self.key) }

    func verifies(_ signature: ArraySlice<UInt8>, of message: [UInt8]) -> Bool {
        guard let context = EVP_MD_CTX_new() else { preconditionFailure("out of memory") }
        defer { EVP_MD_CTX_free(context) }
        let valid = signature.withUnsafeBufferPointer { signature in
            EVP_DigestVerifyInit(context, nil, nil, nil, self.key) == 1
                && EVP_DigestVerify(context, signature.baseAddress, signature.count, message, message.count) == 1
        }
        if !valid { ERR_clear_error() }
        return valid
    }
}
