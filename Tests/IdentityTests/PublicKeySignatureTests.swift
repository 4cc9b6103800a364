import Crypto
import CryptoExtras
import Testing

@testable import Identity
@testable import Vault

@Suite("Signatures of clients")
struct PublicKeySignatureTests {
    private static let data = Array("what is signed".utf8)

    private static func keys() throws -> [(PrivateKey, algorithms: [String])] {
        [
            (.ed25519(Curve25519.Signing.PrivateKey()), ["ssh-ed25519"]),
            (.p256(P256.Signing.PrivateKey()), ["ecdsa-sha2-nistp256"]),
            (.p384(P384.Signing.PrivateKey()), ["ecdsa-sha2-nistp384"]),
            (.p521(P521.Signing.PrivateKey()), ["ecdsa-sha2-nistp521"]),
            (.rsa(try _RSA.Signing.PrivateKey(keySize: .bits2048)), ["rsa-sha2-256", "rsa-sha2-512"]),
        ]
    }

    private func signature(_ key: PrivateKey, _ algorithm: String) throws -> [UInt8] {
        try key.signature(of: Self.data, rsaHash: algorithm == "rsa-sha2-512" ? .sha512 : .sha256)
    }

    @Test("a right signature by a key of any accepted type is valid, and by no other algorithm")
    func right() throws {
        for (key, algorithms) in try Self.keys() {
            let publicKey = try OpenSSHPublicKey(blob: key.publicBlob)
            for algorithm in algorithms {
                // Numbers of an ECDSA signature are shorter now and then, and longer by a zero half of the time.
                for _ in 0..<(algorithm.hasPrefix("ecdsa") ? 100 : 1) {
                    let verdict = PublicKeySignature.verify(
                        try self.signature(key, algorithm), of: Self.data, by: publicKey, algorithm: algorithm)
                    #expect(verdict == .valid(statement: nil))
                }
                for other in ["ssh-rsa", "rsa-sha2-256", "rsa-sha2-512", "ssh-ed25519"] where other != algorithm {
                    let verdict = PublicKeySignature.verify(
                        try self.signature(key, algorithm), of: Self.data, by: publicKey, algorithm: other)
                    #expect(verdict == .invalid)
                }
            }
        }
    }

    @Test("a signature that was altered or cut, of other data, by another key, or with SHA-1 is invalid")
    func wrong() throws {
        for (key, algorithms) in try Self.keys() {
            let publicKey = try OpenSSHPublicKey(blob: key.publicBlob)
            let other = try OpenSSHPublicKey(blob: PrivateKey.ed25519(Curve25519.Signing.PrivateKey()).publicBlob)
            for algorithm in algorithms {
                func verdict(_ signature: [UInt8], _ data: [UInt8] = Self.data, by key: OpenSSHPublicKey)
                    -> PublicKeySignature.Verdict
                { PublicKeySignature.verify(signature, of: data, by: key) }
                let whole = try self.signature(key, algorithm)
                #expect(verdict(whole, Self.data + [0], by: publicKey) == .invalid)
                #expect(verdict(whole, by: other) == .invalid)
                #expect(verdict(whole + [0], by: publicKey) == .invalid)
                for position in whole.indices {
                    var changed = whole
                    changed[position] ^= 1
                    #expect(verdict(changed, by: publicKey) == .invalid, "byte \(position)")
                }
                for length in stride(from: 0, to: whole.count, by: 5) {
                    #expect(verdict(Array(whole.prefix(length)), by: publicKey) == .invalid, "cut at \(length)")
                }
            }
            if case .rsa = key {
                let old = try key.signature(of: Self.data, rsaHash: .sha1)
                #expect(PublicKeySignature.verify(old, of: Self.data, by: publicKey) == .invalid)
            }
        }
    }

    // MARK: Security keys (OpenSSH PROTOCOL.u2f)

    private struct Token {
        let key = Curve25519.Signing.PrivateKey()
        let other = P256.Signing.PrivateKey()
        let isEd25519: Bool

        var blob: [UInt8] {
            var writer = SSHWriter()
            writer.string(self.isEd25519 ? "sk-ssh-ed25519@openssh.com" : "sk-ecdsa-sha2-nistp256@openssh.com")
            if !self.isEd25519 { writer.string("nistp256") }
            writer.string(
                self.isEd25519
                    ? Array(self.key.publicKey.rawRepresentation) : Array(self.other.publicKey.x963Representation))
            writer.string("ssh:")
            return writer.bytes
        }

        func signature(flags: UInt8, counter: UInt32, saying said: UInt8? = nil) throws -> [UInt8] {
            var signed = SSHWriter()
            for byte in SHA256.hash(data: Array("ssh:".utf8)) { signed.byte(byte) }
            signed.byte(flags)
            signed.uint32(counter)
            for byte in SHA256.hash(data: PublicKeySignatureTests.data) { signed.byte(byte) }
            var writer = SSHWriter()
            if self.isEd25519 {
                writer.string("sk-ssh-ed25519@openssh.com")
                writer.string(Array(try self.key.signature(for: signed.bytes)))
            } else {
                writer.string("sk-ecdsa-sha2-nistp256@openssh.com")
                let raw = try self.other.signature(for: signed.bytes).rawRepresentation
                var pair = SSHWriter()
                pair.unsignedMPInt(raw.prefix(32))
                pair.unsignedMPInt(raw.suffix(32))
                writer.string(pair.bytes)
            }
            writer.byte(said ?? flags)
            writer.uint32(counter)
            return writer.bytes
        }
    }

    @Test("a security key's word on touch, PIN and counter is read, and signed by it", arguments: [true, false])
    func securityKeys(isEd25519: Bool) throws {
        let token = Token(isEd25519: isEd25519)
        let key = try OpenSSHPublicKey(blob: token.blob)
        for (flags, present, verified) in [(0, false, false), (1, true, false), (5, true, true), (4, false, true)]
            as [(UInt8, Bool, Bool)]
        {
            let verdict = PublicKeySignature.verify(
                try token.signature(flags: flags, counter: 77), of: Self.data, by: key)
            #expect(
                verdict
                    == .valid(
                        statement: .init(userWasPresent: present, userWasVerified: verified, counter: 77)))
        }
        // Nobody but the token can say that it was touched.
        #expect(
            PublicKeySignature.verify(
                try token.signature(flags: 0, counter: 1, saying: 1), of: Self.data, by: key) == .invalid)
        let whole = try token.signature(flags: 1, counter: 1)
        for position in whole.indices {
            var changed = whole
            changed[position] ^= 1
            #expect(PublicKeySignature.verify(changed, of: Self.data, by: key) == .invalid, "byte \(position)")
        }
        #expect(PublicKeySignature.verify(Array(whole.dropLast(5)), of: Self.data, by: key) == .invalid)
    }
}
