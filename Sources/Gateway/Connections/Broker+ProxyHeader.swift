import AuditLog
import Glibc
import Platform

/// A connection of a trusted proxy that has not said yet whose it is.
final class ProxyArrival {
    /// Descriptors are used again, this is not.
    let number: UInt64
    let client: SharedDescriptor
    let proxy: PeerAddress
    var bytes: [UInt8] = []

    init(number: UInt64, _ client: SharedDescriptor, from proxy: PeerAddress) {
        self.number = number
        self.client = client
        self.proxy = proxy
    }
}

extension Broker {
    /// Nanoseconds that a proxy has for its header, which comes with the connection's first packet.
    private static let headerPatience: UInt64 = 5_000_000_000

    /// Serves a client; one that comes through a trusted proxy, once that has said where it comes from. From anybody
    /// else every byte is SSH, and none is looked at here.
    func arrived(_ client: SharedDescriptor, from peer: PeerAddress) {
        guard self.configuration.trustedProxies.contains(where: { $0.contains(peer.host) }) else {
            self.serve(client, from: peer)
            return
        }
        // They cost a descriptor each, and nothing more.
        guard self.arrivals.count < self.configuration.limits.unauthenticated else {
            return self.audit(
                .connectionRefused(from: peer.description, limit: .unauthenticated), actor: "gateway")
        }
        let (descriptor, number) = (client.rawValue, self.nextNumber)
        self.nextNumber += 1
        self.arrivals[descriptor] = ProxyArrival(number: number, client, from: peer)
        self.loop.watch(descriptor) { [weak self] in self?.assumeIsolated { $0.readHeader(at: descriptor) } }
        self.loop.after(nanoseconds: Self.headerPatience) { [weak self] in
            self?.assumeIsolated { broker in
                guard let arrival = broker.arrivals[descriptor], arrival.number == number else { return }
                broker.refuse(arrival, because: "no header in time")
            }
        }
    }

    /// Reads what is missing of a header and not a byte more: the rest is the worker's.
    private func readHeader(at descriptor: CInt) {
        guard let arrival = self.arrivals[descriptor] else { return }
        do {
            while case .incomplete(let missing) = try ProxyHeader.read(arrival.bytes) {
                var piece = [UInt8](repeating: 0, count: missing)
                let count = recv(descriptor, &piece, missing, 0)
                guard count > 0 else {
                    if count < 0, [EAGAIN, EINTR].contains(errno) { return }
                    // Some proxies look whether anybody listens, and say nothing.
                    return arrival.bytes.isEmpty ? self.forget(arrival) : self.refuse(arrival, because: "half a header")
                }
                arrival.bytes += piece.prefix(count)
            }
            guard case .whole(let header) = try ProxyHeader.read(arrival.bytes) else { return }
            self.forget(arrival)
            switch header {
            case .local: self.serve(arrival.client, from: arrival.proxy)
            case .proxied(let host, let port): self.serve(arrival.client, from: PeerAddress(host: host, port: port))
            }
        } catch {
            self.refuse(arrival, because: error.cause)
        }
    }

    private func refuse(_ arrival: ProxyArrival, because cause: String) {
        self.forget(arrival)
        self.log.warning("a connection of the proxy \(arrival.proxy) was closed: \(cause)")
        self.audit(.proxyHeaderRefused(from: arrival.proxy.description, cause: cause), actor: "gateway")
    }

    /// Closes it, unless it is handed on.
    private func forget(_ arrival: ProxyArrival) {
        self.loop.unwatch(arrival.client.rawValue)
        self.arrivals[arrival.client.rawValue] = nil
    }

    /// For the end of the process.
    func dropArrivals() {
        for arrival in self.arrivals.values { self.forget(arrival) }
    }
}
