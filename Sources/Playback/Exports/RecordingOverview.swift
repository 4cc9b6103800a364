import RecordingFormat

/// The channels of a recording, from its events as they come, without keeping them.
public struct RecordingOverview: Sendable {
    /// Of a recording with more channels the first are kept.
    private static let maximumChannels = 16_384
    /// Of a longer command this is kept, in bytes.
    private static let maximumCommand = 4096

    private var summaries: [UInt32: ChannelSummary] = [:]

    public init() {}

    public mutating func append(_ event: RecordedEvent) {
        guard event.channel != 0 else { return }
        var event = event
        if case .request(.exec(let command)) = event.body, command.count > Self.maximumCommand {
            event.body = .request(.exec(command: Array(command.prefix(Self.maximumCommand))))
        }
        guard self.summaries.count < Self.maximumChannels || self.summaries[event.channel] != nil else { return }
        self.summaries[event.channel, default: ChannelSummary(number: event.channel, opened: event.time)].add(event)
    }

    /// In order of their numbers.
    public var channels: [ChannelSummary] { self.summaries.values.sorted { $0.number < $1.number } }

    /// As ``Timeline/principalChannel``.
    public var principalChannel: UInt32? { ChannelSummary.principal(of: self.channels) }

    /// The channel with this number.
    public func channel(_ number: UInt32) -> ChannelSummary? { self.summaries[number] }
}
