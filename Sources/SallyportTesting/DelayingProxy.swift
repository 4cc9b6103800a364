import Foundation
import Glibc
import Synchronization

/// A TCP relay that takes a connection at once and connects onward only after a delay: a far or busy target.
public final class DelayingProxy: Sendable {
    public let port: Int
    private let listener: CInt
    private let stopped = Atomic<Bool>(false)

    /// - parameter port: a free one when nil.
    public init(to target: Int, after delay: Duration, on port: Int? = nil) throws {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard listener >= 0 else { throw HarnessError.system("socket") }
        self.listener = listener
        self.port = try port ?? freePort()
        var address = loopback(port: self.port)
        let bound = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard bound == 0, listen(listener, 16) == 0 else { throw HarnessError.system("bind") }
        Thread.detachNewThread { [self] in
            while case let client = accept(listener, nil, nil), client >= 0 {
                if self.stopped.load(ordering: .relaxed) {
                    close(client)
                    break
                }
                Thread.detachNewThread { Self.relay(client, to: target, after: delay) }
            }
            close(listener)
        }
    }

    /// Takes no more connections; those that stand go on.
    public func stop() {
        guard !self.stopped.exchange(true, ordering: .relaxed) else { return }
        // accept(2) returns.
        shutdown(self.listener, Int32(SHUT_RDWR))
    }

    deinit { self.stop() }

    private static func relay(_ client: CInt, to target: Int, after delay: Duration) {
        pause(delay)
        defer { close(client) }
        guard let server = connectLoopback(port: target) else { return }
        defer { close(server) }
        let other = [client: server, server: client]
        var open = Set([client, server])
        while !open.isEmpty {
            var waiting = open.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
            guard Glibc.poll(&waiting, nfds_t(waiting.count), -1) > 0 else { continue }
            for source in waiting where source.revents != 0 {
                guard let sink = other[source.fd],
                    let bytes = try? readSome(source.fd, atMost: 65536, within: .seconds(1), of: "relay")
                else { return }
                if bytes.isEmpty {
                    open.remove(source.fd)
                    shutdown(sink, Int32(SHUT_WR))
                } else if (try? writeAll(bytes, to: sink)) == nil {
                    return
                }
            }
        }
    }
}
