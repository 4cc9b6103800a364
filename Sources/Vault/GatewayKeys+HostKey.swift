extension GatewayKeys {
    /// One of the gateway's host keys. It signs key exchanges and nothing else. Free to use from any thread.
    public struct HostKey: Sendable {
        public let publicKey: OpenSSHPublicKey
        private let key: PrivateKey

        init(_ key: PrivateKey, comment: String) {
            self.key = key
            self.publicKey = OpenSSHPublicKey(type: key.type, blob: key.publicBlob, comment: comment)
        }

        /// Lengths in bytes of what is signed: hashes by SHA-256 and SHA-512.
        ///
        /// Nothing else that an SSH key is asked to sign has one of these lengths: user authentication (RFC 4252
        /// section 7), certificates and the proofs of `hostkeys-prove-00@openssh.com` are longer. Except signed files
        /// (OpenSSH's PROTOCOL.sshsig): 64 bytes, with a name of four letters for their purpose.
        private static let hashLengths: Set<Int> = [32, 64]
        private static let signedFile = Array("SSHSIG".utf8)

        /// A signature blob (RFC 4253 section 6.6) over the hash of a key exchange (section 8). Takes a millisecond or
        /// two with RSA.
        /// - parameter algorithm: SSH name of the signature algorithm.
        /// - throws: `signing` when the algorithm isn't this key's, when it needs SHA-1, and for what is no such hash.
        public func signature(ofExchangeHash hash: [UInt8], algorithm: String) throws(VaultError) -> [UInt8] {
            // By chance a hash begins so once in 2^48 times.
            guard Self.hashLengths.contains(hash.count), !hash.starts(with: Self.signedFile) else {
                throw VaultError(.signing, "\(hash.count) bytes that are no hash of a key exchange")
            }
            let rsaHash: PrivateKey.RSAHash
            switch (self.key, algorithm) {
            case (.rsa, "rsa-sha2-256"): rsaHash = .sha256
            case (.rsa, "rsa-sha2-512"): rsaHash = .sha512
            case (.ed25519, self.publicKey.type), (.p256, self.publicKey.type): rsaHash = .sha256
            case (.ed25519, _), (.p256, _), (.p384, _), (.p521, _), (.rsa, _):
                throw VaultError(.signing, "the host key does not sign with \(algorithm.prefix(64))")
            }
            do {
                return try self.key.signature(of: hash, rsaHash: rsaHash)
            } catch {
                throw VaultError(.signing, "the host key could not sign")
            }
        }
    }
}
