import Glibc
import WorkerProtocol

/// The grant's rules for forwarded connections, put to the addresses that client and target name.
struct ForwardRules {
    private let permissions: [ForwardPermission]

    enum Verdict: Hashable {
        case refused
        case permitted(nestedSSH: Bool)
    }

    init(_ permissions: [ForwardPermission] = []) { self.permissions = permissions }

    func verdict(on host: [UInt8], _ port: UInt32, _ direction: ForwardPermission.Direction) -> Verdict {
        guard let port = UInt16(exactly: port) else { return .refused }
        let place = ForwardPlace(host)
        return self.verdict(direction) {
            $0.firstPort <= port && port <= $0.lastPort && place.matches($0.host)
        }
    }

    /// - parameter path: of a Unix socket.
    func verdict(onPath path: [UInt8], _ direction: ForwardPermission.Direction) -> Verdict {
        guard let place = ForwardPath(path) else { return .refused }
        return self.verdict(direction) {
            if case .path(let pattern) = $0.host { place.matches(pattern) } else { false }
        }
    }

    private func verdict(
        _ direction: ForwardPermission.Direction, where matches: (ForwardPermission) -> Bool
    ) -> Verdict {
        let matching = self.permissions.filter { $0.direction == direction && matches($0) }
        guard !matching.isEmpty else { return .refused }
        return .permitted(nestedSSH: matching.contains { $0.allowsNestedSSH })
    }
}

/// What a host of a forward is. The target resolves it by itself, so that a name must never pass for an address.
enum ForwardPlace: Hashable {
    /// 4 or 16 bytes. An IPv4 address in IPv6 (RFC 4291 section 2.5.5.2) is the IPv4 address.
    case address([UInt8])
    /// In lower case, without a dot at the end.
    case name([UInt8])
    /// Empty, which means all addresses; a shortened, octal or scoped address; or nothing that resolves. Only a rule
    /// for any host speaks of it.
    case odd

    init(_ host: [UInt8]) {
        if let address = Self.address(host) {
            self = .address(address)
            return
        }
        var name = host.map { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) ? $0 | 0x20 : $0 }
        if name.last == UInt8(ascii: ".") { name.removeLast() }
        let last = name.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false).last ?? []
        // `127.1`, `0x7f.1` and `2130706433` are addresses to inet_aton(3), and so to most resolvers.
        let looksNumeric = last.allSatisfy(Self.isDigit) || last.starts(with: "0x".utf8)
        self = !looksNumeric && name.allSatisfy(Self.isOfName) ? .name(name) : .odd
    }

    func matches(_ host: ForwardPermission.Host) -> Bool {
        switch (host, self) {
        case (.any, _): true
        case (.pattern(let pattern), .name(let name)): Glob.matches(pattern, name)
        case (.network(let network, let bits), .address(let address)): Self.holds(network, bits, address)
        case (.pattern, .address), (.pattern, .odd), (.network, .name), (.network, .odd), (.path, _): false
        }
    }

    private static func address(_ host: [UInt8]) -> [UInt8]? {
        // Nothing longer is an address, and a NUL would end the text early.
        guard host.count <= 64, !host.contains(0) else { return nil }
        let text = String(decoding: host, as: UTF8.self)
        var v4 = in_addr()
        if inet_pton(AF_INET, text, &v4) == 1 { return withUnsafeBytes(of: v4) { Array($0) } }
        var v6 = in6_addr()
        guard inet_pton(AF_INET6, text, &v6) == 1 else { return nil }
        let bytes = withUnsafeBytes(of: v6) { Array($0) }
        let mappedPrefix: [UInt8] = Array(repeating: 0, count: 10) + [0xFF, 0xFF]
        return bytes.starts(with: mappedPrefix) ? Array(bytes.dropFirst(12)) : bytes
    }

    private static func holds(_ network: [UInt8], _ bits: UInt8, _ address: [UInt8]) -> Bool {
        guard network.count == address.count, Int(bits) <= network.count * 8 else { return false }
        let (whole, rest) = (Int(bits) / 8, Int(bits) % 8)
        guard network.prefix(whole) == address.prefix(whole) else { return false }
        return rest == 0 || (network[whole] ^ address[whole]) >> (8 - rest) == 0
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

    private static func isOfName(_ byte: UInt8) -> Bool {
        self.isDigit(byte) || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || "-_.".utf8.contains(byte)
    }
}
