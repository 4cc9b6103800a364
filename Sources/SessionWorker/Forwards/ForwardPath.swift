/// The path of a Unix socket that a forward names. The target follows it, symbolic links too: what it says has to be
/// plain, or a rule for one folder would be one for all of them.
struct ForwardPath {
    private let parts: [[UInt8]]

    /// - returns: nil for a path that is relative, or has empty parts, `.`, `..` or a NUL in it.
    init?(_ path: [UInt8]) {
        guard path.first == UInt8(ascii: "/"), !path.contains(0) else { return nil }
        self.parts = Self.parts(of: path)
        guard self.parts.allSatisfy({ !$0.isEmpty && $0 != Array(".".utf8) && $0 != Array("..".utf8) }) else {
            return nil
        }
    }

    /// - parameter pattern: as in ``ForwardPermission/Host/path(_:)``.
    func matches(_ pattern: [UInt8]) -> Bool {
        var wanted = Self.parts(of: pattern)
        var parts = self.parts[...]
        if wanted.last == Array("**".utf8) {
            wanted.removeLast()
            guard parts.count > wanted.count else { return false }
            parts = parts.prefix(wanted.count)
        }
        return parts.count == wanted.count && zip(wanted, parts).allSatisfy { Glob.matches($0, $1) }
    }

    private static func parts(of path: [UInt8]) -> [[UInt8]] {
        path.dropFirst().split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).map { Array($0) }
    }
}
