/// Length-prefixed, big-endian: two different rows never have the same bytes.
struct CanonicalBytes {
    private(set) var bytes: [UInt8] = []

    mutating func append(_ value: UInt64) {
        withUnsafeBytes(of: value.bigEndian) { self.bytes.append(contentsOf: $0) }
    }

    mutating func append(_ value: [UInt8]) {
        withUnsafeBytes(of: UInt32(value.count).bigEndian) { self.bytes.append(contentsOf: $0) }
        self.bytes += value
    }
}
