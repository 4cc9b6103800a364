/// Where a secret lies in the KV engine: `PATH` or `PATH#FIELD`.
public struct BaoReference: Hashable, Sendable, CustomStringConvertible {
    /// Below the mount, without slashes at its ends.
    public let path: String
    public let field: String

    private static let maximumBytes = 512

    /// Nil for text that can't be a path. `defaultField` counts when none is named.
    public init?(_ text: String, defaultField: String) {
        let parts = text.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        let path = parts[0]
        let field = parts.count > 1 ? parts[1] : defaultField
        guard Self.isPath(path), !field.isEmpty, field.utf8.count <= 128,
            field.unicodeScalars.allSatisfy({ $0.value > 0x20 && $0.value != 0x7F })
        else { return nil }
        self.path = path
        self.field = field
    }

    public var description: String { "\(self.path)#\(self.field)" }

    /// Segments of letters, digits and a few marks: what needs no escape in a URL, and can't lead elsewhere.
    static func isPath(_ text: String) -> Bool {
        guard !text.isEmpty, text.utf8.count <= Self.maximumBytes else { return false }
        return text.split(separator: "/", omittingEmptySubsequences: false).allSatisfy { segment in
            !segment.isEmpty && segment != "." && segment != ".."
                && segment.utf8.allSatisfy { byte in
                    (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
                        || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || "-._~@+".utf8.contains(byte)
                }
        }
    }
}
