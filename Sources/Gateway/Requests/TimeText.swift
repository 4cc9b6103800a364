import Foundation

/// Moments for people at a terminal.
enum TimeText {
    /// `2026-01-31 08:05Z`, the day left out today.
    ///
    /// - parameter time: UTC, in nanoseconds.
    static func time(_ time: Int64) -> String {
        let moment = Date(timeIntervalSince1970: TimeInterval(time / 1_000_000_000))
        let text = moment.formatted(.iso8601.dateTimeSeparator(.space))
        let today = Date().formatted(.iso8601.year().month().day())
        let clock = "\(text.dropLast().suffix(8))Z"
        return text.hasPrefix(today) ? clock : "\(text.prefix(10)) \(clock)"
    }
}
