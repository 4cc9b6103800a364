/// What the record headers of a file say, without decrypting: how far it goes, and where its last key frame is.
public struct FrameMap: Hashable, Sendable {
    /// Offset of the first byte after the last whole record that can be followed.
    public private(set) var end = FrameReader.Place.start.offset
    /// Frames up to ``end``.
    public private(set) var frames: UInt64 = 0
    /// Offset of the last record, if that is a seal.
    public private(set) var seal: UInt64?
    /// Nil in a file without frames.
    public private(set) var lastKeyFrame: FrameReader.Place?

    private static let windowBytes = 64 * 1024

    /// Goes from header to header, so that the time it takes depends on the size of the file alone.
    /// - Throws: what `read` throws.
    public init(_ read: FrameReader.Read) throws {
        var window: [UInt8] = []
        var windowStart: UInt64 = 0
        while true {
            var index = Int(self.end - windowStart)
            if index + Record.headerSize > window.count {
                window = try read(self.end, Self.windowBytes)
                windowStart = self.end
                index = 0
                guard window.count >= Record.headerSize else { return }
            }
            let length = Int(window[index + 1]) | Int(window[index + 2]) << 8 | Int(window[index + 3]) << 16
            guard let kind = Record.Kind(type: window[index]), kind.sizes.contains(length) else { return }
            let next = self.end + UInt64(Record.headerSize + length)
            // A torn record: its last byte isn't there.
            if next - windowStart > window.count, try read(next - 1, 1).isEmpty { return }
            self.seal = kind == .seal ? self.end : nil
            if case .frame(let isKey, _) = kind {
                if isKey { self.lastKeyFrame = FrameReader.Place(offset: self.end, frame: self.frames) }
                self.frames += 1
            }
            self.end = next
        }
    }
}
