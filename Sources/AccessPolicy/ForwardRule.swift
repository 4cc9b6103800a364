/// One place that a grant lets forwarded connections reach, or be listened for at: `HOST:PORT`, or the path of a Unix
/// socket.
///
/// HOST is `*`, a name in which `*` and `?` stand for any characters, an address, or a network such as `10.0.0.0/8`;
/// IPv6 stands in brackets. A pattern speaks of names alone, a network of addresses alone: nobody can tell here what
/// a name means on the target. PORT is `*`, a number, or a range such as `8000-8099`.
///
/// A path begins with `/`; in it `*` and `?` stand for any characters but `/`, and a last part `**` for anything below.
/// No `HOST:PORT` speaks of paths: a socket is often as good as root.
public struct ForwardRule: Hashable, Sendable {
    public enum Direction: String, CaseIterable, Hashable, Sendable {
        /// From the client to a place that the target reaches (`ssh -L`, `-D`, `-W`).
        case local
        /// From an address that the target listens at to the client (`ssh -R`).
        case remote
    }

    public enum Host: Hashable, Sendable {
        case any
        /// Lower case, with `*` and `?`.
        case pattern(String)
        /// An address of 4 or 16 bytes and how many of its leading bits count.
        case network(address: [UInt8], bits: UInt8)
        /// A path, with `*`, `?` and `**`.
        case path(String)
    }

    /// Why a rule can't be read: one line that says what to do.
    public struct Invalid: Error, Hashable, Sendable {
        public let message: String
    }

    public let direction: Direction
    public let host: Host
    /// 0 is among them only for `*`, the port that the target may choose itself, and for a path.
    public let ports: ClosedRange<UInt16>
    /// Another SSH connection may run inside, where the gateway can't see what is done.
    public let allowsNestedSSH: Bool
    /// As it was written; a host in lower case.
    public let text: String

    /// The target itself, by the three names that mean it there: what a grant says that names no place.
    public static let targetItself = ["localhost:*", "127.0.0.1:*", "[::1]:*"]
    /// Most rules of one direction in one grant.
    public static let maximumInGrant = 64
    /// Longest host, in bytes (RFC 1035 section 2.3.4).
    private static let maximumHostBytes = 253

    public init(parsing text: String, direction: Direction, allowsNestedSSH: Bool = false) throws(Invalid) {
        self.text = text.hasPrefix("/") ? text : text.lowercased()
        self.direction = direction
        self.allowsNestedSSH = allowsNestedSSH
        if text.hasPrefix("/") {
            guard Self.isPath(text) else {
                throw Invalid(
                    message:
                        "a path for forwards is whole and plain, such as /run/app.sock, /run/app/*.sock or /run/app/**")
            }
            (self.host, self.ports) = (.path(text), 0...0)
            return
        }
        guard let (host, port) = Self.split(self.text), let ports = Self.ports(port), let host = Self.host(host) else {
            throw Invalid(
                message: "a forward is written HOST:PORT, such as db1:5432, 10.0.0.0/8:22 or [::1]:*, or as a path")
        }
        self.host = host
        self.ports = ports
    }

    private static func isPath(_ text: String) -> Bool {
        guard text.utf8.count <= Self.maximumPathBytes, text.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F && $0 != 0x2C })
        else { return false }
        let parts = text.dropFirst().split(separator: "/", omittingEmptySubsequences: false)
        return parts.enumerated().allSatisfy { index, part in
            part == "**"
                ? index == parts.count - 1 : !part.isEmpty && part != "." && part != ".." && !part.contains("**")
        }
    }

    /// Longest path, in bytes: twice what a socket's address takes (unix(7)).
    private static let maximumPathBytes = 216

    private static func split(_ text: String) -> (host: Substring, port: Substring)? {
        guard let colon = text.lastIndex(of: ":") else { return nil }
        let (host, port) = (text[..<colon], text[text.index(after: colon)...])
        guard host.hasPrefix("[") else { return host.contains(":") ? nil : (host, port) }
        guard host.hasSuffix("]"), host.contains(":") else { return nil }
        return (host.dropFirst().dropLast(), port)
    }

    private static func ports(_ text: Substring) -> ClosedRange<UInt16>? {
        if text == "*" { return 0...UInt16.max }
        let numbers = text.split(separator: "-", omittingEmptySubsequences: false)
        guard numbers.allSatisfy({ $0.utf8.allSatisfy { (48...57).contains($0) } }) else { return nil }
        let values = numbers.compactMap { UInt16($0) }
        guard values.count == numbers.count, (1...2).contains(values.count), let first = values.first,
            let last = values.last, first > 0, first <= last
        else { return nil }
        return first...last
    }

    private static func host(_ text: Substring) -> Host? {
        if text == "*" { return .any }
        guard !text.isEmpty, text.utf8.count <= Self.maximumHostBytes else { return nil }
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        if let address = IPAddress.bytes(of: String(parts[0])) {
            guard parts.count <= 2 else { return nil }
            guard parts.count == 2 else { return .network(address: address, bits: UInt8(address.count * 8)) }
            guard let bits = UInt8(parts[1]), Int(bits) <= address.count * 8 else { return nil }
            return .network(address: address, bits: bits)
        }
        let isName = text.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."),
                UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "*"), UInt8(ascii: "?"):
                true
            default: false
            }
        }
        return isName ? .pattern(String(text)) : nil
    }
}
