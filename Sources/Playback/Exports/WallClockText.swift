extension ClockText {
    /// `2026-01-31 08:05:09` in UTC, from seconds since 1970.
    static func date(_ seconds: UInt64) -> String {
        // The proleptic Gregorian calendar in years that begin in March, so that the leap day is the last of a year.
        let days = seconds / 86_400 + 719_468
        let era = days / 146_097
        let day = days % 146_097
        let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365
        let dayOfYear = day - (365 * year + year / 4 - year / 100)
        let month = (5 * dayOfYear + 2) / 153
        let dayOfMonth = dayOfYear - (153 * month + 2) / 5 + 1
        let calendarMonth = month < 10 ? month + 3 : month - 9
        let calendarYear = year + era * 400 + (calendarMonth <= 2 ? 1 : 0)
        let time = seconds % 86_400
        func two(_ value: UInt64) -> String { self.padded(value, to: 2) }
        return "\(self.padded(calendarYear, to: 4))-\(two(calendarMonth))-\(two(dayOfMonth)) "
            + "\(two(time / 3600)):\(two(time / 60 % 60)):\(two(time % 60))"
    }
}
