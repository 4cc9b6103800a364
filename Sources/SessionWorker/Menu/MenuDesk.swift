import WorkerProtocol

/// The menus of a connection whose login name has no target: `ssh alice@gateway` at a terminal.
///
/// The first choice decides for the connection, as a target in the login name would have done.
final class MenuDesk {
    private let broker: BrokerLink
    private var hasAsked = false
    private var list: DestinationList?
    /// By number of the channel.
    private var menus: [UInt32: MenuChannel] = [:]

    /// What the client exits with when it has gone nowhere.
    private static let nowhereStatus: UInt32 = 1

    /// How long a menu may be left alone, in nanoseconds.
    private let patience: UInt64

    init(broker: BrokerLink, patience: UInt64) {
        self.broker = broker
        self.patience = patience
    }

    /// Whether a choice from a menu will, or may, tell where this connection leads.
    func isAwaited(by relays: [ChannelRelay]) -> Bool {
        !self.menus.isEmpty || relays.contains { $0.isAskingForProgram && $0.menuSize != nil }
    }

    func received(_ list: DestinationList) { self.list = list }

    /// Serves the channels that want a program: with a menu, or with a line that says why there is none.
    ///
    /// - parameter line: for channels without a terminal.
    /// - returns: where to go, once that is decided. There are no menus any more then.
    func step(
        _ relays: [ChannelRelay], otherwise line: String, at now: UInt64
    ) throws(RecordingTap.Failure) -> Destination? {
        for relay in relays
        where relay.isAskingForProgram && relay.order == nil && self.menus[relay.number] == nil {
            try self.begin(relay, otherwise: line, at: now)
        }
        self.menus = self.menus.filter { !$0.value.relay.isFinished }
        for (number, menu) in self.menus {
            menu.step(at: now)
            switch menu.outcome {
            case .undecided: break
            case .left:
                self.menus[number] = nil
                let line = menu.hasExpired ? "the menu was left alone for \(self.patience / 1_000_000_000) s" : nil
                try self.turnAway(menu.relay, line)
            case .chosen(let destination):
                self.menus[number] = nil
                try self.decide(destination)
                return destination
            }
        }
        return nil
    }

    private func turnAway(_ relay: ChannelRelay, _ line: String?) throws(RecordingTap.Failure) {
        try relay.refuse(with: line, status: Self.nowhereStatus, nil)
    }

    private func begin(
        _ relay: ChannelRelay, otherwise line: String, at now: UInt64
    ) throws(RecordingTap.Failure) {
        guard let size = relay.menuSize else { return try self.turnAway(relay, line) }
        guard let list = self.list else {
            if !self.hasAsked { self.broker.send(.listDestinations) }
            self.hasAsked = true
            return
        }
        guard !list.entries.isEmpty else {
            return try self.turnAway(relay, "you have access to no target")
        }
        relay.promiseProgram()
        self.menus[relay.number] = MenuChannel(relay, list: list, size: size, patience: self.patience, at: now)
    }

    private func decide(_ destination: Destination) throws(RecordingTap.Failure) {
        let others = self.menus.values.map(\.relay)
        self.close()
        let target = SafeLine.text(destination.target)
        for relay in others {
            try relay.refuse(
                with: "this connection leads to \(target) now: open another", status: Self.nowhereStatus, nil)
        }
    }

    /// Gives all terminals back.
    func close() {
        for menu in self.menus.values { menu.close() }
        self.menus.removeAll()
    }

    /// When something happens by itself, on the monotonic clock.
    var deadline: UInt64? { self.menus.values.compactMap(\.deadline).min() }
    var wantsAnotherTurn: Bool { self.menus.values.contains { $0.wantsAnotherTurn } }
}
