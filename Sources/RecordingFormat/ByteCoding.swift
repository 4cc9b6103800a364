/// Appends the integers and byte strings of the format (docs/recording-format.md section 1).
struct ByteWriter {
    var bytes: [UInt8] = []

    mutating func fixed<T: FixedWidthInteger & UnsignedInteger>(_ value: T) {
        withUnsafeBytes(of: value.littleEndian) { self.bytes.append(contentsOf: $0) }
    }

    mutating func varint(_ value: some UnsignedInteger & FixedWidthInteger) {
        var rest = UInt64(value)
        while rest >= 0x80 {
            self.bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        self.bytes.append(UInt8(truncatingIfNeeded: rest))
    }

    mutating func raw(_ value: some Sequence<UInt8>) { self.bytes.append(contentsOf: value) }

    mutating func string(_ value: [UInt8]) {
        self.varint(UInt(value.count))
        self.raw(value)
    }
}

/// Takes them off again. Every method returns nil, and leaves the position undefined, if the bytes do not hold one.
struct ByteReader {
    private let bytes: ArraySlice<UInt8>
    private var position: Int

    init(_ bytes: ArraySlice<UInt8>) {
        self.bytes = bytes
        self.position = bytes.startIndex
    }

    init(_ bytes: [UInt8]) { self.init(bytes[...]) }

    var remaining: Int { self.bytes.endIndex - self.position }

    mutating func byte() -> UInt8? {
        guard self.remaining > 0 else { return nil }
        defer { self.position += 1 }
        return self.bytes[self.position]
    }

    mutating func fixed<T: FixedWidthInteger & UnsignedInteger>(_: T.Type) -> T? {
        guard let raw = self.raw(T.bitWidth / 8) else { return nil }
        return raw.reversed().reduce(0) { $0 << 8 | T($1) }
    }

    mutating func varint() -> UInt64? {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while let byte = self.byte() {
            let part = UInt64(byte & 0x7f)
            // Ten bytes hold 70 bits: the last may only give the 64th. A zero last byte is not the shortest form.
            guard shift < 63 || part <= 1, byte != 0 || shift == 0 else { return nil }
            value |= part << shift
            if byte & 0x80 == 0 { return value }
            shift += 7
            guard shift <= 63 else { return nil }
        }
        return nil
    }

    mutating func varint32() -> UInt32? { self.varint().flatMap { UInt32(exactly: $0) } }

    mutating func raw(_ count: Int) -> ArraySlice<UInt8>? {
        guard count >= 0, count <= self.remaining else { return nil }
        defer { self.position += count }
        return self.bytes[self.position..<self.position + count]
    }

    mutating func string() -> [UInt8]? {
        guard let count = self.varint(), count <= UInt64(self.remaining) else { return nil }
        return self.raw(Int(count)).map(Array.init)
    }

    mutating func rest() -> ArraySlice<UInt8> {
        defer { self.position = self.bytes.endIndex }
        return self.bytes[self.position...]
    }
}
