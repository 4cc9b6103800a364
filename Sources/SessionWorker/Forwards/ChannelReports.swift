import WorkerProtocol

/// Tells the broker what the audit log should know of channels: so many times, and then no more.
final class ChannelReports {
    private let broker: BrokerLink
    private var sent = 0

    init(broker: BrokerLink) { self.broker = broker }

    /// - parameter place: where it was to go, in whatever bytes the peer named it.
    func refused(_ channel: String, place: String = "", _ cause: RefusalCause) {
        self.send(.refused(channel: Self.text(channel), place: Self.text(place), cause: cause))
    }

    func nestedSSH(place: String, cut: Bool) { self.send(.nestedSSH(place: Self.text(place), cut: cut)) }

    private func send(_ report: ChannelReport) {
        guard self.sent < WireLimits.channelReports else { return }
        self.sent += 1
        let isLast = self.sent == WireLimits.channelReports
        self.broker.send(.channel(isLast ? .refused(channel: [], place: [], cause: .notListed) : report))
    }

    private static func text(_ text: String) -> [UInt8] { Array(text.utf8.prefix(WireLimits.text)) }
}
