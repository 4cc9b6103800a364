/// Any JSON, as far as claims need it.
enum JSONValue: Decodable, Hashable, Sendable {
    case text(String)
    case number(Double)
    case texts([String])
    case other

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let text = try? container.decode(String.self) {
            self = .text(text)
        } else if let number = try? container.decode(Double.self) {
            self = .number(number)
        } else if let texts = try? container.decode([String].self) {
            self = .texts(texts)
        } else {
            self = .other
        }
    }

    /// One text, or a list of them.
    var list: [String] {
        switch self {
        case .text(let text): [text]
        case .texts(let texts): texts
        case .number, .other: []
        }
    }

    var text: String? { if case .text(let text) = self { text } else { nil } }
    var number: Double? { if case .number(let number) = self { number } else { nil } }
}
