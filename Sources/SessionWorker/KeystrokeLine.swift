/// A line of typed keys whose fate is open: what is known of its echo.
struct KeystrokeLine {
    /// Its bytes that are still withheld.
    private(set) var count = 0
    /// Of all its bytes, those that print.
    private(set) var texts = 0
    /// Of those, the ones that the output has shown, one after the other.
    private(set) var echoed = 0
    /// And those that the output answered with something else, as a key of a full-screen program or of vi is.
    private var answered = 0
    /// Ended by Enter, or by a key that ends lines such as Ctrl-C.
    private(set) var isEnded = false
    private var endedAt: UInt64 = 0
    /// Typed while the line before was still open: its echo may come as late as the line before takes.
    let isTypedAhead: Bool
    /// It answers a question for a secret.
    var isAnswerToQuestion: Bool
    private var outputSince = false

    /// Offset among the withheld bytes of the one whose echo is expected, and of the first that came after the output
    /// was last heard.
    private var next = 0
    private var fresh = 0
    private var isRunning = false
    /// How many of the withheld bytes the search for the whole line has found in a row.
    private var found = 0
    private var awaitsLineEnd = false

    /// A line that is echoed while it is being typed is revealed from so many letters on.
    private static let provingTexts = 4
    /// How long the echo of an ended line may take once the program has begun to answer, in microseconds.
    private static let echoPatience: UInt64 = 1_000_000
    /// For shorter lines that are looked for in any output, a line end must follow.
    private static let telling = 4
    /// From here on, what a line editor adds where the line wraps is skipped.
    private static let wrapping = 8

    init(isTypedAhead: Bool, isAnswerToQuestion: Bool) {
        self.isTypedAhead = isTypedAhead
        self.isAnswerToQuestion = isAnswerToQuestion
    }

    // MARK: Typing

    mutating func type(isText: Bool) {
        self.count += 1
        if isText { self.texts += 1 }
    }

    mutating func end(at time: UInt64) {
        self.isEnded = true
        self.endedAt = time
    }

    /// Its withheld bytes have been told, one way or the other.
    mutating func release() {
        self.count = 0
        self.next = 0
        self.fresh = 0
        self.found = 0
    }

    // MARK: Echo

    /// A byte of output text. `bytes` and `isText` are the line's withheld bytes.
    /// - parameter isFirst: it is the first since the program last paused.
    mutating func shown(
        _ byte: UInt8, isFirst: Bool, bytes: ArraySlice<UInt8>, isText: ArraySlice<Bool>, at time: UInt64
    ) {
        self.search(byte, bytes, isText)
        self.next = Self.text(from: self.next, isText)
        let mayBegin = isFirst && !KeystrokeLine.isMask(byte) && (!self.isEnded || self.mayStillEcho(at: time))
        if self.isRunning || mayBegin {
            if self.next < self.count, bytes[bytes.startIndex + self.next] == byte { return self.run() }
            // What came before may have had no echo of its own, as a command of vi.
            let fresh = Self.text(from: self.fresh, isText)
            if mayBegin, fresh > self.next, fresh < self.count, bytes[bytes.startIndex + fresh] == byte {
                self.next = fresh
                return self.run()
            }
        }
        self.isRunning = false
    }

    private mutating func run() {
        self.next += 1
        self.echoed = min(self.echoed + 1, self.texts)
        self.isRunning = true
    }

    /// Looks for the whole of an ended line anywhere in the output: what the screen has shown is no secret to the
    /// recording.
    private mutating func search(_ byte: UInt8, _ bytes: ArraySlice<UInt8>, _ isText: ArraySlice<Bool>) {
        guard self.isEnded else { return }
        self.awaitsLineEnd = false
        var expected = Self.text(from: self.found, isText)
        guard expected < self.count else { return }
        if bytes[bytes.startIndex + expected] != byte {
            if self.found >= Self.wrapping, byte == 0x20 { return }
            self.found = 0
            expected = Self.text(from: 0, isText)
            guard expected < self.count, bytes[bytes.startIndex + expected] == byte else { return }
        }
        self.found = expected + 1
        guard Self.text(from: self.found, isText) >= self.count else { return }
        if self.texts >= Self.telling { self.echoed = self.texts } else { self.awaitsLineEnd = true }
    }

    /// The output ended a line.
    mutating func shownLineEnd() {
        if self.awaitsLineEnd { self.echoed = self.texts }
        self.awaitsLineEnd = false
        if self.found < Self.wrapping { self.found = 0 }
    }

    /// A piece of output is over.
    /// - parameter isAnswer: it showed or moved something that is not the stand-in of a secret's letter.
    mutating func heard(isAnswer: Bool) {
        if self.isEnded {
            self.outputSince = true
        } else if isAnswer, !self.isRunning, self.fresh < self.count {
            self.answered = min(self.answered + 1, self.texts)
        }
        self.fresh = self.count
    }

    private static func text(from offset: Int, _ isText: ArraySlice<Bool>) -> Int {
        var offset = offset
        while offset < isText.count, !isText[isText.startIndex + offset] { offset += 1 }
        return offset
    }

    /// Shown by password prompts for each letter: `*`. (The bullet of others is no byte that people type.)
    static func isMask(_ byte: UInt8) -> Bool { byte == UInt8(ascii: "*") }

    // MARK: Judging

    /// The echo is as expected: of all letters of an answer to a question for a secret, else of half of them.
    func isShown(onAlternate: Bool) -> Bool {
        if self.isAnswerToQuestion, !onAlternate { return self.echoed >= self.texts }
        return (self.echoed + self.answered) * 2 >= self.texts
    }

    /// The letters so far have their echo, before the line has ended.
    func isProven(onAlternate: Bool) -> Bool {
        self.texts >= Self.provingTexts && self.echoed == self.texts
            && (!self.isAnswerToQuestion || onAlternate)
    }

    private func mayStillEcho(at time: UInt64) -> Bool { time < self.endedAt + 2 * Self.echoPatience }

    /// The program has answered an ended line, and no echo was among it for long enough.
    func hasNoEcho(at time: UInt64) -> Bool {
        self.isEnded && self.outputSince && time >= self.endedAt + Self.echoPatience
    }
}
