/// One `key=value` of a target, such as `env=prod`.
public struct Label: Hashable, Sendable, Comparable {
    /// Why a label can't be read: one line that says what to do.
    public struct Invalid: Error, Hashable, Sendable {
        public let message: String
    }

    public let key: String
    public let value: String

    /// Longest key, and longest value, in bytes.
    public static let maximumBytes = 64
    /// Most labels of one target, and of one selector.
    public static let maximumCount = 32

    /// Reads `key=value`. Both are made of letters, digits, and `. _ - /`; neither is empty.
    public init(parsing text: String) throws(Invalid) {
        let parts = text.split(separator: "=", omittingEmptySubsequences: false)
        guard parts.count == 2, parts.allSatisfy({ Self.isWord($0) }) else {
            throw Invalid(message: "a label is KEY=VALUE, of letters, digits, and . _ - /, such as env=prod")
        }
        self.key = String(parts[0])
        self.value = String(parts[1])
    }

    public var text: String { "\(self.key)=\(self.value)" }

    public static func < (left: Label, right: Label) -> Bool {
        (left.key, left.value) < (right.key, right.value)
    }

    static func isWord(_ text: some StringProtocol) -> Bool {
        (1...Self.maximumBytes).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"),
                    UInt8(ascii: "/"):
                    true
                default: false
                }
            }
    }
}

/// Chooses targets by their labels.
public struct LabelSelector: Hashable, Sendable {
    public let labels: Set<Label>

    public init(_ labels: Set<Label> = []) { self.labels = labels }

    public var isEmpty: Bool { self.labels.isEmpty }

    /// Whether `present`, key to value, has for each key of the selector one of its values. An empty selector chooses
    /// nothing.
    public func matches(_ present: [String: String]) -> Bool {
        guard !self.isEmpty else { return false }
        return Dictionary(grouping: self.labels, by: \.key).allSatisfy { key, labels in
            present[key].map { value in labels.contains { $0.value == value } } ?? false
        }
    }

    /// In order, each as ``Label/text``.
    public var words: [String] { self.labels.sorted().map(\.text) }
}
