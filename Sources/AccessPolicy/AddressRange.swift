import Glibc

/// An address, or a network such as `10.0.0.0/8` or `2001:db8::/32`.
public struct AddressRange: Hashable, Sendable {
    private let address: [UInt8]
    private let bits: Int

    /// nil for anything else.
    public init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard let first = parts.first, parts.count <= 2, let address = Self.bytes(of: String(first)) else { return nil }
        self.address = address
        guard parts.count == 2 else {
            self.bits = address.count * 8
            return
        }
        guard let bits = UInt8(parts[1]), Int(bits) <= address.count * 8 else { return nil }
        self.bits = Int(bits)
    }

    /// An IPv4 address in IPv6's clothing counts as itself. False for what is no address.
    public func contains(_ host: String) -> Bool {
        guard let other = Self.bytes(of: host), other.count == self.address.count else { return false }
        return (0..<self.bits).allSatisfy { bit in
            let mask = UInt8(0x80) >> UInt8(bit % 8)
            return self.address[bit / 8] & mask == other[bit / 8] & mask
        }
    }

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
