import CPlatform
import Glibc
import Platform

/// Options and states of the TCP sockets on both sides of a session.
enum TCPSocket {
    /// Sends small packets at once, and finds out by itself, in the kernel, when the peer's machine is gone:
    /// after 60 s without a sign, then 4 probes 15 s apart.
    static func prepare(_ descriptor: CInt) {
        self.set(descriptor, CInt(IPPROTO_TCP), TCP_NODELAY, 1)
        self.set(descriptor, SOL_SOCKET, SO_KEEPALIVE, 1)
        self.set(descriptor, CInt(IPPROTO_TCP), TCP_KEEPIDLE, 60)
        self.set(descriptor, CInt(IPPROTO_TCP), TCP_KEEPINTVL, 15)
        self.set(descriptor, CInt(IPPROTO_TCP), TCP_KEEPCNT, 4)
    }

    static func set(_ descriptor: CInt, _ level: CInt, _ option: CInt, _ value: CInt) {
        var value = value
        setsockopt(descriptor, level, option, &value, socklen_t(MemoryLayout<CInt>.size))
    }

    /// The error that a connection attempt ended with; 0 for none.
    static func pendingError(_ descriptor: CInt) -> CInt {
        var error: CInt = 0
        var length = socklen_t(MemoryLayout<CInt>.size)
        getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &error, &length)
        return error
    }

    /// Closes both directions for every process that holds the socket.
    static func cut(_ descriptor: CInt) { shutdown(descriptor, CInt(SHUT_RDWR)) }

    /// Whether bytes can still pass, by the kernel's own word.
    static func isEstablished(_ descriptor: CInt) -> Bool {
        var info = tcp_info()
        var length = socklen_t(MemoryLayout<tcp_info>.size)
        guard getsockopt(descriptor, CInt(IPPROTO_TCP), TCP_INFO, &info, &length) == 0 else { return false }
        return info.tcpi_state == 1 || info.tcpi_state == 8  // ESTABLISHED, CLOSE_WAIT
    }

    /// A listening socket, non-blocking.
    /// - throws: the system's error with the address in words: in use, not ours, no permission.
    static func listen(host: String, port: UInt16) throws(SystemError) -> (SharedDescriptor, port: UInt16) {
        let attempt = "listen on \(host):\(port)"
        guard let address = SocketAddress(numericHost: host, port: port) else {
            throw SystemError(code: EINVAL, attempt: "\(attempt): not a numeric address")
        }
        let descriptor = SharedDescriptor(
            OwnedDescriptor(
                takingOwnershipOf: try SystemError.check(
                    socket(
                        address.family,
                        CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue), 0), attempt)))
        self.set(descriptor.rawValue, SOL_SOCKET, SO_REUSEADDR, 1)
        try SystemError.check(address.withSockaddr { bind(descriptor.rawValue, $0, $1) }, attempt)
        try SystemError.check(Glibc.listen(descriptor.rawValue, 1024), attempt)
        return (descriptor, SocketAddress(localOf: descriptor.rawValue)?.port ?? port)
    }
}

/// An IPv4 or IPv6 address with a port.
struct SocketAddress: Sendable {
    private var storage = sockaddr_storage()
    private var length: socklen_t

    var family: CInt { CInt(self.storage.ss_family) }

    init?(numericHost host: String, port: UInt16) {
        guard let found = Self.resolve(host, port: port, flags: AI_NUMERICHOST).first else { return nil }
        self = found
    }

    init?(localOf descriptor: CInt) {
        self.length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let result = withUnsafeMutablePointer(to: &self.storage) { storage in
            storage.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &self.length) }
        }
        guard result == 0 else { return nil }
    }

    private init(_ address: UnsafePointer<sockaddr>, _ length: socklen_t) {
        self.length = min(length, socklen_t(MemoryLayout<sockaddr_storage>.size))
        memcpy(&self.storage, address, Int(self.length))
    }

    /// All addresses of a name, in the system's order of preference. Blocks: not on the broker's thread unless
    /// `flags` has AI_NUMERICHOST.
    static func resolve(_ host: String, port: UInt16, flags: CInt = 0) -> [SocketAddress] {
        var hints = addrinfo()
        hints.ai_socktype = CInt(SOCK_STREAM.rawValue)
        hints.ai_flags = flags | AI_NUMERICSERV
        var list: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(host, String(port), &hints, &list) == 0 else { return [] }
        defer { freeaddrinfo(list) }
        var found: [SocketAddress] = []
        var next = list
        while let entry = next {
            if let address = entry.pointee.ai_addr { found.append(SocketAddress(address, entry.pointee.ai_addrlen)) }
            next = entry.pointee.ai_next
        }
        return found
    }

    func withSockaddr<Result>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Result) -> Result {
        withUnsafePointer(to: self.storage) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, self.length) }
        }
    }

    /// The numeric address, without zone and port; nil for what is neither IPv4 nor IPv6. IPv4 in the guise of IPv6
    /// stands as what it is.
    var host: String? {
        var text = [CChar](repeating: 0, count: Int(NI_MAXHOST))
        let result = self.withSockaddr { getnameinfo($0, $1, &text, socklen_t(text.count), nil, 0, NI_NUMERICHOST) }
        guard result == 0, [AF_INET, AF_INET6].contains(self.family) else { return nil }
        let host = String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
        let address = host.prefix { $0 != "%" }
        return String(address.hasPrefix("::ffff:") && address.contains(".") ? address.dropFirst(7) : address)
    }

    var port: UInt16 {
        switch self.family {
        case AF_INET:
            withUnsafePointer(to: self.storage) {
                $0.withMemoryRebound(to: sockaddr_in.self, capacity: 1) { UInt16(bigEndian: $0.pointee.sin_port) }
            }
        case AF_INET6:
            withUnsafePointer(to: self.storage) {
                $0.withMemoryRebound(to: sockaddr_in6.self, capacity: 1) { UInt16(bigEndian: $0.pointee.sin6_port) }
            }
        default: 0
        }
    }
}
