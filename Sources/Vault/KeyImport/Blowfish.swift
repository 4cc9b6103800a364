import Glibc

/// Blowfish (B. Schneier, 1993), as much of it as bcrypt uses. Its state is wiped at the end.
struct Blowfish: ~Copyable {
    static let subkeyCount = 18
    static let wordCount = subkeyCount + 4 * 256

    /// The subkeys, then the four boxes. Plain memory: a derivation walks through it some hundred million times.
    private let words: UnsafeMutablePointer<UInt32>

    init() {
        self.words = .allocate(capacity: Self.wordCount)
        Self.initialWords.withUnsafeBufferPointer { digits in
            guard let start = digits.baseAddress else { preconditionFailure("the digits of π are no empty list") }
            self.words.initialize(from: start, count: Self.wordCount)
        }
    }

    deinit {
        explicit_bzero(self.words, Self.wordCount * MemoryLayout<UInt32>.stride)
        self.words.deallocate()
    }

    /// Puts the key into the state: Blowfish's own schedule, salted as bcrypt does it.
    mutating func expand(key: borrowing WordRing, salt: borrowing WordRing) {
        for index in 0..<Self.subkeyCount { self.words[index] ^= key[index] }
        var left: UInt32 = 0
        var right: UInt32 = 0
        var index = 0
        while index < Self.wordCount {
            left ^= salt[index]
            right ^= salt[index &+ 1]
            self.encrypt(&left, &right)
            self.words[index] = left
            self.words[index &+ 1] = right
            index &+= 2
        }
    }

    /// The same without a salt.
    mutating func expand(key: borrowing WordRing) { self.expand(key: key, salt: WordRing()) }

    /// One block of two words: sixteen rounds.
    func encrypt(_ left: inout UInt32, _ right: inout UInt32) {
        let words = self.words
        let boxes = words + Self.subkeyCount
        var (one, other) = (left ^ words[0], right)
        var round = 1
        while round <= 16 {
            other ^=
                (((boxes[Int(one >> 24)] &+ boxes[256 &+ Int(one >> 16 & 255)])
                    ^ boxes[512 &+ Int(one >> 8 & 255)]) &+ boxes[768 &+ Int(one & 255)]) ^ words[round]
            (one, other) = (other, one)
            round &+= 1
        }
        (left, right) = (other ^ words[17], one)
    }

    /// Sixteen words that repeat: a SHA-512 hash in the role of a key or a salt. Wiped at the end.
    struct WordRing: ~Copyable {
        private let words: UnsafeMutablePointer<UInt32>

        /// Zeroes, which change nothing.
        init() {
            self.words = .allocate(capacity: 16)
            self.words.initialize(repeating: 0, count: 16)
        }

        /// - parameter bytes: 64, read as big-endian words.
        init(_ bytes: some Sequence<UInt8>) {
            self.init()
            var count = 0
            for byte in bytes {
                self.words[count / 4 & 15] = self.words[count / 4 & 15] << 8 | UInt32(byte)
                count += 1
            }
            precondition(count == 64, "a SHA-512 hash has 64 bytes")
        }

        deinit {
            explicit_bzero(self.words, 16 * MemoryLayout<UInt32>.stride)
            self.words.deallocate()
        }

        subscript(index: Int) -> UInt32 { self.words[index & 15] }
    }
}
