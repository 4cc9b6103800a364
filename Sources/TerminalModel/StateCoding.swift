/// Writes numbers and byte strings of a state that is kept outside of memory.
public struct StateWriter: Sendable {
    public private(set) var bytes: [UInt8] = []

    public init() {}

    /// Unsigned LEB128: seven bits a byte, lowest first.
    public mutating func number(_ value: some BinaryInteger) {
        var rest = UInt64(value)
        while rest >= 0x80 {
            self.bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        self.bytes.append(UInt8(truncatingIfNeeded: rest))
    }

    /// 1 or 0.
    public mutating func flag(_ value: Bool) { self.bytes.append(value ? 1 : 0) }

    /// The bytes as they are; the reader must know how many.
    public mutating func raw(_ value: some Sequence<UInt8>) { self.bytes.append(contentsOf: value) }

    /// Bytes behind their number.
    public mutating func string(_ value: some Collection<UInt8>) {
        self.number(value.count)
        self.raw(value)
    }
}

/// Reads what a ``StateWriter`` wrote. Each method returns nil if the bytes don't hold what it is to read, and none
/// allocates more than there are bytes.
public struct StateReader: Sendable {
    private let bytes: ArraySlice<UInt8>
    private var position: Int

    public init(_ bytes: some Sequence<UInt8>) { self.init(Array(bytes)[...]) }

    public init(_ bytes: ArraySlice<UInt8>) {
        self.bytes = bytes
        self.position = bytes.startIndex
    }

    public var isAtEnd: Bool { self.position == self.bytes.endIndex }

    /// What was not read yet.
    public var rest: ArraySlice<UInt8> { self.bytes[self.position...] }

    /// Bytes that were not read yet.
    public var remaining: Int { self.bytes.endIndex - self.position }

    /// A number below 2^63: larger ones count nothing that we keep.
    public mutating func number() -> UInt64? {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while self.position < self.bytes.endIndex, shift < 63 {
            let byte = self.bytes[self.position]
            self.position += 1
            value |= UInt64(byte & 0x7F) << shift
            if byte & 0x80 == 0 { return value }
            shift += 7
        }
        return nil
    }

    /// A number within `range`.
    public mutating func number(in range: Range<Int>) -> Int? {
        guard let value = self.number(), let number = Int(exactly: value), range ~= number else { return nil }
        return number
    }

    /// A number of things that take a byte at least.
    public mutating func count() -> Int? { self.number(in: 0..<self.remaining + 1) }

    public mutating func byte() -> UInt8? {
        guard self.position < self.bytes.endIndex else { return nil }
        defer { self.position += 1 }
        return self.bytes[self.position]
    }

    public mutating func flag() -> Bool? {
        guard let byte = self.byte(), byte <= 1 else { return nil }
        return byte == 1
    }

    public mutating func raw(_ count: Int) -> ArraySlice<UInt8>? {
        guard count >= 0, count <= self.remaining else { return nil }
        defer { self.position += count }
        return self.bytes[self.position..<self.position + count]
    }

    public mutating func string() -> ArraySlice<UInt8>? { self.count().flatMap { self.raw($0) } }
}
