import Foundation

/// Hours of some days of the week by the clocks of one place, such as `mon-fri 08:00-18:00 Europe/Berlin`.
///
/// What counts is what a clock on the wall shows there. Where it is put forward, hours that it leaves out open nothing;
/// where it is put back, an hour that it shows twice is open twice. A window that ends at or before its beginning goes on
/// into the next day, and belongs to the day on which it begins.
public struct WeeklyWindow: Hashable, Sendable {
    /// Why a window can't be read: one line that says what to do.
    public struct Invalid: Error, Hashable, Sendable {
        public let message: String
    }

    /// 0 is Monday, 6 Sunday.
    public let days: Set<Int>
    /// Minutes of the day on which it begins, and ends: 0 to 1439, and 1 to 1440.
    public let startMinute: Int
    public let endMinute: Int
    public let zone: TimeZone
    /// In the form in which it is read.
    public let text: String

    /// Most windows of one grant.
    public static let maximumInGrant = 32

    private static let dayNames = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
    private static let minutesOfDay = 1440

    /// Reads days (`mon`, `mon-fri`, `sat,sun`, `daily`), a time from and to (`22:00-06:00`, to `24:00`), and the name of
    /// a time zone of the tz database.
    public init(parsing text: String) throws(Invalid) {
        let words = text.split(separator: " ")
        guard words.count == 3 else {
            throw Invalid(
                message: "a window is days, times and a time zone, such as \"mon-fri 08:00-18:00 Europe/Berlin\"")
        }
        guard let days = Self.days(words[0].lowercased()) else {
            throw Invalid(message: "the days of a window are such as mon-fri, sat,sun, or daily")
        }
        let times = words[1].split(separator: "-", omittingEmptySubsequences: false).compactMap(Self.minute)
        guard times.count == 2, words[1].count(where: { $0 == "-" }) == 1, times[0] < Self.minutesOfDay, times[1] > 0,
            times[0] != times[1]
        else { throw Invalid(message: "the times of a window are such as 08:00-18:00, 22:00-06:00, or 00:00-24:00") }
        guard let zone = Self.zone(String(words[2])) else {
            throw Invalid(message: "there is no time zone \(words[2]): use a name such as Europe/Berlin, or UTC")
        }
        self.days = days
        self.startMinute = times[0]
        self.endMinute = times[1]
        self.zone = zone
        self.text = "\(words[0].lowercased()) \(words[1]) \(words[2])"
    }

    /// - parameter time: UTC, in nanoseconds.
    public func contains(_ time: Int64) -> Bool {
        let local = self.local(Self.seconds(time))
        let weekday = Self.weekday(ofDay: local.day)
        let minute = Int(local.second / 60)
        if self.startMinute < self.endMinute {
            return self.days.contains(weekday) && minute >= self.startMinute && minute < self.endMinute
        }
        return self.days.contains(weekday) && minute >= self.startMinute
            || self.days.contains((weekday + 6) % 7) && minute < self.endMinute
    }

    /// The first moment after `time` at which ``contains(_:)`` may say something else. It is a day away at most.
    ///
    /// - parameter time: UTC, in nanoseconds; so is the answer.
    public func nextPossibleChange(after time: Int64) -> Int64 {
        let now = Self.seconds(time)
        let second = self.local(now).second
        let boundaries = [self.startMinute, self.endMinute].map { Int64($0) * 60 }.filter { $0 > second }
        let next = now + (boundaries.min() ?? Int64(Self.minutesOfDay) * 60) - second
        return self.offset(at: next) == self.offset(at: now)
            ? next * 1_000_000_000 : self.shift(after: now, until: next)
    }

    /// When the clocks are put forward or back between two moments, in seconds since 1970; the answer in nanoseconds.
    private func shift(after start: Int64, until end: Int64) -> Int64 {
        var (before, after) = (start, end)
        let offset = self.offset(at: start)
        while after - before > 1 {
            let middle = before + (after - before) / 2
            if self.offset(at: middle) == offset { before = middle } else { after = middle }
        }
        return after * 1_000_000_000
    }

    private func local(_ seconds: Int64) -> (day: Int64, second: Int64) {
        let shown = seconds + self.offset(at: seconds)
        let day = shown.quotientAndRemainder(dividingBy: 86_400)
        return day.remainder < 0 ? (day.quotient - 1, day.remainder + 86_400) : (day.quotient, day.remainder)
    }

    private func offset(at seconds: Int64) -> Int64 {
        Int64(self.zone.secondsFromGMT(for: Date(timeIntervalSince1970: TimeInterval(seconds))))
    }

    private static func seconds(_ nanoseconds: Int64) -> Int64 {
        let (quotient, remainder) = nanoseconds.quotientAndRemainder(dividingBy: 1_000_000_000)
        return remainder < 0 ? quotient - 1 : quotient
    }

    /// The first day of 1970 was a Thursday.
    private static func weekday(ofDay day: Int64) -> Int { Int(((day + 3) % 7 + 7) % 7) }

    private static func zone(_ name: String) -> TimeZone? {
        // Abbreviations such as PST or CEST would mean an hour that never changes.
        guard name == "UTC" || name.contains("/") && Self.zoneNames.contains(name) else { return nil }
        return TimeZone(identifier: name)
    }

    private static let zoneNames = Set(TimeZone.knownTimeZoneIdentifiers)

    private static func days(_ text: String) -> Set<Int>? {
        if text == "daily" { return Set(0..<7) }
        var days: Set<Int> = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            let ends = part.split(separator: "-", omittingEmptySubsequences: false)
                .map { name in Self.dayNames.firstIndex { $0 == name } }
            guard (1...2).contains(ends.count), let first = ends[0], let last = ends[ends.count - 1] else { return nil }
            var day = first
            days.insert(day)
            while day != last {
                day = (day + 1) % 7
                days.insert(day)
            }
        }
        return days
    }

    /// `HH:MM`, to 24:00.
    private static func minute(_ text: Substring) -> Int? {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2,
            parts.allSatisfy({ $0.utf8.count == 2 && $0.utf8.allSatisfy { (48...57).contains($0) } }),
            let hour = Int(parts[0]), let minute = Int(parts[1]), minute < 60, hour < 24 || hour == 24 && minute == 0
        else { return nil }
        return hour * 60 + minute
    }
}
