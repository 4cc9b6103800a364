import AdminAPI
import ArgumentParser
import Glibc

/// A moment on the command line: `2027-06-30` (the end of that day), `2027-06-30T12:00:00Z`, both UTC; or a length from
/// now, such as `90d`, `12h`, `30m`.
struct Expiry: ExpressibleByArgument {
    var time: Timestamp

    init?(argument: String) {
        if let seconds = Self.seconds(in: argument) {
            let (end, overflow) = Int64(Glibc.time(nil)).addingReportingOverflow(seconds)
            // The end of what a timestamp can hold.
            guard !overflow, end < 9_000_000_000 else { return nil }
            self.time = Timestamp(nanosecondsSince1970: end * 1_000_000_000)
        } else if let time = Timestamp(argument) {
            self.time = time
        } else if let day = Timestamp(argument + "T23:59:59Z") {
            self.time = Timestamp(nanosecondsSince1970: day.nanosecondsSince1970 + 1_000_000_000)
        } else {
            return nil
        }
    }

    /// The seconds in a length such as `90d`; nil for anything else.
    static func seconds(in text: String) -> Int64? {
        guard let unit = text.last, let number = Int64(text.dropLast()), number > 0 else { return nil }
        let factor: Int64
        switch unit {
        case "s": factor = 1
        case "m": factor = 60
        case "h": factor = 3600
        case "d": factor = 86_400
        default: return nil
        }
        let (seconds, overflow) = number.multipliedReportingOverflow(by: factor)
        return overflow ? nil : seconds
    }
}
