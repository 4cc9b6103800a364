import Testing

@testable import Identity

@Suite("shared secrets")
struct SecretSharingTests {
    /// Deterministic bytes, told apart by a seed.
    private struct Bytes {
        var state: UInt64
        mutating func next(_ count: Int) -> [UInt8] {
            (0..<count).map { _ in
                self.state = self.state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                return UInt8(truncatingIfNeeded: self.state >> 33)
            }
        }
    }

    @Test("products and inverses are those of the field of AES, for all its elements")
    func field() {
        // FIPS 197 section 4.2 and 4.2.1.
        #expect(SecretSharing.product(0x57, 0x83) == 0xC1)
        #expect(SecretSharing.product(0x57, 0x13) == 0xFE)
        func plain(_ left: UInt8, _ right: UInt8) -> UInt8 {
            // By hand: a product of polynomials, then the remainder.
            var product: UInt16 = 0
            for bit in 0..<8 where right >> bit & 1 == 1 { product ^= UInt16(left) << bit }
            for bit in stride(from: 15, through: 8, by: -1) where product >> bit & 1 == 1 {
                product ^= 0x11B << (bit - 8)
            }
            return UInt8(product)
        }
        for left in 0...255 as ClosedRange<UInt8> {
            for right in 0...255 as ClosedRange<UInt8> where SecretSharing.product(left, right) != plain(left, right) {
                Issue.record("\(left) times \(right)")
            }
            #expect(SecretSharing.product(left, SecretSharing.inverse(left)) == (left == 0 ? 0 : 1))
        }
    }

    @Test("a known polynomial has its values: 0x2A + 0x13 x + 0x7F x^2")
    func vector() {
        var coefficients: [[UInt8]] = [[0x13], [0x7F]]
        let shares = SecretSharing.split([0x2A], threshold: 3, count: 4) { _ in coefficients.removeFirst() }
        // At 1 all add up; at 2: 2A ^ 26 ^ (7F times 4 = E7) ; reckoned by hand.
        #expect(shares[0].values == [0x2A ^ 0x13 ^ 0x7F])
        #expect(shares[1].values == [0x2A ^ 0x26 ^ 0xE7])
        #expect(shares.map(\.place) == [1, 2, 3, 4])
        #expect(SecretSharing.combine([shares[3], shares[0], shares[2]]) == [0x2A])
    }

    @Test(
        "any so many shares, in any order, make it up again, and any fewer something else",
        arguments: (0..<40).map { _ in UInt64.random(in: 0...UInt64.max) })
    func anyShares(seed: UInt64) throws {
        var bytes = Bytes(state: seed)
        let count = Int(bytes.next(1)[0]) % 9 + 1
        let threshold = Int(bytes.next(1)[0]) % count + 1
        let secret = bytes.next(16)
        let shares = SecretSharing.split(secret, threshold: threshold, count: count) { bytes.next($0) }
        for _ in 0..<10 {
            let chosen = shares.shuffled().prefix(Int.random(in: 1...count))
            let made = SecretSharing.combine(Array(chosen))
            if chosen.count >= threshold {
                #expect(made == secret, "seed \(seed): \(chosen.count) of \(threshold)")
            } else {
                // By chance once in 2^128.
                #expect(made != secret, "seed \(seed): \(chosen.count) of \(threshold)")
            }
        }
    }

    @Test("one share fewer than needed fits every secret equally well")
    func perfect() throws {
        var bytes = Bytes(state: 47)
        let shares = SecretSharing.split([0x5A], threshold: 2, count: 2) { bytes.next($0) }
        // With each value that the missing share might have, another secret comes out: all 256 of them.
        let secrets = Set(
            (0...255 as ClosedRange<UInt8>).compactMap {
                SecretSharing.combine([shares[0], SecretSharing.Share(place: 2, values: [$0])])?.first
            })
        #expect(secrets.count == 256)
    }

    @Test("shares that can't be of one secret make up none")
    func nonsense() {
        let share = SecretSharing.Share(place: 1, values: [1, 2])
        #expect(SecretSharing.combine([]) == nil)
        #expect(SecretSharing.combine([share, share]) == nil)
        #expect(SecretSharing.combine([share, SecretSharing.Share(place: 2, values: [1])]) == nil)
        #expect(SecretSharing.combine([SecretSharing.Share(place: 0, values: [1])]) == nil)
    }
}
