import RecordingFormat
import TerminalModel

/// The channels of a session that is going on, from its events as they come. Fed from the start it shows the exact
/// screens at once, however late a viewer joins.
public struct LiveScreen: Sendable {
    /// Channels kept: of more, the ones closed longest ago are forgotten.
    static let maximumChannels = 32

    private var views: [UInt32: ChannelScreen] = [:]
    private var closed: [UInt32] = []
    /// Microseconds since the start of the session, of the last event.
    public private(set) var time: UInt64 = 0
    /// The last thing that others did to the session.
    public private(set) var notice: String?

    public init() {}

    public mutating func apply(_ event: RecordedEvent) {
        self.time = max(self.time, event.time)
        switch event.body {
        // Each key is one.
        case .control(.inputBy): break
        case .control(let control): self.notice = control.label
        default: break
        }
        guard event.channel != 0 else { return }
        var view = self.views.removeValue(forKey: event.channel)
        if view == nil, self.makeRoom() { view = ChannelScreen(channel: event.channel) }
        view?.apply(event)
        self.views[event.channel] = view
        if case .channelClosed = event.body, view != nil { self.closed.append(event.channel) }
    }

    private mutating func makeRoom() -> Bool {
        guard self.views.count >= Self.maximumChannels else { return true }
        guard !self.closed.isEmpty else { return false }
        self.views[self.closed.removeFirst()] = nil
        return true
    }

    /// Channels in order of their numbers.
    public var channels: [ChannelSummary] { self.views.values.map(\.summary).sorted { $0.number < $1.number } }

    /// The channel to show if the viewer chose none: the newest open one with a pty, else the newest open, else
    /// the newest.
    public var principalChannel: UInt32? {
        let open = self.views.keys.filter { !self.closed.contains($0) }
        let terminals = open.filter { self.views[$0]?.isTerminal == true }
        return terminals.max() ?? open.max() ?? self.views.keys.max()
    }

    /// What is to be seen of `channel`.
    public func view(of channel: UInt32) -> ChannelScreen? { self.views[channel] }

    /// Whether `channel` was closed.
    public func isClosed(_ channel: UInt32) -> Bool { self.closed.contains(channel) }
}
