import ArgumentParser

/// A moment of a recording on the command line: `62.5`, `1:02.5`, `1:01:02`.
struct PlaybackTime: ExpressibleByArgument, Hashable, CustomStringConvertible {
    /// Since the start.
    let microseconds: UInt64

    init(microseconds: UInt64) { self.microseconds = microseconds }

    init?(argument: String) {
        let parts = argument.split(separator: ":", omittingEmptySubsequences: false)
        guard (1...3).contains(parts.count), let last = parts.last else { return nil }
        var seconds: UInt64 = 0
        for part in parts.dropLast() {
            guard let number = UInt32(part), seconds <= UInt32.max else { return nil }
            seconds = (seconds + UInt64(number)) * 60
        }
        let decimals = last.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        guard let whole = decimals.first.flatMap({ UInt32($0) }), seconds <= UInt32.max else { return nil }
        var fraction: UInt64 = 0
        if decimals.count == 2 {
            guard (1...6).contains(decimals[1].count), let number = UInt32(decimals[1]) else { return nil }
            fraction = (decimals[1].count..<6).reduce(UInt64(number)) { value, _ in value * 10 }
        }
        self.microseconds = (seconds + UInt64(whole)) * 1_000_000 + fraction
    }

    /// To the millisecond.
    var description: String {
        func padded(_ value: UInt64, _ digits: Int) -> String {
            let text = String(value)
            return String(repeating: "0", count: max(0, digits - text.count)) + text
        }
        let seconds = self.microseconds / 1_000_000
        let rest = "\(padded(seconds % 60, 2)).\(padded(self.microseconds / 1000 % 1000, 3))"
        let minutes = seconds / 60
        return minutes < 60 ? "\(minutes):\(rest)" : "\(minutes / 60):\(padded(minutes % 60, 2)):\(rest)"
    }
}
