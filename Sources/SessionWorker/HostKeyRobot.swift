import Glibc
import Platform
import SSHTransport
import WorkerProtocol

/// Fetches a target's host key for the broker, which never speaks SSH itself. Sends no credential.
public enum HostKeyRobot {
    /// How long a target may take, in milliseconds.
    private static let patience: CInt = 10_000

    /// - parameter target: the connected socket.
    public static func run(_ scan: HostKeyScan, broker: MessageSocket, target: CInt) {
        let link = BrokerLink(broker)
        let leg = ClientLeg(
            descriptor: target, host: Array("target".utf8), account: Array("scan".utf8), hostKeyTypes: [scan.keyType],
            algorithms: TargetAlgorithmLists(scan.algorithms))
        let deadline = Clock.monotonicNanoseconds() + UInt64(self.patience) * 1_000_000
        var detail = "timed out"
        loop: while Clock.monotonicNanoseconds() < deadline {
            switch leg.connect() {
            case .done:
                if let key = leg.hostKey { link.send(.hostKey(key)) }
                detail = ""
                break loop
            case .failed(let reason):
                detail = reason
                break loop
            case .wouldBlock:
                var descriptor = pollfd(fd: leg.descriptor, events: leg.pollEvents, revents: 0)
                if poll(&descriptor, 1, 1000) > 0 { leg.step() }
            }
        }
        leg.disconnect()
        link.send(.ended(WorkerEnding(cause: .scanned, detail: Array(detail.utf8.prefix(WireLimits.text)))))
    }
}
