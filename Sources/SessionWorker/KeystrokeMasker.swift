/// Decides which typed keys a recording may hold: those that the terminal shows. Pure: no clock, no I/O.
///
/// Everything typed at a terminal is withheld at first. What the program's output then shows of it is revealed, line by
/// line; a line that ended without echo, or that answered a question for a secret, is masked. docs/keystrokes.md
/// has the rules and their reasons.
struct KeystrokeMasker {
    /// What the recording notes of bytes before they go on.
    enum Noting: Equatable { case plain, withheld }
    /// What became of withheld bytes, in the order in which they were typed.
    enum Verdict: Equatable {
        case revealed([UInt8])
        case masked(Int)
    }

    private var output = KeystrokeOutput()
    private var keys = KeystrokeClasses()
    /// Withheld bytes of all lines, and which of them print.
    private var bytes: [UInt8] = []
    private var isText: [Bool] = []
    /// Lines without a verdict, oldest first; only the last may be open.
    private var lines: [KeystrokeLine] = []
    private var verdicts: [Verdict] = []

    /// Bytes that are withheld at most. What is above is masked, oldest first.
    static let maximumWithheld = 64 * 1024
    /// Lines whose echo is looked for at a time.
    private static let window = 8
    /// Without withheld bytes, so much of the end of a large piece of output is read closely; eight times as much of
    /// a full-screen program's, which moves the cursor about.
    private static let closeReading = 512

    /// The terminal's size, as the client said it.
    mutating func resize(columns: UInt32, rows: UInt32) { self.output.resize(columns: columns, rows: rows) }

    /// What has been decided since the last call.
    mutating func takeVerdicts() -> [Verdict] {
        guard !self.verdicts.isEmpty else { return [] }
        defer { self.verdicts = [] }
        return self.verdicts
    }

    // MARK: Events

    /// The client sent `bytes`. `time` is in microseconds.
    mutating func typed(_ bytes: UnsafeRawBufferPointer, at time: UInt64) -> Noting {
        self.settle(at: time)
        if self.output.isAtSecretQuestion { self.beginAnswer() }
        if self.mayNotePlainly(bytes) { return .plain }
        for byte in bytes { self.type(byte, at: time) }
        self.settle(at: time)
        while self.bytes.count > Self.maximumWithheld, let first = self.lines.first {
            self.decide(first, isShown: false)
        }
        return .withheld
    }

    /// The program wrote `bytes`, which go to the client next.
    mutating func shown(_ bytes: UnsafeRawBufferPointer, at time: UInt64) {
        var rest = bytes
        let close = self.output.isAlternate ? Self.closeReading * 8 : Self.closeReading
        if self.bytes.isEmpty, bytes.count > close * 2 {
            let end = bytes.count - close
            self.output.skim(UnsafeRawBufferPointer(rebasing: bytes[..<end]))
            rest = UnsafeRawBufferPointer(rebasing: bytes[end...])
        }
        var isFirst = true
        var isAnswer = false
        var hasStandIn = false
        for byte in rest {
            switch self.output.advance(byte) {
            case .text:
                if !self.bytes.isEmpty { self.compare(byte, isFirst: isFirst, at: time) }
                isFirst = false
                if KeystrokeLine.isMask(byte) {
                    hasStandIn = true
                } else if byte != 0x20, !Self.bullet.contains(byte) {
                    isAnswer = true
                }
            case .action: isAnswer = isAnswer || !hasStandIn
            case .lineFeed: self.outputEndedLine(at: time)
            case .carriageReturn:
                for index in self.lines.indices.prefix(Self.window) { self.lines[index].shownLineEnd() }
            case .nothing: break
            }
        }
        for index in self.lines.indices { self.lines[index].heard(isAnswer: isAnswer) }
        self.settle(at: time)
        self.noticeQuestion()
    }

    /// No more echo will come: the channel is closed.
    mutating func finish() {
        while let first = self.lines.first {
            self.decide(first, isShown: first.isShown(onAlternate: self.output.isAlternate))
            if !first.isEnded { self.lines.removeAll() }
        }
    }

    /// UTF-8 of `•` and `●`, which some programs show for each letter of a secret.
    private static let bullet: [UInt8] = [0xE2, 0x80, 0xA2, 0x97, 0x8F]

    // MARK: Typing

