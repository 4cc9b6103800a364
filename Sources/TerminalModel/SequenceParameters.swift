/// The numbers of a CSI sequence: at most 32, none above 65,535. A missing one is 0.
public struct SequenceParameters: Hashable, Sendable {
    static let maximumCount = 32

    var values: [UInt16] = []
    /// Bit n: a colon, not a semicolon, stands before parameter n.
    var colons: UInt32 = 0
    /// Parameters beyond the maximum: their digits are dropped.
    var isFull = false

    public init() {}

    mutating func reset() {
        self.values.removeAll(keepingCapacity: true)
        self.colons = 0
        self.isFull = false
    }

    public var count: Int { self.values.count }

    /// The parameter at `index`, or 0.
    public subscript(index: Int) -> Int { index < self.values.count ? Int(self.values[index]) : 0 }

    /// The parameter at `index`, where 0 and missing mean 1.
    public func count(at index: Int) -> Int { max(self[index], 1) }

    /// Whether parameter `index` is a sub-parameter of the one before (ISO 8613-6).
    public func isSubparameter(_ index: Int) -> Bool {
        index < self.values.count && self.colons & (1 << UInt32(index)) != 0
    }

    /// Takes a digit, a colon or a semicolon.
    mutating func append(_ byte: UInt8) {
        guard !self.isFull else { return }
        if self.values.isEmpty { self.values.append(0) }
        if byte < 0x3A {
            let value = Int(self.values[self.values.count - 1]) * 10 + Int(byte - 0x30)
            self.values[self.values.count - 1] = UInt16(clamping: value)
        } else if self.values.count == Self.maximumCount {
            self.isFull = true
        } else {
            if byte == UInt8(ascii: ":") { self.colons |= 1 << UInt32(self.values.count) }
            self.values.append(0)
        }
    }
}
