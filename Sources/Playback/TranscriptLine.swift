/// A line of a transcript: harmless text, without a line feed.
public struct TranscriptLine: Hashable, Sendable {
    public enum Kind: Hashable, Sendable {
        /// A channel's beginning or end, or what others did to the session.
        case heading
        /// The command of an exec request.
        case command
        /// What was shown: a line of the terminal or of the program's output.
        case shown
        /// A line of the program's errors, where they are apart.
        case error
        /// A line that was typed or sent as input.
        case typed
        /// A remark about what isn't shown, such as binary data.
        case note
    }

    /// Microseconds since the start, when the line was complete.
    public var time: UInt64
    public var channel: UInt32
    public var kind: Kind
    public var text: String

    /// How the line stands in a plain text file.
    public var plainText: String {
        switch self.kind {
        case .heading: "── " + self.text + " ──"
        case .command: "$ " + self.text
        case .shown: self.text
        case .error: "[stderr] " + self.text
        case .typed: "[typed] " + self.text
        case .note: "[" + self.text + "]"
        }
    }
}
