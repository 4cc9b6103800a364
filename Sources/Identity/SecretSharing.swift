/// Shares of a secret, of which so many and no fewer make it up again: Shamir, "How to share a secret", 1979, over the
/// field of 256 elements with the polynomial x^8 + x^4 + x^3 + x + 1 (that of AES, FIPS 197 section 4).
///
/// Each byte of the secret is the value at 0 of a random polynomial of a degree one below the threshold; share `x` holds the
/// values at `x`. Fewer shares than the threshold say nothing of the secret, whatever is computed from them. Arithmetic takes
/// the same steps whatever the values are, and looks nothing up in tables.
public enum SecretSharing {
    /// The values of all polynomials at one place.
    public struct Share: Hashable, Sendable {
        /// 1 to 255.
        public let place: UInt8
        public let values: [UInt8]

        public init(place: UInt8, values: [UInt8]) {
            self.place = place
            self.values = values
        }
    }

    /// - parameters:
    ///   - threshold: how many make the secret up again, 1 to `count`.
    ///   - count: how many there are, to 255.
    ///   - random: gives bytes that nobody can guess.
    public static func split(
        _ secret: [UInt8], threshold: Int, count: Int, random: (Int) -> [UInt8]
    ) -> [Share] {
        precondition((1...count).contains(threshold) && count <= 255, "the caller has checked the numbers")
        // Of each degree above 0, one coefficient for each byte.
        let coefficients = (1..<threshold).map { _ in random(secret.count) }
        return (1...count).map { place in
            let x = UInt8(place)
            var values = [UInt8](repeating: 0, count: secret.count)
            for coefficient in coefficients.reversed() + [secret] {
                // Horner's rule: from the highest degree down.
                for index in values.indices { values[index] = Self.product(values[index], x) ^ coefficient[index] }
            }
            return Share(place: x, values: values)
        }
    }

    /// The secret that these shares make up: another one than was split when they are fewer than the threshold, or not all
    /// of one secret. nil for shares at the same place, of different lengths, or none.
    public static func combine(_ shares: [Share]) -> [UInt8]? {
        guard let length = shares.first?.values.count,
            shares.allSatisfy({ $0.values.count == length && $0.place != 0 }),
            Set(shares.map(\.place)).count == shares.count
        else { return nil }
        var secret = [UInt8](repeating: 0, count: length)
        for share in shares {
            // Lagrange's basis polynomial of this share's place, at 0; minus is plus here.
            var basis: UInt8 = 1
            for other in shares where other.place != share.place {
                basis = Self.product(basis, Self.product(other.place, Self.inverse(other.place ^ share.place)))
            }
            for index in secret.indices { secret[index] ^= Self.product(share.values[index], basis) }
        }
        return secret
    }

    /// In the field, by eight steps of the same length each.
    static func product(_ left: UInt8, _ right: UInt8) -> UInt8 {
        var (shifted, sum) = (left, UInt8(0))
        for bit in 0..<8 as Range<UInt8> {
            // All ones where the bit is set, and none where it isn't.
            sum ^= shifted & (0 &- (right >> bit & 1))
            let carry = 0 &- (shifted >> 7)
            shifted = shifted << 1 ^ (0x1B & carry)
        }
        return sum
    }

    /// `value` to the power of 254: its inverse, and 0 for 0.
    static func inverse(_ value: UInt8) -> UInt8 {
        var (power, result) = (value, UInt8(1))
        // 254 is 2 + 4 + … + 128.
        for _ in 0..<7 {
            power = Self.product(power, power)
            result = Self.product(result, power)
        }
        return result
    }
}
