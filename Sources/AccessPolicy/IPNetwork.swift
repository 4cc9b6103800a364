import Glibc

/// A numeric address of IPv4 or IPv6.
public struct IPAddress: Hashable, Sendable {
    /// 4 or 16 bytes, in network order. An IPv4 address inside IPv6 (`::ffff:192.0.2.1`, RFC 4291 section 2.5.5.2) has
    /// 4: it is the same machine.
    public let bytes: [UInt8]

    /// Reads an address such as `192.0.2.1`, `2001:db8::1` or `fe80::1%eth0`, whose zone is passed over; nil for
    /// anything else.
    public init?(_ text: some StringProtocol) {
        guard let bytes = Self.bytes(of: String(text.prefix { $0 != "%" })) else { return nil }
        let mappedPrefix: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF]
        self.bytes = bytes.count == 16 && bytes.starts(with: mappedPrefix) ? Array(bytes.suffix(4)) : bytes
    }

    /// As inet_pton(3) reads it.
    static func bytes(of text: String) -> [UInt8]? {
        var v4 = in_addr()
        if inet_pton(AF_INET, text, &v4) == 1 { return withUnsafeBytes(of: v4) { Array($0) } }
        var v6 = in6_addr()
        if inet_pton(AF_INET6, text, &v6) == 1 { return withUnsafeBytes(of: v6) { Array($0) } }
        return nil
    }
}

/// Addresses that begin alike, such as `10.0.0.0/8`, `2001:db8::/32`, or one alone.
public struct IPNetwork: Hashable, Sendable {
    /// Why a network can't be read: one line that says what to do.
    public struct Invalid: Error, Hashable, Sendable {
        public let message: String
    }

    public let address: IPAddress
    /// How many of the address's leading bits count.
    public let bits: Int
    /// As it was written.
    public let text: String

    /// Reads an address, or an address and a length (RFC 4632 section 3.1). No bit beyond the length may be set: who
    /// writes `10.1.2.3/8` has made a mistake.
    public init(parsing text: String) throws(Invalid) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard (1...2).contains(parts.count), !parts[0].contains("%"), let address = IPAddress(parts[0]) else {
            throw Invalid(message: "a network is written such as 10.0.0.0/8, 2001:db8::/32 or 192.0.2.7")
        }
        let width = address.bytes.count * 8
        var bits = width
        if parts.count == 2 {
            guard parts[1].utf8.allSatisfy({ (48...57).contains($0) }), let length = Int(parts[1]), length <= width
            else { throw Invalid(message: "the length of a network is 0 to \(width)") }
            bits = length
        }
        guard Self.prefix(of: address.bytes, bits: bits) == address.bytes else {
            throw Invalid(message: "a network of \(bits) bits has zeros behind them")
        }
        self.address = address
        self.bits = bits
        self.text = text
    }

    public func contains(_ address: IPAddress) -> Bool {
        address.bytes.count == self.address.bytes.count
            && Self.prefix(of: address.bytes, bits: self.bits) == self.address.bytes
    }

    /// False for a host that is no numeric address.
    public func contains(_ host: String) -> Bool { IPAddress(host).map { self.contains($0) } ?? false }

    private static func prefix(of bytes: [UInt8], bits: Int) -> [UInt8] {
        bytes.enumerated().map { index, byte in
            let kept = min(8, max(0, bits - index * 8))
            return kept == 0 ? 0 : byte & (0xFF << (8 - UInt8(kept)))
        }
    }
}
