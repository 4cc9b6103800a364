/// Reads the data types of RFC 4251 section 5; nil where the bytes end too early or break a rule.
package struct SSHReader {
    private var rest: ArraySlice<UInt8>

    package init(_ bytes: some Sequence<UInt8>) { self.rest = Array(bytes)[...] }

    package var isAtEnd: Bool { self.rest.isEmpty }
    /// What has not been read yet.
    package var remaining: ArraySlice<UInt8> { self.rest }

    package mutating func byte() -> UInt8? { self.rest.popFirst() }

    package mutating func uint32() -> UInt32? {
        guard self.rest.count >= 4 else { return nil }
        let value = self.rest.prefix(4).reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        self.rest = self.rest.dropFirst(4)
        return value
    }

    package mutating func uint64() -> UInt64? {
        guard self.rest.count >= 8, let high = self.uint32(), let low = self.uint32() else { return nil }
        return UInt64(high) << 32 | UInt64(low)
    }

    package mutating func string() -> [UInt8]? {
        guard let length = self.uint32(), Int(length) <= self.rest.count else { return nil }
        defer { self.rest = self.rest.dropFirst(Int(length)) }
        return Array(self.rest.prefix(Int(length)))
    }

    /// A text of plain ASCII, such as an algorithm name.
    package mutating func name() -> String? {
        guard let bytes = self.string(), bytes.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else { return nil }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// A non-negative mpint without its leading zero.
    package mutating func unsignedMPInt() -> [UInt8]? {
        guard let bytes = self.string() else { return nil }
        guard let first = bytes.first else { return [] }
        guard first < 0x80 else { return nil }
        // Shortest form only: a zero leads only where the next byte's high bit would make the number negative.
        if first == 0 { return bytes.count > 1 && bytes[1] >= 0x80 ? Array(bytes.dropFirst()) : nil }
        return bytes
    }
}

/// Writes the data types of RFC 4251 section 5.
package struct SSHWriter {
    package private(set) var bytes: [UInt8] = []

    package init() {}

    package mutating func byte(_ value: UInt8) { self.bytes.append(value) }

    package mutating func uint32(_ value: UInt32) {
        withUnsafeBytes(of: value.bigEndian) { self.bytes.append(contentsOf: $0) }
    }

    package mutating func uint64(_ value: UInt64) {
        withUnsafeBytes(of: value.bigEndian) { self.bytes.append(contentsOf: $0) }
    }

    package mutating func string(_ value: some Collection<UInt8>) {
        self.uint32(UInt32(value.count))
        self.bytes.append(contentsOf: value)
    }

    package mutating func string(_ value: String) { self.string(Array(value.utf8)) }

    /// An mpint of an unsigned big-endian number.
    package mutating func unsignedMPInt(_ value: some Collection<UInt8>) {
        let digits = Array(value.drop { $0 == 0 })
        self.string((digits.first ?? 0) >= 0x80 ? [0] + digits : digits)
    }
}
