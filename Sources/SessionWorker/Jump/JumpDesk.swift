import Glibc
import Platform
import SSHTransport
import WorkerProtocol

/// The jumps of a connection whose login name has no target: `ssh -J alice@gateway root@web1`.
///
/// Each open of a direct-tcpip channel becomes one question to the broker, which answers with a socket to a worker of
/// its own for the inner connection. There is no other way out of here.
final class JumpDesk {
    private struct Wish {
        let request: OpenRequest
        let host: [UInt8]
        let port: UInt32
    }

    private enum State {
        /// The broker hasn't said yet whether the login name has a target.
        case unknown
        case open
        case closed
    }

    private let broker: BrokerLink
    private var state = State.unknown
    /// By number: opens that wait for the broker.
    private var wishes: [UInt32: Wish] = [:]
    private var pumps: [JumpPump] = []
    private var nextNumber: UInt32 = 1

    /// Most jumps at once.
    private static let maximumJumps = 64

    init(broker: BrokerLink) { self.broker = broker }

    func received(_ request: OpenRequest, host: [UInt8], port: UInt32) {
        guard self.state != .closed, self.pumps.count + self.wishes.count < Self.maximumJumps,
            host.count <= WireLimits.host, port <= UInt16.max
        else { return request.refuse() }
        let number = self.nextNumber
        self.nextNumber &+= 1
        self.wishes[number] = Wish(request: request, host: host, port: port)
        if self.state == .open { self.ask(number) }
    }

    /// The login name has no target: jumps may be asked for.
    func open() {
        guard self.state == .unknown else { return }
        self.state = .open
        for number in self.wishes.keys.sorted() { self.ask(number) }
    }

    /// The connection has a target, or will never have one: jumps that wait are refused, and all others from now on.
    /// Those under way go on.
    func close() {
        self.state = .closed
        for wish in self.wishes.values { wish.request.refuse() }
        self.wishes.removeAll()
    }

    private func ask(_ number: UInt32) {
        guard let wish = self.wishes[number] else { return }
        self.broker.send(.openJump(Jump(number: number, host: wish.host, port: UInt16(clamping: wish.port))))
    }

    /// - parameter socket: leads to the inner connection's worker; nil when the broker refuses.
    func answered(_ number: UInt32, socket: SharedDescriptor?) {
        guard let wish = self.wishes.removeValue(forKey: number) else { return }
        guard let socket, let client = wish.request.accept() else { return wish.request.refuse() }
        self.pumps.append(JumpPump(client: client, socket: socket))
    }

    var polls: [pollfd] { self.pumps.compactMap(\.poll) }

    func step() {
        for pump in self.pumps { pump.step() }
        self.pumps.removeAll { $0.isFinished }
    }

    var isIdle: Bool { self.pumps.isEmpty && self.wishes.isEmpty }
    var wantsAnotherTurn: Bool { self.pumps.contains { $0.wantsAnotherTurn } }
}
