import Glibc

/// An address, or a network such as `10.0.0.0/8` or `2001:db8::/32`. An IPv4 address in IPv6's clothing
/// (`::ffff:192.0.2.7`) counts as itself.
public struct AddressRange: Hashable, Sendable, CustomStringConvertible {
    private let address: [UInt8]
    private let bits: Int

    /// nil for anything else, and for a network with bits set behind its length: one of the two would be a mistake.
    public init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard let first = parts.first, parts.count <= 2, let address = Self.bytes(of: String(first)) else { return nil }
        self.address = address
        guard parts.count == 2 else {
            self.bits = address.count * 8
            return
        }
        guard parts[1].utf8.allSatisfy({ (48...57).contains($0) }), let bits = UInt8(parts[1]),
            Int(bits) <= address.count * 8
        else { return nil }
        self.bits = Int(bits)
        guard (self.bits..<address.count * 8).allSatisfy({ address[$0 / 8] & Self.mask($0) == 0 }) else { return nil }
    }

    /// False for what is no address; the zone of one (`fe80::1%eth0`) doesn't count.
    public func contains(_ host: String) -> Bool {
        guard let other = Self.bytes(of: String(host.prefix { $0 != "%" })), other.count == self.address.count else {
            return false
        }
        return (0..<self.bits).allSatisfy { (self.address[$0 / 8] ^ other[$0 / 8]) & Self.mask($0) == 0 }
    }

    /// As it is written: an address alone, or with the length of its network.
    public var description: String {
        let family = self.address.count == 4 ? AF_INET : AF_INET6
        var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        inet_ntop(family, self.address, &text, socklen_t(text.count))
        let host = String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
        return self.bits == self.address.count * 8 ? host : "\(host)/\(self.bits)"
    }

    /// The one bit of its byte that the bit of this number is.
    private static func mask(_ bit: Int) -> UInt8 { UInt8(0x80) >> UInt8(bit % 8) }

    private static func bytes(of text: String) -> [UInt8]? {
        var v4 = in_addr()
        if inet_pton(AF_INET, text, &v4) == 1 { return withUnsafeBytes(of: &v4) { Array($0) } }
        var v6 = in6_addr()
        guard inet_pton(AF_INET6, text, &v6) == 1 else { return nil }
        let bytes = withUnsafeBytes(of: &v6) { Array($0) }
        let isMapped = bytes.prefix(10).allSatisfy { $0 == 0 } && bytes[10] == 0xFF && bytes[11] == 0xFF
        return isMapped ? Array(bytes.suffix(4)) : bytes
    }
}
