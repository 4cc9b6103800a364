import SallyportTesting

/// The Swift sources of the package, or a made-up set of them that shows a rule failing.
struct SourceTree {
    struct File {
        /// Relative to the repository, `Sources/TARGET/…/NAME.swift`.
        var path: String
        var lines: [Substring]
        /// The target, which is the folder below `Sources` or `Tests`.
        var target: String
    }

    var files: [File]

    init(_ texts: [String: String]) {
        self.files = texts.sorted { $0.key < $1.key }.map { path, text in
            let folders = path.split(separator: "/")
            return File(
                path: path, lines: text.split(separator: "\n", omittingEmptySubsequences: false),
                target: folders.count > 1 ? String(folders[1]) : "")
        }
    }

    static func repository(_ folders: String...) throws -> SourceTree {
        var texts: [String: String] = [:]
        for folder in folders {
            for path in try Repository.files(below: folder, suffix: ".swift") {
                texts[path] = try Repository.text(of: path)
            }
        }
        return SourceTree(texts)
    }

    /// Modules that each target imports, with the file that does.
    var imports: [String: [String: String]] {
        var found: [String: [String: String]] = [:]
        for file in self.files {
            for line in file.lines {
                if let module = Self.importedModule(line) { found[file.target, default: [:]][module] = file.path }
            }
        }
        return found
    }

    /// `internal import struct A.B` gives `A`.
    static func importedModule(_ line: Substring) -> String? {
        var words = line.split(whereSeparator: \.isWhitespace)
        while let first = words.first, first.hasPrefix("@") || Self.accessWords.contains(first) { words.removeFirst() }
        guard words.count >= 2, words.removeFirst() == "import" else { return nil }
        if words.count >= 2, Self.kindWords.contains(words[0]) { words.removeFirst() }
        return words[0].split(separator: ".").first.map(String.init)
    }

    private static let accessWords: Set<Substring> = ["public", "package", "internal", "fileprivate", "private"]
    private static let kindWords: Set<Substring> = [
        "struct", "class", "enum", "protocol", "func", "var", "let", "typealias",
    ]
}
