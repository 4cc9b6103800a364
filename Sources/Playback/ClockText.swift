/// Times and counts as people read them.
public enum ClockText {
    /// `1:02` or `1:02:03`, from microseconds.
    public static func clock(_ microseconds: UInt64) -> String {
        let seconds = microseconds / 1_000_000
        let (hours, minutes) = (seconds / 3600, seconds / 60 % 60)
        let rest = self.padded(seconds % 60, to: 2)
        return hours > 0 ? "\(hours):\(self.padded(minutes, to: 2)):\(rest)" : "\(minutes):\(rest)"
    }

    /// Seconds with six decimals, from microseconds.
    static func seconds(_ microseconds: UInt64) -> String {
        "\(microseconds / 1_000_000).\(self.padded(microseconds % 1_000_000, to: 6))"
    }

    static func padded(_ value: UInt64, to digits: Int) -> String {
        let text = String(value)
        return String(repeating: "0", count: max(digits - text.count, 0)) + text
    }
}
