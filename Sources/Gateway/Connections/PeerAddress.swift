import AccessPolicy
import CPlatform
import Glibc
import Platform

/// Where a client comes from.
struct PeerAddress: Hashable, Sendable, CustomStringConvertible {
    /// The numeric address, such as `127.0.0.1` or `2001:db8::1`.
    let host: String
    let port: UInt16

    var description: String { self.host.contains(":") ? "[\(self.host)]:\(self.port)" : "\(self.host):\(self.port)" }

    /// As the policy knows it.
    var origin: AccessOrigin { AccessOrigin(host: self.host) }

    /// Accepts one connection: non-blocking, close-on-exec. nil when none waits.
    /// - throws: the system's error, such as EMFILE.
    static func accept(from listener: CInt) throws(SystemError) -> (SharedDescriptor, PeerAddress)? {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let descriptor = sp_accept(listener, &storage, &length)
        guard descriptor >= 0 else {
            switch errno {
            case EAGAIN, EINTR, ECONNABORTED, EPROTO: return nil
            default: throw SystemError(code: errno, attempt: "accept a connection")
            }
        }
        let owned = SharedDescriptor(OwnedDescriptor(takingOwnershipOf: descriptor))
        return (owned, PeerAddress(&storage, length))
    }

    /// The peer of the gateway's own robots.
    static let gateway = PeerAddress(host: "gateway", port: 0)

    init(host: String, port: UInt16) {
        self.host = host
        self.port = port
    }

    private init(_ storage: inout sockaddr_storage, _ length: socklen_t) {
        var host = [CChar](repeating: 0, count: Int(NI_MAXHOST))
        var service = [CChar](repeating: 0, count: 32)
        let result = withUnsafePointer(to: &storage) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                getnameinfo(
                    $0, length, &host, socklen_t(host.count), &service, socklen_t(service.count),
                    NI_NUMERICHOST | NI_NUMERICSERV)
            }
        }
        func text(_ characters: [CChar]) -> String {
            String(decoding: characters.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
        }
        self.host = result == 0 ? text(host) : "unknown"
        self.port = result == 0 ? UInt16(text(service)) ?? 0 : 0
    }
}
