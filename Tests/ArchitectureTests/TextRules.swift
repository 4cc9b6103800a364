/// What any source file must keep to.
enum TextRules {
    static let longestFile = 500
    /// Each takes a guarantee of the compiler away, and needs the reason in a comment beside it.
    private static let escapes = ["@unchecked Sendable", "nonisolated(unsafe)", "try!", "as!", "unsafeBitCast("]
    private static let leftovers = ["TODO", "FIXME", "XXX:", "fatalError(\"not implemented"]

    static func violations(in tree: SourceTree) -> [String] {
        tree.files.flatMap { file in
            Self.length(of: file) + Self.reasonlessEscapes(in: file) + Self.unfinished(in: file)
        }
    }

    private static func length(of file: SourceTree.File) -> [String] {
        guard file.lines.count > Self.longestFile else { return [] }
        return ["\(file.path) has \(file.lines.count) lines: at most \(Self.longestFile), split it"]
    }

    private static func reasonlessEscapes(in file: SourceTree.File) -> [String] {
        var found: [String] = []
        for (number, line) in file.lines.enumerated() {
            let code = Self.withoutTextAndComments(line)
            for escape in Self.escapes where code.contains(escape) {
                let above = number > 0 ? file.lines[number - 1].drop { $0 == " " } : ""
                if !line.contains("//"), !above.hasPrefix("//") {
                    found.append("\(file.path):\(number + 1) has \(escape) without a comment that says why it is right")
                }
            }
        }
        return found
    }

    private static func unfinished(in file: SourceTree.File) -> [String] {
        var found: [String] = []
        for (number, line) in file.lines.enumerated() {
            for word in Self.leftovers where line.contains(word) {
                found.append("\(file.path):\(number + 1) says \(word)")
            }
        }
        return found
    }

    /// The line's code alone; text within quotes may speak of anything.
    private static func withoutTextAndComments(_ line: Substring) -> String {
        var code = ""
        var inText = false
        var previous: Character = " "
        for character in line {
            if character == "\"", previous != "\\" { inText.toggle() }
            if character == "/", previous == "/", !inText { break }
            if !inText { code.append(character) }
            previous = character
        }
        return code
    }
}
