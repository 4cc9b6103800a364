/// The order of names as people count: digits that stand together are one number.
public enum NaturalOrder {
    /// Whether `first` comes before `second`.
    public static func areInOrder(_ first: String, _ second: String) -> Bool {
        let (left, right) = (Array(first.utf8), Array(second.utf8))
        var (i, j) = (0, 0)
        while i < left.count, j < right.count {
            let (number, other) = (self.digits(in: left, from: i), self.digits(in: right, from: j))
            if number.isEmpty || other.isEmpty {
                if left[i] != right[j] { return left[i] < right[j] }
                (i, j) = (i + 1, j + 1)
                continue
            }
            // Of numbers of any length: without zeros in front the longer one is the greater.
            let (value, otherValue) = (number.drop { $0 == Self.zero }, other.drop { $0 == Self.zero })
            if value.count != otherValue.count { return value.count < otherValue.count }
            if !value.elementsEqual(otherValue) { return value.lexicographicallyPrecedes(otherValue) }
            (i, j) = (i + number.count, j + other.count)
        }
        if left.count - i != right.count - j { return left.count - i < right.count - j }
        // The same but for zeros.
        return first < second
    }

    private static let zero = UInt8(ascii: "0")

    private static func digits(in name: [UInt8], from start: Int) -> ArraySlice<UInt8> {
        name[start...].prefix { (Self.zero...UInt8(ascii: "9")).contains($0) }
    }
}
