import Crypto

/// bcrypt_pbkdf, by which OpenSSH derives a cipher's key from a passphrase (OpenSSH's PROTOCOL.key; OpenBSD's
/// bcrypt_pbkdf(3)): PBKDF2 with bcrypt over SHA-512 for its pseudo-random function, and output that is interleaved.
enum BcryptPBKDF {
    private static let hashBytes = 32

    /// `byteCount` bytes of key. Takes some milliseconds per round and 32 bytes; blocks.
    static func deriveKey(passphrase: UnsafeRawBufferPointer, salt: [UInt8], rounds: Int, byteCount: Int) -> [UInt8] {
        precondition(rounds > 0 && byteCount > 0, "the caller has checked what a file asks for")
        let secret = Blowfish.WordRing(SHA512.hash(data: passphrase))
        let blocks = (byteCount + Self.hashBytes - 1) / Self.hashBytes
        var key = [UInt8](repeating: 0, count: byteCount)
        for block in 0..<blocks {
            let number = withUnsafeBytes(of: UInt32(block + 1).bigEndian) { Array($0) }
            var hash = Self.hash(secret, salt: Blowfish.WordRing(SHA512.hash(data: salt + number)))
            var sum = hash
            for _ in 1..<rounds {
                hash = Self.hash(secret, salt: Blowfish.WordRing(SHA512.hash(data: hash)))
                for index in sum.indices { sum[index] ^= hash[index] }
            }
            // Byte by byte from each block in turn, so that no part of the key comes cheaper than another.
            for (index, byte) in sum.enumerated() where index * blocks + block < byteCount {
                key[index * blocks + block] = byte
            }
            Wipe.bytes(of: &hash)
            Wipe.bytes(of: &sum)
        }
        return key
    }

    /// bcrypt with 64 double rounds over a fixed text, in little-endian words.
    private static func hash(_ secret: borrowing Blowfish.WordRing, salt: borrowing Blowfish.WordRing) -> [UInt8] {
        var cipher = Blowfish()
        cipher.expand(key: secret, salt: salt)
        for _ in 0..<64 {
            cipher.expand(key: salt)
            cipher.expand(key: secret)
        }
        var words = Self.text
        for _ in 0..<64 {
            for index in stride(from: 0, to: words.count, by: 2) {
                var (left, right) = (words[index], words[index + 1])
                cipher.encrypt(&left, &right)
                (words[index], words[index + 1]) = (left, right)
            }
        }
        return words.flatMap { word in withUnsafeBytes(of: word.littleEndian) { Array($0) } }
    }

    /// What bcrypt encrypts here, as big-endian words.
    private static let text: [UInt32] = {
        let bytes = Array("OxychromaticBlowfishSwatDynamite".utf8)
        return stride(from: 0, to: bytes.count, by: 4).map { start in
            bytes[start..<(start + 4)].reduce(0) { $0 << 8 | UInt32($1) }
        }
    }()
}
