import RecordingFormat
import TerminalModel

/// What a scan of a whole recording found: the content of its index file (docs/recording-format.md, appendix A).
///
/// Opening reads the directory alone; what belongs to a channel is read when that channel is shown.
public struct ReelIndex: Sendable {
    static let version = 1
    /// Of one part, unpacked, in bytes: what a reader spends on it at most.
    private static let maximumPart = 16 << 20

    /// Microseconds.
    let duration: UInt64
    /// Of the recording's records.
    let end: UInt64
    let index: RecordingIndex
    private let content: [UInt8]
    /// Where the parts of channels lie in the content.
    private let parts: [UInt32: Range<Int>]

    /// Nil if `content` is none that this version knows. Any bytes may be given.
    public init?(_ content: [UInt8]) {
        var reader = StateReader(content[...])
        guard let packed = reader.string(), let directory = PackedBytes.unpack(packed, limit: Self.maximumPart) else {
            return nil
        }
        self.init(directory: directory, content: content, partsStart: content.count - reader.remaining)
    }

    /// - parameter partsStart: where the channels' parts begin in `content`.
    init?(directory: [UInt8], content: [UInt8], partsStart: Int) {
        var state = StateReader(directory[...])
        guard state.number(in: Self.version..<Self.version + 1) != nil, let duration = Self.time(&state),
            let end = state.number(), let index = RecordingIndex(from: &state), let partCount = state.count()
        else { return nil }
        var parts: [UInt32: Range<Int>] = [:]
        var start = partsStart
        for _ in 0..<partCount {
            guard let channel = state.number().flatMap({ UInt32(exactly: $0) }),
                let length = state.number(in: 0..<content.count - start + 1)
            else { return nil }
            parts[channel] = start..<start + length
            start += length
        }
        guard state.isAtEnd, start == content.count else { return nil }
        self.duration = duration
        self.end = end
        self.index = index
        self.content = content
        self.parts = parts
    }

    /// The content for a recording.
    static func encode(
        duration: UInt64, end: UInt64, index: RecordingIndex, tracks: [ChannelTrack]
    ) -> [UInt8] {
        var directory = StateWriter()
        directory.number(self.version)
        directory.number(duration)
        directory.number(end)
        index.write(to: &directory)
        directory.number(tracks.count)
        var parts = StateWriter()
        for track in tracks {
            let part = self.encode(track)
            directory.number(track.channel)
            directory.number(part.count)
            parts.raw(part)
        }
        var content = StateWriter()
        content.string(PackedBytes.pack(directory.bytes))
        content.raw(parts.bytes)
        return content.bytes
    }

    private static func encode(_ track: ChannelTrack) -> [UInt8] {
        var table = StateWriter()
        var screens = StateWriter()
        table.number(track.moments.count)
        self.write(track.moments, to: &table)
        table.number(track.snapshots.count)
        var last = KeyStart.start
        var lastScreen: PackedScreen?
        for snapshot in track.snapshots {
            snapshot.start.write(to: &table, after: last)
            last = snapshot.start
            // A length of 0 stands for the screen before.
            let isSame = snapshot.screen == lastScreen
            table.number(isSame ? 0 : snapshot.screen.bytes.count)
            if !isSame { screens.raw(snapshot.screen.bytes) }
            lastScreen = snapshot.screen
        }
        if let ending = track.ending {
            table.number(ending.time)
            table.number(ending.screen.bytes.count)
            screens.raw(ending.screen.bytes)
        }
        var part = StateWriter()
        part.string(PackedBytes.pack(table.bytes))
        part.raw(screens.bytes)
        return part.bytes
    }

    /// The track of a channel; nil if there is none, or none that makes sense.
    func track(of channel: UInt32) -> ChannelTrack? {
        guard let range = self.parts[channel] else { return nil }
        var part = StateReader(self.content[range])
        guard let packed = part.string(), let bytes = PackedBytes.unpack(packed, limit: Self.maximumPart) else {
            return nil
        }
        return ChannelTrack(channel: channel, table: bytes, screens: part.rest)
    }

    fileprivate static func time(_ state: inout StateReader) -> UInt64? {
        state.number().flatMap { $0 <= Timeline.longestTime ? $0 : nil }
    }

    /// Ascending times, each by its distance from the one before.
    private static func write(_ times: [UInt64], to state: inout StateWriter) {
        var last: UInt64 = 0
        for time in times {
            state.number(time - last)
            last = time
        }
    }

