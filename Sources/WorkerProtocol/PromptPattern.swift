/// Which questions of a target's login something answers: `*` stands for anything, `?` for one byte; ASCII letters match
/// in both cases.
public struct PromptPattern: Hashable, Sendable {
    /// Longest pattern, in bytes.
    public static let maximumBytes = 256

    private let pattern: [UInt8]

    public init(_ pattern: [UInt8]) { self.pattern = Self.lowered(pattern) }

    /// Looks back to the last star only, so the time is bounded by the product of both lengths.
    public func matches(_ question: [UInt8]) -> Bool {
        let text = Self.lowered(question)
        var (at, inPattern) = (0, 0)
        var star: (pattern: Int, text: Int)?
        while at < text.count {
            if inPattern < self.pattern.count, self.pattern[inPattern] == UInt8(ascii: "*") {
                star = (inPattern, at)
                inPattern += 1
            } else if inPattern < self.pattern.count,
                self.pattern[inPattern] == text[at] || self.pattern[inPattern] == UInt8(ascii: "?")
            {
                (at, inPattern) = (at + 1, inPattern + 1)
            } else if let last = star {
                star = (last.pattern, last.text + 1)
                (at, inPattern) = (last.text + 1, last.pattern + 1)
            } else {
                return false
            }
        }
        return self.pattern[inPattern...].allSatisfy { $0 == UInt8(ascii: "*") }
    }

    /// ASCII letters in lower case, all other bytes as they are.
    public static func lowered(_ text: [UInt8]) -> [UInt8] { text.map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 } }
}

/// A question of a target's keyboard-interactive login (RFC 4256 section 3.2) that the worker can't answer by itself.
public struct TargetQuestion: Hashable, Sendable {
    /// As the target sent it.
    public var text: [UInt8]
    /// The answer may be shown while it is typed.
    public var echo: Bool

    public init(text: [UInt8], echo: Bool) {
        self.text = text
        self.echo = echo
    }
}
