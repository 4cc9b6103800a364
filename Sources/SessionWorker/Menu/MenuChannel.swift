import SSHTransport
import WorkerProtocol

/// A menu on one channel of a client. Nothing of it is recorded: there is no target yet whose bytes could pass.
final class MenuChannel {
    let relay: ChannelRelay
    private var menu: TargetMenu
    private var screen: MenuScreen
    private var output = StreamBuffer()
    private var isClosed = false
    /// How long it may be left alone, in nanoseconds.
    private let patience: UInt64
    /// When it is left unless a key comes before; on the monotonic clock, in nanoseconds.
    private var lastMoment: UInt64
    private(set) var hasExpired = false

    /// How long a line may take to carry the end of a menu that has expired, in nanoseconds.
    private static let closingPatience: UInt64 = 5_000_000_000

    init(
        _ relay: ChannelRelay, list: DestinationList, size: (columns: UInt32, rows: UInt32), patience: UInt64,
        at now: UInt64
    ) {
        self.relay = relay
        self.patience = patience
        self.lastMoment = now + patience
        self.menu = TargetMenu(list)
        self.screen = MenuScreen(columns: size.columns, rows: size.rows)
        self.output.append(own: MenuScreen.opening)
    }

    /// Takes in keys and draws, as far as the line takes it.
    /// - parameter now: on the monotonic clock, in nanoseconds.
    func step(at now: UInt64) {
        let client = self.relay.client
        client.fetchLeftover()
        client.discardStderr()
        if let size = self.relay.menuSize { self.screen.resize(columns: size.columns, rows: size.rows) }
        self.menu.pageSize = MenuLayout.pageSize(rows: self.screen.rows)
        let taken = self.menu.received(client.data.unrecorded, at: now)
        client.data.take(unrecorded: taken)
        if taken > 0 { self.lastMoment = now + self.patience }
        self.menu.expired(at: now)
        if client.hasReceivedEndOfFile, client.isDrained { self.menu.ended() }
        if now >= self.lastMoment, self.menu.outcome == .undecided {
            self.menu.ended()
            self.hasExpired = true
        }
        self.hasGivenUp = self.hasExpired && now >= self.lastMoment + Self.closingPatience
        self.draw()
        _ = client.send(&self.output, on: .data)
    }

    /// Only once the terminal has what was drawn before: on a slow line, keys pressed meanwhile cost one drawing.
    private func draw() {
        guard self.output.isEmpty, !self.isClosed else { return }
        guard self.menu.outcome == .undecided else {
            self.isClosed = true
            return self.output.append(own: MenuScreen.closing)
        }
        let layout = MenuLayout(&self.menu, columns: self.screen.columns, rows: self.screen.rows)
        self.output.append(own: self.screen.show(layout))
    }

    /// The outcome, once the menu has left the terminal.
    var outcome: TargetMenu.Outcome {
        self.isClosed && self.output.isEmpty || self.hasGivenUp ? self.menu.outcome : .undecided
    }

    /// The line doesn't take the menu's end.
    private var hasGivenUp = false

    /// Gives the terminal back at once, as far as the line takes it.
    func close() {
        guard !self.isClosed else { return }
        self.isClosed = true
        self.relay.client.sendNotice(MenuScreen.closing, on: .data)
    }

    var deadline: UInt64? {
        let last = self.hasExpired ? self.lastMoment + Self.closingPatience : self.lastMoment
        return min(self.menu.deadline ?? last, last)
    }
    var wantsAnotherTurn: Bool {
        self.relay.client.hasFetchableLeftover
            || (!self.isClosed && self.menu.outcome != .undecided && self.output.isEmpty)
    }
}