    fileprivate static func times(_ state: inout StateReader) -> [UInt64]? {
        guard let count = state.count() else { return nil }
        var times: [UInt64] = []
        times.reserveCapacity(count)
        var last: UInt64 = 0
        for _ in 0..<count {
            // Both are below 2^63.
            guard let distance = state.number(), last + distance <= Timeline.longestTime else { return nil }
            last += distance
            times.append(last)
        }
        return times
    }
}

extension ChannelTrack {
    /// One that was made before; nil if the bytes make no sense.
    /// - parameter screens: the snapshots' screens, one after the other.
    init?(channel: UInt32, table bytes: [UInt8], screens: ArraySlice<UInt8>) {
        var part = StateReader(screens)
        var table = StateReader(bytes[...])
        guard let moments = ReelIndex.times(&table), let count = table.count(), count > 0 else { return nil }
        var snapshots: [Snapshot] = []
        snapshots.reserveCapacity(count)
        for _ in 0..<count {
            let last = snapshots.last
            guard let start = KeyStart(from: &table, after: last?.start ?? .start), let length = table.number(),
                let screen = length == 0
                    ? last?.screen : Int(exactly: length).flatMap({ part.raw($0) }).map(PackedScreen.init(bytes:))
            else { return nil }
            snapshots.append(Snapshot(start: start, screen: screen))
        }
        guard let time = ReelIndex.time(&table), let length = table.number().flatMap({ Int(exactly: $0) }),
            let ending = part.raw(length), table.isAtEnd, part.isAtEnd
        else { return nil }
        self.init(
            channel: channel, moments: moments, snapshots: snapshots,
            ending: (time, PackedScreen(bytes: ending)))
    }
}

extension KeyStart {
    /// By the distance from another one before it.
    fileprivate func write(to state: inout StateWriter, after other: KeyStart) {
        state.number(self.place.offset - other.place.offset)
        state.number(self.place.frame - other.place.frame)
        state.number(self.time - other.time)
    }

    fileprivate init?(from state: inout StateReader, after other: KeyStart) {
        guard let offset = state.number(), let frame = state.number(), let time = state.number(),
            // Each sum is below 2^64, as it is of two numbers below 2^63: larger ones are refused below.
            other.place.offset + offset < 1 << 62, other.place.frame + frame < 1 << 62,
            other.time + time <= Timeline.longestTime
        else { return nil }
        self.place = FrameReader.Place(offset: other.place.offset + offset, frame: other.place.frame + frame)
        self.time = other.time + time
    }
}

extension RecordingIndex {
    fileprivate func write(to state: inout StateWriter) {
        state.number(self.frames)
        state.number(self.keys.count)
        var last = KeyStart.start
        for key in self.keys {
            key.write(to: &state, after: last)
            last = key
        }
        let channels = self.channels
        state.number(channels.count)
        for channel in channels {
            channel.write(to: &state)
            self.start(of: channel.number).write(to: &state, after: .start)
        }
        state.number(self.marks.count)
        var time: UInt64 = 0
        for mark in self.marks {
            state.number(mark.time - time)
            time = mark.time
            state.number(mark.channel)
            state.string(Array(mark.label.utf8))
        }
    }

    fileprivate init?(from state: inout StateReader) {
        guard let frames = state.number(), frames < 1 << 62, let keyCount = state.count() else { return nil }
        var keys: [KeyStart] = []
        for _ in 0..<keyCount {
            guard let key = KeyStart(from: &state, after: keys.last ?? .start) else { return nil }
            keys.append(key)
        }
        guard let channelCount = state.count() else { return nil }
        var channels: [(ChannelSummary, KeyStart)] = []
        for _ in 0..<channelCount {
            guard let summary = ChannelSummary(from: &state), let start = KeyStart(from: &state, after: .start) else {
                return nil
            }
            channels.append((summary, start))
        }
        guard let markCount = state.count() else { return nil }
        var marks: [TimelineMark] = []
        for _ in 0..<markCount {
            guard let distance = state.number(), let channel = state.number().flatMap({ UInt32(exactly: $0) }),
                let label = state.string()
            else { return nil }
            let time = (marks.last?.time ?? 0) + distance
            guard time <= Timeline.longestTime else { return nil }
            // Its maker took care that it is harmless; the viewer's terminal is not to depend on that.
            marks.append(TimelineMark(time: time, channel: channel, label: SafeText.line(label)))
        }
        self.init(channels: channels, keys: keys, marks: marks, frames: frames)
    }
}
