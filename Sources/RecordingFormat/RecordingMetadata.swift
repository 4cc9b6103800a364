/// Who, what and under which policy: pairs of bytes, in ascending order of key. See docs/recording-format.md section 6.
public struct RecordingMetadata: Hashable, Sendable {
    public struct Pair: Hashable, Sendable {
        public let key: [UInt8]
        public let value: [UInt8]
    }

    public private(set) var pairs: [Pair] = []

    public init() {}

    /// Value of an ASCII key, as the bytes it was given; nil if absent. Setting nil removes.
    public subscript(key: String) -> [UInt8]? {
        get { self.pairs.first { $0.key.elementsEqual(key.utf8) }?.value }
        set {
            self.pairs.removeAll { $0.key.elementsEqual(key.utf8) }
            guard let newValue else { return }
            let pair = Pair(key: Array(key.utf8), value: newValue)
            let index = self.pairs.firstIndex { pair.key.lexicographicallyPrecedes($0.key) } ?? self.pairs.endIndex
            self.pairs.insert(pair, at: index)
        }
    }

    var encoded: [UInt8] {
        var out = ByteWriter()
        for pair in self.pairs {
            out.string(pair.key)
            out.string(pair.value)
        }
        return out.bytes
    }

    /// Nil if keys repeat, are out of order or too many, or bytes are missing.
    init?(encoded: ArraySlice<UInt8>) {
        var reader = ByteReader(encoded)
        while reader.remaining > 0 {
            guard self.pairs.count < RecordingLimits.maximumMetadataPairs, let key = reader.string(),
                let value = reader.string()
            else { return nil }
            if let last = self.pairs.last, !last.key.lexicographicallyPrecedes(key) { return nil }
            self.pairs.append(Pair(key: key, value: value))
        }
    }
}
