/// What stands before the body of a record: its type and the length of its body. There is but one form for each.
/// See docs/recording-format.md section 2.
struct RecordHeader: Hashable {
    /// Of any record header, in bytes.
    static let maximumSize = 4
    /// Types of short frames, which say the length too. 0xff, as erased memory has it, is none.
    static let shortFrames: ClosedRange<UInt8> = 0x80...0xbf
    /// Lengths of a short frame's body.
    private static let shortBodies =
        AuthenticatedCipher.tagSize + 1...AuthenticatedCipher.tagSize + Self.shortFrames.count

    enum Flaw: Error { case type, length }

    let kind: Record.Kind
    /// Bytes of the body: a size that the kind permits.
    let bodyCount: Int

    /// - Parameter bodyCount: a size that the kind permits.
    init(_ kind: Record.Kind, bodyCount: Int) {
        self.kind = kind
        self.bodyCount = bodyCount
    }

    /// Reads one from the front of `bytes`; nil if they end before it does.
    /// - Throws: `Flaw`, as soon as the bytes allow to tell.
    init?(_ bytes: ArraySlice<UInt8>) throws(Flaw) {
        guard let type = bytes.first else { return nil }
        guard let kind = Record.Kind(type: type) else { throw .type }
        self.kind = kind
        if Self.shortFrames.contains(type) {
            self.bodyCount = Self.shortBodies.lowerBound + Int(type - Self.shortFrames.lowerBound)
            return
        }
        var count = 0
        var shift = 0
        for byte in bytes.dropFirst().prefix(Self.maximumSize - 1) {
            count |= Int(byte & 0x7f) << shift
            shift += 7
            guard byte < 0x80 else { continue }
            // A zero last byte is not the shortest form; and what fits a short frame is one.
            guard byte > 0 || shift == 7, kind.sizes.contains(count), !Self.isShort(kind, count) else { throw .length }
            self.bodyCount = count
            return
        }
        guard bytes.count < Self.maximumSize else { throw .length }
        return nil
    }

    /// In bytes.
    var size: Int {
        if Self.isShort(self.kind, self.bodyCount) { return 1 }
        return self.bodyCount < 1 << 7 ? 2 : self.bodyCount < 1 << 14 ? 3 : 4
    }

    /// As they stand in the file.
    var bytes: [UInt8] {
        [UInt8](unsafeUninitializedCapacity: Self.maximumSize) { output, initialized in
            initialized = self.write(to: UnsafeMutableRawBufferPointer(output))
        }
    }

    /// Writes the bytes to the front of `output`, which has room for them, and returns their number.
    @discardableResult
    func write(to output: UnsafeMutableRawBufferPointer) -> Int {
        let size = self.size
        guard size > 1 else {
            output[0] = Self.shortFrames.lowerBound + UInt8(self.bodyCount - Self.shortBodies.lowerBound)
            return size
        }
        output[0] = self.kind.type
        for place in 1..<size {
            let more: UInt8 = place < size - 1 ? 0x80 : 0
            output[place] = UInt8(truncatingIfNeeded: self.bodyCount >> (7 * (place - 1)) & 0x7f) | more
        }
        return size
    }

    private static func isShort(_ kind: Record.Kind, _ bodyCount: Int) -> Bool {
        kind == .frame(track: .main, isKey: false, isCompressed: false) && Self.shortBodies.contains(bodyCount)
    }
}
