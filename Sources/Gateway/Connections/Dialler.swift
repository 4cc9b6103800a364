import Glibc
import Platform
import Synchronization

/// Connects to targets without ever blocking the broker.
struct Dialler: Sendable {
    /// Why a target can't be reached, in the system's words.
    struct Failure: Error, Sendable {
        let reason: String
    }

    let loop: PollLoop
    let resolver: BlockingPool
    /// In seconds, for all addresses together.
    let timeoutSeconds: Int

    /// A connected socket, non-blocking. Tries the addresses of a name one after the other.
    func connect(host: String, port: UInt16, on broker: isolated Broker) async throws(Failure) -> SharedDescriptor {
        var addresses = SocketAddress.resolve(host, port: port, flags: AI_NUMERICHOST)
        if addresses.isEmpty {
            addresses = (try? await self.resolver.run { SocketAddress.resolve(host, port: port) }) ?? []
        }
        guard !addresses.isEmpty else { throw Failure(reason: "the name \(host) has no address") }
        let deadline = Clock.monotonicNanoseconds() + UInt64(self.timeoutSeconds) * 1_000_000_000
        var reason = ""
        for address in addresses {
            do {
                return try await self.connect(to: address, before: deadline, on: broker)
            } catch {
                reason = error.reason
            }
        }
        throw Failure(reason: reason)
    }

    private func connect(
        to address: SocketAddress, before deadline: UInt64, on broker: isolated Broker
    ) async throws(Failure) -> SharedDescriptor {
        let type = CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)
        let raw = socket(address.family, type, 0)
        guard raw >= 0 else { throw Failure(reason: Self.words(errno)) }
        let descriptor = SharedDescriptor(OwnedDescriptor(takingOwnershipOf: raw))
        TCPSocket.prepare(raw)
        if address.withSockaddr({ Glibc.connect(raw, $0, $1) }) == 0 { return descriptor }
        guard errno == EINPROGRESS else { throw Failure(reason: Self.words(errno)) }
        let now = Clock.monotonicNanoseconds()
        guard deadline > now else { throw Failure(reason: "timed out") }
        let isConnected = await withCheckedContinuation { (continuation: CheckedContinuation<Bool, Never>) in
            let once = Once(continuation)
            self.loop.watch(raw, writable: true) { once.resume(true) }
            self.loop.after(nanoseconds: deadline - now) { once.resume(false) }
        }
        self.loop.unwatch(raw)
        guard isConnected else { throw Failure(reason: "timed out after \(self.timeoutSeconds) s") }
        let error = TCPSocket.pendingError(raw)
        guard error == 0 else { throw Failure(reason: Self.words(error)) }
        return descriptor
    }

    private static func words(_ code: CInt) -> String { SystemError(code: code, attempt: "").reason.lowercased() }
}

/// A continuation that several events may want to resume; the first one does.
final class Once<Value: Sendable>: Sendable {
    private let continuation: Mutex<CheckedContinuation<Value, Never>?>

    init(_ continuation: CheckedContinuation<Value, Never>) { self.continuation = Mutex(continuation) }

    func resume(_ value: Value) {
        let continuation = self.continuation.withLock { continuation in
            defer { continuation = nil }
            return continuation
        }
        continuation?.resume(returning: value)
    }
}
