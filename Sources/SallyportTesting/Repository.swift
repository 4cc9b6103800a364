import Foundation

/// The checkout that the tests were built from.
public enum Repository {
    public static let root = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// Paths, relative to ``root``, of the files below `folder` whose names end with `suffix`, sorted.
    public static func files(below folder: String, suffix: String) throws -> [String] {
        let start = self.root.appendingPathComponent(folder)
        guard let names = FileManager.default.enumerator(atPath: start.path) else {
            throw HarnessError("\(start.path) can't be listed")
        }
        return names.compactMap { $0 as? String }.filter { $0.hasSuffix(suffix) }.map { "\(folder)/\($0)" }.sorted()
    }

    public static func text(of path: String) throws -> String {
        try String(contentsOf: self.root.appendingPathComponent(path), encoding: .utf8)
    }
}
