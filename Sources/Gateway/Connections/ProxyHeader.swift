import Glibc

/// The header with which a proxy begins a connection: version 2 of the PROXY protocol (HAProxy's proxy-protocol.txt,
/// section 2.2). Pure.
///
/// Sixteen bytes: a signature, version and command, family and transport, and how many bytes follow: source and
/// destination address and port, then type-length-value vectors.
enum ProxyHeader: Hashable, Sendable {
    /// The proxy's own connection, such as a check whether the gateway lives.
    case local
    /// Somebody else's, from this numeric address.
    case proxied(host: String, port: UInt16)

    /// What some bytes are the beginning of.
    enum Reading: Hashable, Sendable {
        /// This many more belong to the header at least; one after them may be the client's.
        case incomplete(missing: Int)
        case whole(ProxyHeader)
    }

    /// Why bytes are no header that can be served, in a few words.
    struct Invalid: Error, Hashable, Sendable {
        let cause: String
    }

    /// Longest header that is read, in bytes. Addresses take 52; the rest is for vectors, certificates' names among them.
    static let maximumBytes = 2048

    private static let signature: [UInt8] = [
        0x0D, 0x0A, 0x0D, 0x0A, 0x00, 0x0D, 0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A,
    ]
    /// Signature, command, family, length.
    private static let fixedBytes = 16

    /// Reads the first bytes of a connection, as many as have come.
    static func read(_ bytes: [UInt8]) throws(Invalid) -> Reading {
        guard zip(bytes, Self.signature).allSatisfy({ $0 == $1 }) else {
            let isFirstVersion = bytes.starts(with: "PROXY".utf8.prefix(bytes.count))
            throw Invalid(
                cause: isFirstVersion ? "a header of version 1: the proxy has to send version 2" : "no header")
        }
        guard bytes.count >= Self.fixedBytes else { return .incomplete(missing: Self.fixedBytes - bytes.count) }
        guard bytes[12] >> 4 == 2 else { throw Invalid(cause: "a header of an unknown version") }
        let length = Int(bytes[14]) << 8 | Int(bytes[15])
        guard Self.fixedBytes + length <= Self.maximumBytes else { throw Invalid(cause: "a header that is too long") }
        let missing = Self.fixedBytes + length - bytes.count
        guard missing <= 0 else { return .incomplete(missing: missing) }
        precondition(missing == 0, "the caller reads no more than is missing")
        switch bytes[12] & 0x0F {
        // Whatever follows is to be ignored.
        case 0: return .whole(.local)
        case 1: return .whole(try Self.proxied(bytes))
        default: throw Invalid(cause: "a header with an unknown command")
        }
    }

    private static func proxied(_ bytes: [UInt8]) throws(Invalid) -> ProxyHeader {
        let addressBytes: Int
        switch bytes[13] {
        case 0x11: addressBytes = 4
        case 0x21: addressBytes = 16
        // A client without an address could have any: grants and limits go by it.
        default: throw Invalid(cause: "a header that names no TCP client of IPv4 or IPv6")
        }
        let vectors = Self.fixedBytes + 2 * addressBytes + 4
        guard bytes.count >= vectors else { throw Invalid(cause: "a header that is too short for its addresses") }
        try Self.check(vectorsFrom: vectors, of: bytes)
        let source = bytes[Self.fixedBytes...].prefix(addressBytes)
        let portAt = Self.fixedBytes + 2 * addressBytes
        guard let host = Self.host(Array(source)) else { throw Invalid(cause: "a header without a source address") }
        return .proxied(host: host, port: UInt16(bytes[portAt]) << 8 | UInt16(bytes[portAt + 1]))
    }

    /// Type (1 byte), length (2), value. None is of interest but the checksum, which is only there to be right.
    private static func check(vectorsFrom start: Int, of bytes: [UInt8]) throws(Invalid) {
        var position = start
        while position < bytes.count {
            guard position + 3 <= bytes.count else { throw Invalid(cause: "a header with a damaged vector") }
            let length = Int(bytes[position + 1]) << 8 | Int(bytes[position + 2])
            let value = position + 3
            guard value + length <= bytes.count else { throw Invalid(cause: "a header with a damaged vector") }
            if bytes[position] == Self.checksumType {
                guard length == 4 else { throw Invalid(cause: "a header with a damaged checksum") }
                var blank = bytes
                blank.replaceSubrange(value..<value + 4, with: [0, 0, 0, 0])
                let given = bytes[value..<value + 4].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
                guard Self.checksum(blank) == given else { throw Invalid(cause: "a header with a wrong checksum") }
            }
            position = value + length
        }
    }

    private static let checksumType: UInt8 = 0x03

    /// CRC32c (RFC 3720 appendix B.4), of a few bytes.
    static func checksum(_ bytes: [UInt8]) -> UInt32 {
        ~bytes.reduce(UInt32.max) { sum, byte in
            (0..<8).reduce(sum ^ UInt32(byte)) { sum, _ in sum & 1 != 0 ? sum >> 1 ^ 0x82F6_3B78 : sum >> 1 }
        }
    }

    /// Numeric; IPv4 in the guise of IPv6 as what it is. nil for the address that means none.
    private static func host(_ address: [UInt8]) -> String? {
        guard address.contains(where: { $0 != 0 }) else { return nil }
        let isMapped = address.count == 16 && address.prefix(12) == [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF]
        let plain = isMapped ? Array(address.suffix(4)) : address
        var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        guard inet_ntop(plain.count == 4 ? AF_INET : AF_INET6, plain, &text, socklen_t(text.count)) != nil else {
            return nil
        }
        return String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
}
