import Foundation

/// Moments in words.
enum UTCText {
    /// `2026-01-31 08:05:09Z`
    ///
    /// - parameter time: UTC, in nanoseconds.
    static func text(_ time: Int64) -> String {
        let seconds = time / 1_000_000_000
        return Date(timeIntervalSince1970: TimeInterval(seconds))
            .formatted(.iso8601.dateTimeSeparator(.space))
    }
}
