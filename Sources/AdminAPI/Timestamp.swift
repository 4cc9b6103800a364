/// A moment in UTC, in nanoseconds since 1970. In JSON: ISO 8601 with microseconds, `2026-01-31T08:05:09.000120Z`.
public struct Timestamp: Hashable, Comparable, Sendable {
    public var nanosecondsSince1970: Int64

    public init(nanosecondsSince1970: Int64) {
        self.nanosecondsSince1970 = nanosecondsSince1970
    }

    public static func < (left: Timestamp, right: Timestamp) -> Bool {
        left.nanosecondsSince1970 < right.nanosecondsSince1970
    }
}

extension Timestamp: CustomStringConvertible {
    /// ISO 8601 in UTC with microseconds.
    public var description: String { self.text(fractionDigits: 6) }

    /// ISO 8601 in UTC with nanoseconds, from which the same moment is read again.
    public var precise: String { self.text(fractionDigits: 9) }

    private func text(fractionDigits: Int) -> String {
        let (seconds, nanoseconds) = floorDivide(self.nanosecondsSince1970, by: 1_000_000_000)
        let (days, secondOfDay) = floorDivide(seconds, by: 86_400)
        let date = CalendarDate(daysSince1970: days)
        return [
            padded(date.year, 4), "-", padded(date.month, 2), "-", padded(date.day, 2), "T",
            padded(secondOfDay / 3600, 2), ":", padded(secondOfDay / 60 % 60, 2), ":", padded(secondOfDay % 60, 2), ".",
            String(padded(nanoseconds, 9).prefix(fractionDigits)), "Z",
        ].joined()
    }
}

extension Timestamp: LosslessStringConvertible {
    /// Reads ISO 8601 in UTC: `YYYY-MM-DDTHH:MM:SS[.fraction]Z`; nil for anything else.
    public init?(_ description: String) {
        let text = Array(description.utf8)
        guard text.count >= 20, text.count <= 30, text.last == UInt8(ascii: "Z"),
            text[4] == UInt8(ascii: "-"), text[7] == UInt8(ascii: "-"), text[10] == UInt8(ascii: "T"),
            text[13] == UInt8(ascii: ":"), text[16] == UInt8(ascii: ":"),
            let year = number(text[0..<4]), let month = number(text[5..<7]), let day = number(text[8..<10]),
            let hour = number(text[11..<13]), let minute = number(text[14..<16]), let second = number(text[17..<19]),
            (1...12).contains(month), (1...31).contains(day), hour < 24, minute < 60, second < 60,
            // Nanoseconds in 64 bits end in April 2262.
            (1700...2261).contains(year)
        else { return nil }
        var nanoseconds: Int64 = 0
        if text.count > 20 {
            let digits = text[20..<(text.count - 1)]
            guard text[19] == UInt8(ascii: "."), !digits.isEmpty, let fraction = number(digits) else { return nil }
            nanoseconds = (digits.count..<9).reduce(fraction) { scaled, _ in scaled * 10 }
        } else if text[19] != UInt8(ascii: "Z") {
            return nil
        }
        let date = CalendarDate(year: year, month: month, day: day)
        guard CalendarDate(daysSince1970: date.daysSince1970) == date else { return nil }
        let seconds = date.daysSince1970 * 86_400 + hour * 3600 + minute * 60 + second
        self.init(nanosecondsSince1970: seconds * 1_000_000_000 + nanoseconds)
    }
}

extension Timestamp: Codable {
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let value = Timestamp(try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "not a time in ISO 8601, UTC")
        }
        self = value
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(self.description)
    }
}

/// A day of the proleptic Gregorian calendar.
private struct CalendarDate: Equatable {
    var year: Int64
    var month: Int64
    var day: Int64

    init(year: Int64, month: Int64, day: Int64) {
        self.year = year
        self.month = month
        self.day = day
    }

    // Both conversions count in years that begin in March, so that the leap day is the last of its year.
    init(daysSince1970: Int64) {
        let (era, dayOfEra) = floorDivide(daysSince1970 + 719_468, by: 146_097)
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let marchMonth = (5 * dayOfYear + 2) / 153
        self.day = dayOfYear - (153 * marchMonth + 2) / 5 + 1
        self.month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
        self.year = yearOfEra + era * 400 + (self.month <= 2 ? 1 : 0)
    }

    var daysSince1970: Int64 {
        let (era, yearOfEra) = floorDivide(self.month <= 2 ? self.year - 1 : self.year, by: 400)
        let marchMonth = self.month > 2 ? self.month - 3 : self.month + 9
        let dayOfYear = (153 * marchMonth + 2) / 5 + self.day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }
}

private func floorDivide(_ value: Int64, by divisor: Int64) -> (quotient: Int64, remainder: Int64) {
    let (quotient, remainder) = value.quotientAndRemainder(dividingBy: divisor)
    return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
}

private func padded(_ value: Int64, _ width: Int) -> String {
    let digits = String(value)
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
}

/// The value of at most nine decimal digits.
private func number(_ digits: ArraySlice<UInt8>) -> Int64? {
    guard digits.count <= 9 else { return nil }
    var value: Int64 = 0
    for digit in digits {
        guard digit >= UInt8(ascii: "0"), digit <= UInt8(ascii: "9") else { return nil }
        value = value * 10 + Int64(digit - UInt8(ascii: "0"))
    }
    return value
}
