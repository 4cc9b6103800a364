/// What the record headers of a file say, without decrypting: how far it goes, and where its last key frame is.
public struct FrameMap: Hashable, Sendable {
    /// Offset of the first byte after the last whole record that can be followed.
    public private(set) var end = FrameReader.Place.start.offset
    /// Frames up to ``end``.
    public private(set) var frames: UInt64 = 0
    /// Offset of the last record, if that is a seal.
    public private(set) var seal: UInt64?
    /// The last key frame, of any track, from which on there is a frame of the main track; nil if there is none.
    public private(set) var lastKeyFrame: FrameReader.Place?

    private static let windowBytes = 64 * 1024

    /// Goes from header to header, so that the time it takes depends on the size of the file alone.
    /// - Throws: what `read` throws.
    public init(_ read: FrameReader.Read) throws {
        var key: FrameReader.Place?
        var window: [UInt8] = []
        var windowStart: UInt64 = 0
        while true {
            var index = Int(self.end - windowStart)
            if index + RecordHeader.maximumSize > window.count {
                window = try read(self.end, Self.windowBytes)
                windowStart = self.end
                index = 0
            }
            guard let header = try? RecordHeader(window[index...]) else { return }
            let next = self.end + UInt64(header.size + header.bodyCount)
            // A torn record: its last byte isn't there.
            if next - windowStart > window.count, try read(next - 1, 1).isEmpty { return }
            self.seal = header.kind == .seal ? self.end : nil
            if case .frame(let track, let isKey, _) = header.kind {
                if isKey { key = FrameReader.Place(offset: self.end, frame: self.frames) }
                if track == .main { self.lastKeyFrame = key }
                self.frames += 1
            }
            self.end = next
        }
    }
}
