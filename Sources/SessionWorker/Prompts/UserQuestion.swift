import SSHTransport

/// A question of a target's login that goes to the user.
struct UserQuestion: Hashable {
    /// Counts the questions of one login: the same words may be asked twice.
    let number: Int
    /// As it is shown and recorded: lines without control characters, what the target says of the round first.
    let shown: [UInt8]
    /// The answer may be shown while it is typed.
    let echo: Bool

    /// Most of it that is shown, in characters and in lines.
    private static let maximumCharacters = 2000
    private static let maximumLines = 40

    init(_ prompt: ClientLeg.Prompt, number: Int) {
        self.number = number
        self.echo = prompt.echo
        let about = [prompt.name, prompt.instruction].filter { !$0.isEmpty }
        let text = (about + [prompt.text]).map { Self.harmless($0) }
        // Between the parts one line end; behind the question none, the answer stands there.
        let parts = text.dropLast().map { String($0.reversed().drop { $0 == "\n" }.reversed()) } + text.suffix(1)
        var lines = parts.joined(separator: "\n").split(separator: "\n", omittingEmptySubsequences: false)
        if lines.count > Self.maximumLines { lines.removeFirst(lines.count - Self.maximumLines) }
        self.shown = Array(lines.joined(separator: "\n").utf8)
    }

    /// Of the gateway's own, without what of it is no text.
    init(text: [UInt8], echo: Bool, number: Int) {
        self.init(ClientLeg.Prompt(name: [], instruction: [], text: text, echo: echo), number: number)
    }

    private static func harmless(_ text: [UInt8]) -> String {
        var scalars = String.UnicodeScalarView()
        for scalar in String(decoding: text, as: UTF8.self).unicodeScalars.prefix(Self.maximumCharacters) {
            switch scalar.properties.generalCategory {
            case .control where scalar == "\n": scalars.append(scalar)
            case .control where scalar == "\r": break
            case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse, .unassigned:
                scalars.append(" ")
            default: scalars.append(scalar)
            }
        }
        return String(scalars)
    }
}
