import Glibc
import Platform

/// The service manager that started this process and wants to hear how it fares: systemd's `Type=notify` and
/// `WatchdogSec=`, as sd_notify(3) writes it down.
struct ServiceManager: Sendable {
    /// How often it wants to hear ``Message/alive``; nil when it doesn't.
    let watchdogPeriod: Duration?
    /// Of a datagram socket; a first `@` stands for the null byte of an abstract name.
    private let place: [UInt8]

    enum Message: String {
        case ready = "READY=1"
        case stopping = "STOPPING=1"
        case alive = "WATCHDOG=1"
    }

    /// From this process's environment. Nil when nobody listens.
    init?() {
        guard let place = Self.variable("NOTIFY_SOCKET"), place.hasPrefix("/") || place.hasPrefix("@") else {
            return nil
        }
        self.place = Array(place.utf8)
        let isMeant = Self.variable("WATCHDOG_PID").map { $0 == String(getpid()) } ?? true
        self.watchdogPeriod = Self.variable("WATCHDOG_USEC").flatMap(Int64.init).flatMap {
            isMeant && $0 > 0 ? .microseconds($0) : nil
        }
    }

    private static func variable(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }

    /// A manager that is gone or busy hears nothing: the gateway's work doesn't depend on it. Doesn't block.
    func tell(_ message: Message) {
        let raw = socket(AF_UNIX, CInt(SOCK_DGRAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue), 0)
        guard raw >= 0 else { return }
        let descriptor = OwnedDescriptor(takingOwnershipOf: raw)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        guard self.place.count < MemoryLayout.size(ofValue: address.sun_path) else { return }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: self.place) }
        let isAbstract = self.place[0] == UInt8(ascii: "@")
        if isAbstract { address.sun_path.0 = 0 }
        // The null byte that ends a path counts; an abstract name ends with its last byte.
        let length =
            MemoryLayout<sockaddr_un>.size - MemoryLayout.size(ofValue: address.sun_path) + self.place.count
            + (isAbstract ? 0 : 1)
        let text = Array(message.rawValue.utf8)
        _ = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                sendto(
                    descriptor.rawValue, text, text.count, CInt(MSG_DONTWAIT) | CInt(MSG_NOSIGNAL),
                    $0, socklen_t(length))
            }
        }
    }

    /// Says that the gateway is alive, for as long as `takesTurns` returns, until the task is cancelled. A gateway that
    /// hangs says nothing more, and the manager ends it.
    func watch(_ takesTurns: @Sendable () async -> Void) async {
        guard let period = self.watchdogPeriod else { return }
        while !Task.isCancelled {
            await takesTurns()
            self.tell(.alive)
            // Half the period, as sd_watchdog_enabled(3) advises; a third leaves room for a busy machine.
            try? await Task.sleep(for: period / 3)
        }
    }
}