    /// Nothing among it can be part of a secret that is typed in a line.
    private mutating func mayNotePlainly(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard self.bytes.isEmpty else { return false }
        guard let open = self.lines.last else {
            guard !self.output.isAtSecretQuestion else { return false }
            return self.output.isAlternate || self.keys.holdNoText(bytes)
        }
        guard !open.isAnswerToQuestion, self.keys.holdNoText(bytes) else { return false }
        if bytes.contains(where: KeystrokeClasses.endsLine) { self.lines.removeAll() }
        return true
    }

    private mutating func type(_ byte: UInt8, at time: UInt64) {
        if self.lines.last?.isEnded != false {
            self.lines.append(
                KeystrokeLine(
                    isTypedAhead: !self.lines.isEmpty,
                    isAnswerToQuestion: self.lines.isEmpty && self.output.isAtSecretQuestion))
        }
        let last = self.lines.count - 1
        let prints = self.keys.isText(byte)
        self.bytes.append(byte)
        self.isText.append(prints)
        self.lines[last].type(isText: prints)
        if KeystrokeClasses.endsLine(byte) { self.lines[last].end(at: time) }
    }

    /// A question for a secret is on the screen and waits for what comes now.
    private mutating func beginAnswer() {
        guard self.lines.count == 1, let open = self.lines.first, !open.isEnded, !open.isAnswerToQuestion else {
            return
        }
        if open.isShown(onAlternate: self.output.isAlternate) {
            // Keys that were for the program before.
            self.decide(open, isShown: true)
            self.lines.removeAll()
        } else {
            self.lines[0].isAnswerToQuestion = true
        }
    }

    // MARK: Output

    private mutating func compare(_ byte: UInt8, isFirst: Bool, at time: UInt64) {
        var start = 0
        for index in self.lines.indices.prefix(Self.window) {
            let end = start + self.lines[index].count
            self.lines[index].shown(
                byte, isFirst: isFirst, bytes: self.bytes[start..<end], isText: self.isText[start..<end], at: time)
            start = end
        }
    }

    private mutating func outputEndedLine(at time: UInt64) {
        for index in self.lines.indices.prefix(Self.window) { self.lines[index].shownLineEnd() }
        guard let first = self.lines.first, first.isAnswerToQuestion, first.texts > 0 else { return }
        // The program has gone on from its question. An answer without Enter is one too, as of `read -n 4`.
        guard !first.isShown(onAlternate: self.output.isAlternate) else { return }
        self.decide(first, isShown: false)
        if !first.isEnded { self.lines.removeFirst() }
    }

    /// The question came after the answer was typed.
    private mutating func noticeQuestion() {
        guard let first = self.lines.first, !first.isAnswerToQuestion, first.texts > 0,
            !first.isShown(onAlternate: self.output.isAlternate), self.output.isAtSecretQuestion
        else { return }
        self.lines[0].isAnswerToQuestion = true
    }

    // MARK: Verdicts

    /// Decides on the oldest lines, as far as that can be done.
    private mutating func settle(at time: UInt64) {
        while let first = self.lines.first {
            let onAlternate = self.output.isAlternate
            if !first.isEnded {
                let isKey = onAlternate && !first.isAnswerToQuestion
                guard first.count > 0, isKey || first.isProven(onAlternate: onAlternate) else { return }
                self.decide(first, isShown: true)
                return
            }
            if first.isShown(onAlternate: onAlternate) {
                self.decide(first, isShown: true)
            } else if self.isOvertaken {
                self.decide(first, isShown: false)
            } else if first.hasNoEcho(at: time), !first.isTypedAhead || onAlternate {
                self.decide(first, isShown: false)
            } else {
                return
            }
        }
    }

    /// The terminal has echoed a later line: it won't echo the first any more.
    private var isOvertaken: Bool {
        self.lines.dropFirst().prefix(Self.window - 1).contains { $0.texts >= 2 && $0.echoed * 2 >= $0.texts }
    }

    /// Tells the withheld bytes of the oldest line. It is done with if it has ended; an open one goes on.
    private mutating func decide(_ line: KeystrokeLine, isShown: Bool) {
        if line.count > 0 {
            if isShown {
                self.verdicts.append(.revealed(Array(self.bytes[..<line.count])))
            } else {
                self.verdicts.append(.masked(line.count))
            }
            self.bytes.removeFirst(line.count)
            self.isText.removeFirst(line.count)
        }
        if line.isEnded { self.lines.removeFirst() } else { self.lines[0].release() }
    }
}
