import RecordingFormat

@testable import Playback

extension Sample {
    static let keys = RecordingSubkeys(frames: .random(), gateway: .random())

    /// A file's frames with these events, made by the real encoder: a few events to a frame, and a key frame at least
    /// every `keyEvery` frames.
    static func file(_ events: [RecordedEvent], perFrame: Int = 3, keyEvery: Int = 8) throws -> [UInt8] {
        let encoder = FrameEncoder(frameKey: self.keys.frames)
        var file = RecordParser.magic
        for (index, start) in stride(from: 0, to: events.count, by: perFrame).enumerated() {
            // A writer that let go of its memory begins anew.
            if index % keyEvery == 0 { encoder.releaseMemory() }
            for event in events[start..<min(start + perFrame, events.count)] { try encoder.append(event) }
            encoder.sealFrame { file += $0 }
        }
        return file
    }

    /// Reads a file as it is on disk, in parts.
    static func read(_ file: [UInt8]) -> FrameReader.Read {
        { offset, count in Array(file.dropFirst(Int(offset)).prefix(count)) }
    }

    /// The index of a file, made as the gateway makes it, but however small the file is.
    static func index(
        _ file: [UInt8], keys: RecordingSubkeys = Sample.keys, density: ChannelTrack.Density = ChannelTrack.Density(),
        limits: ReelIndexMaker.Limits = .init(leastCost: 0)
    ) throws -> ReelIndex? {
        let maker = ReelIndexMaker(keys: keys, file: self.read(file), limits: limits, density: density)
        while try maker.next() != nil {}
        return maker.finish(end: UInt64(file.count)).flatMap { ReelIndex($0) }
    }

    static func reel(
        _ events: [RecordedEvent], density: ChannelTrack.Density = ChannelTrack.Density()
    ) throws -> Reel {
        try Reel(keys: self.keys, file: self.read(try self.file(events)), index: nil, density: density)
    }
}
