internal import COpenSSL

/// AES-256-GCM under one key, by libcrypto. One direction per object; not thread safe.
final class AuthenticatedCipher {
    enum Purpose { case seal, open }
    static let tagSize = 16
    static let nonceSize = 12

    private let context: OpaquePointer
    private let purpose: Purpose

    init(key: RecordingKey, for purpose: Purpose) {
        guard let context = EVP_CIPHER_CTX_new() else { preconditionFailure("out of memory") }
        self.context = context
        self.purpose = purpose
        let ready = key.withUnsafeBytes { key in
            EVP_CipherInit_ex(
                context, EVP_aes_256_gcm(), nil, key.baseAddress?.assumingMemoryBound(to: UInt8.self), nil,
                purpose == .seal ? 1 : 0)
        }
        precondition(ready == 1, "AES-256-GCM is in every libcrypto that we run on")
    }

    deinit { EVP_CIPHER_CTX_free(self.context) }

    /// Writes ciphertext and tag, `plaintext.count + 16` bytes, to `output`, which may be where the plaintext is.
    func seal(
        _ plaintext: UnsafeRawBufferPointer, number: UInt64, authenticating header: UnsafeRawBufferPointer,
        to output: UnsafeMutableRawPointer
    ) {
        self.withNonce(number) { nonce in
            self.seal(plaintext, nonce: nonce, authenticating: header, to: output)
        }
    }

    /// The same with a nonce of 12 bytes.
    func seal(
        _ plaintext: UnsafeRawBufferPointer, nonce: UnsafeRawPointer, authenticating header: UnsafeRawBufferPointer,
        to output: UnsafeMutableRawPointer
    ) {
        precondition(self.purpose == .seal, "made for sealing")
        let tag = output + plaintext.count
        var written: CInt = 0
        let sealed =
            self.start(nonce, header)
            && EVP_CipherUpdate(
                self.context, output.assumingMemoryBound(to: UInt8.self), &written,
                plaintext.baseAddress?.assumingMemoryBound(to: UInt8.self), CInt(plaintext.count)) == 1
            && EVP_CipherFinal_ex(self.context, tag.assumingMemoryBound(to: UInt8.self), &written) == 1
            && EVP_CIPHER_CTX_ctrl(self.context, EVP_CTRL_AEAD_GET_TAG, CInt(Self.tagSize), tag) == 1
        precondition(sealed, "encryption with a key and nonce of the right size can't fail")
    }

    /// The plaintext of `sealed` (ciphertext and tag), or nil if it does not authenticate.
    func open(_ sealed: ArraySlice<UInt8>, number: UInt64, authenticating header: [UInt8]) -> [UInt8]? {
        self.withNonce(number) { self.open(sealed, nonce: $0, authenticating: header) }
    }

    /// The same with a nonce of 12 bytes.
    func open(_ sealed: ArraySlice<UInt8>, nonce: UnsafeRawPointer, authenticating header: [UInt8]) -> [UInt8]? {
        precondition(self.purpose == .open, "made for opening")
        let count = sealed.count - Self.tagSize
        guard count >= 0 else { return nil }
        var tag = Array(sealed.suffix(Self.tagSize))
        var authentic = false
        let plaintext = [UInt8](unsafeUninitializedCapacity: count) { output, initialized in
            var written: CInt = 0
            var end: UInt8 = 0  // GCM's final step writes nothing, but wants a place
            authentic = sealed.withUnsafeBufferPointer { input in
                header.withUnsafeBytes { self.start(nonce, $0) }
                    && EVP_CipherUpdate(self.context, output.baseAddress, &written, input.baseAddress, CInt(count)) == 1
                    && EVP_CIPHER_CTX_ctrl(self.context, EVP_CTRL_AEAD_SET_TAG, CInt(Self.tagSize), &tag) == 1
                    && EVP_CipherFinal_ex(self.context, &end, &written) == 1
            }
            initialized = authentic ? count : 0
        }
        // A failed final step leaves an entry in libcrypto's per-thread error queue.
        if !authentic { ERR_clear_error() }
        return authentic ? plaintext : nil
    }

    private func start(_ nonce: UnsafeRawPointer, _ header: UnsafeRawBufferPointer) -> Bool {
        var written: CInt = 0
        let direction: CInt = -1  // as set in init
        return EVP_CipherInit_ex(self.context, nil, nil, nil, nonce.assumingMemoryBound(to: UInt8.self), direction) == 1
            && EVP_CipherUpdate(
                self.context, nil, &written, header.baseAddress?.assumingMemoryBound(to: UInt8.self),
                CInt(header.count)) == 1
    }

    private func withNonce<R>(_ number: UInt64, _ body: (UnsafeRawPointer) -> R) -> R {
        let nonce: (UInt64, UInt32) = (number.littleEndian, 0)
        return withUnsafePointer(to: nonce) { body(UnsafeRawPointer($0)) }
    }
}
