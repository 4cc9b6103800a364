/// How long a session had lasted, as verdicts tell it.
public enum ElapsedText {
    /// `00:12:31.4`: hours, minutes, seconds, and what is whole of tenths. `time` is in microseconds.
    public static func text(_ time: UInt64) -> String {
        let seconds = time / 1_000_000
        func two(_ value: UInt64) -> String { value < 10 ? "0\(value)" : "\(value)" }
        return "\(two(seconds / 3600)):\(two(seconds / 60 % 60)):\(two(seconds % 60)).\(time / 100_000 % 10)"
    }
}
