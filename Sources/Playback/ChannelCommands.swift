import RecordingFormat
import TerminalModel

/// The commands of one channel.
struct ChannelCommands: Sendable {
    /// What stood on the cursor's line before something was typed there.
    private struct Prompt {
        /// Up to the cursor, and behind it.
        let text: String
        let behind: String
        let isMarked: Bool
    }

    private var summary: ChannelSummary
    private var line = CursorLine()
    private var prompt: Prompt?
    /// When Enter was pressed, while its line is still on the screen.
    private var entered: UInt64?
    /// The last prompt behind which a command stood, and the Enters that came before its next appearance: of lines
    /// pasted together, or typed while a command ran.
    private var lastPrompt = ""
    private var early: [UInt64] = []
    /// Bytes of input that are not known yet.
    private var withheld: UInt64 = 0
    /// The shell sends OSC 133: only what stands behind its own prompts counts.
    private var hasMarks = false
    private var sent = PlainLines()

    private static let maximumEarly = 64

    init(channel: UInt32) {
        self.summary = ChannelSummary(number: channel, opened: 0)
    }

    mutating func append(_ event: RecordedEvent) -> [RecordedCommand] {
        self.summary.add(event)
        switch event.body {
        case .request(.exec(let command)):
            let text = SafeText.line(command, limit: CommandIndex.maximumText)
            return self.command(text, .requested, at: event.time).map { [$0] } ?? []
        case .request(.pty), .request(.windowChange):
            if case .request(.windowChange(let columns, let rows, _, _)) = event.body {
                self.line.size = TerminalSize(requestedColumns: columns, rows: rows)
            } else if let size = self.summary.terminal {
                self.line.size = size
            }
            return []
        case .input(let bytes): return self.typed(bytes, hasEnter: Self.hasEnter(bytes), at: event.time)
        // What was typed isn't known yet: it may have been Enter. One is enough for the line that is there.
        case .withheld(let count):
            self.withheld = self.withheld.addingReportingOverflow(count).partialValue
            return self.typed([], hasEnter: self.entered == nil && self.early.isEmpty, at: event.time)
        case .masked(let count):
            self.withheld -= min(count, self.withheld)
            return []
        case .revealed(let bytes):
            self.withheld -= min(UInt64(bytes.count), self.withheld)
            guard Self.hasEnter(bytes) else {
                // It wasn't Enter, after all.
                if self.withheld == 0 { self.entered = nil }
                return []
            }
            // Behind the echo: a prompt that is there by now waits for another Enter.
            let isLate = Self.looksLikePrompt(self.currentPrompt(isMarked: false).text)
            return self.typed(bytes, hasEnter: !isLate, at: event.time)
        case .output(let bytes): return self.shown(bytes)
        default: return []
        }
    }

    private static func hasEnter(_ bytes: [UInt8]) -> Bool { bytes.contains { $0 == 0x0D || $0 == 0x0A } }

    private func command(_ text: String, _ confidence: RecordedCommand.Confidence, at time: UInt64) -> RecordedCommand?
    {
        guard !text.isEmpty else { return nil }
        return RecordedCommand(time: time, channel: self.summary.number, text: text, confidence: confidence)
    }

    private mutating func typed(_ bytes: [UInt8], hasEnter: Bool, at time: UInt64) -> [RecordedCommand] {
        guard self.summary.terminal != nil else {
            guard self.summary.purpose == .shell else { return [] }
            return self.sent.append(bytes).compactMap {
                guard case .line(let text) = $0 else { return nil }
                let cut = SafeText.line(text.utf8, limit: CommandIndex.maximumText)
                return self.command(cut, .sent, at: time)
            }
        }
        guard !self.line.isAlternate else { return [] }
        if self.prompt == nil, !self.hasMarks { self.lookForPrompt() }
        var enters = hasEnter ? max(1, bytes.count { $0 == 0x0D || $0 == 0x0A }) : 0
        if enters > 0, self.prompt != nil, self.entered == nil {
            self.entered = time
            enters -= 1
        }
        self.early += Array(repeating: time, count: min(enters, Self.maximumEarly - self.early.count))
        return []
    }

    private mutating func lookForPrompt() {
        let prompt = self.currentPrompt(isMarked: false)
        guard Self.looksLikePrompt(prompt.text) else { return }
        self.prompt = prompt
        self.early = []
    }

    private func currentPrompt(isMarked: Bool) -> Prompt {
        let (before, behind) = self.line.textAroundCursor
        return Prompt(text: before, behind: behind, isMarked: isMarked)
    }

    private mutating func shown(_ bytes: [UInt8]) -> [RecordedCommand] {
        guard self.summary.terminal != nil else { return [] }
        var found: [RecordedCommand] = []
        var rest = bytes[...]
        while let stop = self.line.append(&rest, stopsAtLineEnds: self.awaitsLine) {
            switch stop {
            case .lineEnd: if let command = self.lineEnded() { found.append(command) }
            case .promptEnd:
                self.hasMarks = true
                self.prompt = self.currentPrompt(isMarked: true)
                self.entered = nil
            }
        }
        return found
    }

    /// Enter was pressed for a line that was not ended yet.
    private var awaitsLine: Bool { self.entered != nil || !self.early.isEmpty }

    /// The line's text is whole: a line feed follows.
    private mutating func lineEnded() -> RecordedCommand? {
        guard !self.line.isAlternate else { return nil }
        guard let prompt = self.prompt, let entered = self.entered else { return self.earlyLineEnded() }
        self.prompt = nil
        self.entered = nil
        var text = self.line.text
        if let search = Self.searched(text) {
            text = search
        } else {
            guard text.hasPrefix(prompt.text) else { return nil }
            text.removeFirst(prompt.text.count)
        }
        // Of a prompt at the right edge.
        if !prompt.behind.isEmpty, text.hasSuffix(prompt.behind) { text.removeLast(prompt.behind.count) }
        self.lastPrompt = prompt.text
        return self.command(Self.safe(text), prompt.isMarked ? .marked : .echoed, at: entered)
    }

    /// A line that stood ready before its prompt did.
    private mutating func earlyLineEnded() -> RecordedCommand? {
        guard let time = self.early.first, !self.lastPrompt.isEmpty, !self.hasMarks else { return nil }
        let text = self.line.text
        guard text.hasPrefix(self.lastPrompt) else { return nil }
        self.early.removeFirst()
        return self.command(Self.safe(String(text.dropFirst(self.lastPrompt.count))), .echoed, at: time)
    }

    private static func safe(_ text: String) -> String {
        SafeText.line(self.trimmed(text[...]).utf8, limit: CommandIndex.maximumText)
    }

    /// What a search in the history had found: `(reverse-i-search)`ls': ls -l`.
    private static func searched(_ text: String) -> String? {
        guard text.hasPrefix("(reverse-i-search)`") || text.hasPrefix("(i-search)`"),
            let end = text.firstRange(of: "': ")
        else { return nil }
        return String(text[end.upperBound...])
    }

    /// Characters that shells and other command lines end their prompts with.
    private static let promptEnds: Set<Character> = ["$", "#", "%", ">", "❯", "➜", "λ", "»"]

    private static func looksLikePrompt(_ text: String) -> Bool {
        self.trimmed(text[...]).last.map(self.promptEnds.contains) ?? false
    }

    private static func trimmed(_ text: Substring) -> Substring {
        var text = text.drop { $0 == " " }
        while text.last == " " { text.removeLast() }
        return text
    }
}
