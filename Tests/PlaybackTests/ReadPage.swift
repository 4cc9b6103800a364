import Foundation
import Testing

/// What a browser finds in an exported page, read back in the test's own way.
struct ReadPage {
    var text: String
    /// Start in milliseconds and content of each piece of the recording.
    var chunks: [(start: Int, frames: [[Any]])]
    var about: [String: Any]

    init(_ text: String) throws {
        self.text = text
        self.chunks = []
        self.about = [:]
        for line in text.split(separator: "\n") where line.hasPrefix("<script type=\"application/json\"") {
            let end = try #require(line.firstIndex(of: ">"))
            let encoded = line[line.index(after: end)...].dropLast("</script>".count)
            let data = try #require(Data(base64Encoded: String(encoded)))
            let object = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
            if line.contains("id=\"about\"") {
                self.about = object
            } else {
                let start = try #require(line.split(separator: "data-start=\"").last?.prefix { $0 != "\"" })
                self.chunks.append((try #require(Int(start)), try #require(object["f"] as? [[Any]])))
            }
        }
    }

    /// The element's content, the first of its name without attributes.
    func content(of element: String) throws -> String {
        let begin = try #require(self.text.range(of: "<\(element)>"))
        let end = try #require(self.text.range(of: "</\(element)>", range: begin.upperBound..<self.text.endIndex))
        return String(self.text[begin.upperBound..<end.lowerBound])
    }

    /// The rows shown at `time`, in milliseconds, without trailing spaces.
    func rows(at time: Int) throws -> [String] {
        guard let chunk = self.chunks.last(where: { $0.start <= time }) else { return [] }
        var rows: [String] = []
        var contents: [Int: String] = [:]
        for frame in chunk.frames {
            guard try #require(frame[0] as? Int) <= time else { break }
            if frame.count > 4 {
                let format = try #require(frame[4] as? [Int])
                rows = Array(repeating: "", count: format[1])
            }
            for change in try #require(frame[3] as? [[Any]]) {
                let content = try #require(change[1] as? Int)
                if change.count > 2 {
                    let runs = try #require(change[2] as? [[Any]])
                    contents[content] = runs.compactMap { $0[0] as? String }.joined()
                }
                rows[try #require(change[0] as? Int)] = try #require(contents[content])
            }
        }
        return rows.map(Self.trimmed)
    }

    static func trimmed(_ text: String) -> String {
        var scalars = Array(text.unicodeScalars)
        while scalars.last == " " { scalars.removeLast() }
        return String(String.UnicodeScalarView(scalars))
    }
}
