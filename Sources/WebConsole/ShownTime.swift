import AdminAPI

/// A time on a page, in UTC, to the second.
struct ShownTime: Sendable {
    let iso: String
    let text: String

    init(_ time: Timestamp) {
        let seconds = String(time.description.prefix(19))
        self.iso = seconds + "Z"
        self.text = seconds.replacing("T", with: " ")
    }

    init?(_ time: Timestamp?) {
        guard let time else { return nil }
        self.init(time)
    }
}

/// Lengths of time and sizes, as people read them.
enum ShownAmount {
    /// `2 h 5 min`: the two largest units.
    static func duration(seconds: Int64) -> String {
        let units: [(String, Int64)] = [("d", 86_400), ("h", 3600), ("min", 60), ("s", 1)]
        var rest = max(0, seconds)
        var parts: [String] = []
        for (name, size) in units where rest >= size || (name == "s" && parts.isEmpty) {
            parts.append("\(rest / size) \(name)")
            rest %= size
        }
        return parts.prefix(2).joined(separator: " ")
    }

    static func bytes(_ count: UInt64) -> String {
        let units = ["B", "kB", "MB", "GB", "TB"]
        var (value, unit) = (Double(count), 0)
        while value >= 1000, unit < units.count - 1 { (value, unit) = (value / 1000, unit + 1) }
        let tenths = (value * 10).rounded() / 10
        return unit == 0 ? "\(count) B" : "\(tenths) \(units[unit])"
    }
}
