import CPlatform
import SSHTransport
import WorkerProtocol

/// Passes on what a user asks the gateway itself for, one after the other. Nothing of it is recorded: there is no target,
/// and what is shown may be a secret.
final class OrderDesk {
    private let broker: BrokerLink
    /// The channel that waits for its answer.
    private var served: ChannelRelay?
    private var answer: DeskAnswer?
    private var secret: LockedPassword?
    private var count = 0

    init(broker: BrokerLink) { self.broker = broker }

    func received(secret: LockedPassword?) { self.secret = secret }
    func received(_ answer: DeskAnswer) { self.answer = answer }

    /// Serves the channels that ask for one of the gateway's own commands.
    func step(_ relays: [ChannelRelay]) throws(RecordingTap.Failure) {
        if let answer = self.answer, let relay = self.served {
            try self.show(answer, on: relay)
            self.answer = nil
            self.served = nil
            self.secret = nil
        }
        guard self.served == nil, let relay = relays.first(where: { $0.order != nil }), let order = relay.order else {
            return
        }
        guard self.count < WireLimits.orders else {
            return try relay.refuse(with: "too many commands on one connection", status: 1, nil)
        }
        self.count += 1
        self.served = relay
        self.broker.send(.order(order))
    }

    private func show(_ answer: DeskAnswer, on relay: ChannelRelay) throws(RecordingTap.Failure) {
        guard answer.status == 0 else {
            return try relay.refuse(with: SafeLine.text(answer.text), status: answer.status, nil)
        }
        relay.acceptAsked()
        if let secret = self.secret {
            var line = secret.copy + [13, 10]
            relay.client.sendNotice(line, on: .data)
            line.withUnsafeMutableBytes { if let start = $0.baseAddress { sp_wipe(start, $0.count) } }
        }
        let end: [UInt8] = relay.hasTerminal ? [13, 10] : [10]
        relay.client.sendNotice(answer.text + end, on: .data)
        try relay.refuse(with: nil, status: 0, nil)
    }
}

extension ChannelRelay {
    /// The words with which the gateway's own commands begin.
    private static let orders: [[UInt8]] = ["checkout", "checkin", "request", "break-glass"].map { Array($0.utf8) }

    /// What the channel asks of the gateway itself; nil for anything else.
    var order: DeskOrder? {
        for request in self.requests.waiting {
            guard case .exec(let command) = request.kind, command.count <= WireLimits.text,
                let word = command.split(separator: UInt8(ascii: " ")).first, Self.orders.contains(Array(word))
            else { continue }
            return DeskOrder(command: command, hasTerminal: self.hasTerminal)
        }
        return nil
    }
}
