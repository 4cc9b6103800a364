/// Reads the few DER forms (X.690) that private keys are written in. Nil where the bytes don't fit.
struct DERReader {
    enum Tag: UInt8 {
        case integer = 0x02
        case octetString = 0x04
        case objectIdentifier = 0x06
        case sequence = 0x30
        /// Context-specific, constructed, number 0.
        case explicit0 = 0xA0
    }

    private var rest: ArraySlice<UInt8>

    init(_ bytes: some Sequence<UInt8>) { self.rest = Array(bytes)[...] }

    /// The content of the next value, which must have this tag; otherwise nothing is consumed.
    mutating func value(tag: Tag) -> [UInt8]? {
        guard self.rest.first == tag.rawValue else { return nil }
        var cursor = self.rest.dropFirst()
        guard let first = cursor.popFirst() else { return nil }
        var length = Int(first)
        if first >= 0x80 {
            let lengthBytes = Int(first & 0x7F)
            // Three bytes hold any key; indefinite lengths are no DER.
            guard (1...3).contains(lengthBytes), cursor.count >= lengthBytes else { return nil }
            length = cursor.prefix(lengthBytes).reduce(0) { $0 << 8 | Int($1) }
            cursor = cursor.dropFirst(lengthBytes)
        }
        guard length <= cursor.count else { return nil }
        self.rest = cursor.dropFirst(length)
        return Array(cursor.prefix(length))
    }
}
