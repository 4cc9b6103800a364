import SSHTransport
import TerminalModel
import WorkerProtocol

/// One question on the user's terminal, which is raw: the gateway edits the line, and echoes it where the target permits.
final class PromptDialogue {
    enum Outcome {
        case undecided, answered, left
    }

    let question: UserQuestion
    private(set) var outcome = Outcome.undecided
    private let relay: ChannelRelay
    private let takesAnswer: Bool
    private var output = StreamBuffer()
    /// Never reallocated: freed memory would keep parts of it.
    private var line: [UInt8] = []
    private var hasEnded = false

    /// - parameter asker: the target's name, which stands before each line: nobody else's question looks like it.
    /// - parameter takesAnswer: else the user is told something, and may only leave.
    init(_ question: UserQuestion, on relay: ChannelRelay, asker: String, takesAnswer: Bool = true) {
        self.question = question
        self.takesAnswer = takesAnswer
        self.relay = relay
        self.line.reserveCapacity(WireLimits.password + 1)
        let lines = question.shown.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        let text = lines.map { Array("\(asker): ".utf8) + $0 }.joined(separator: [13, 10])
        self.output.append(own: Array(text) + (takesAnswer ? [] : [13, 10]))
    }

    /// Takes keys in. - returns: whether there were any.
    func take() -> Bool {
        guard self.outcome == .undecided else { return false }
        let client = self.relay.client
        client.fetchLeftover()
        client.discardStderr()
        let keys = client.data.unrecorded
        var taken = 0
        var echo: [UInt8] = []
        while taken < keys.count, self.outcome == .undecided {
            self.pressed(keys[taken], &echo)
            taken += 1
        }
        client.data.wipe(unrecorded: taken)
        if !echo.isEmpty { self.output.append(own: echo) }
        if client.hasReceivedEndOfFile, client.isDrained, self.outcome == .undecided { self.outcome = .left }
        return taken > 0
    }

    private func pressed(_ byte: UInt8, _ echo: inout [UInt8]) {
        switch byte {
        case 0x03, 0x1C, 0x04:
            if self.takesAnswer, byte == 0x04, !self.line.isEmpty { return }
            self.leave(&echo)
        case _ where !self.takesAnswer: return
        case 0x0D, 0x0A:
            self.outcome = .answered
            echo += [13, 10]
        case 0x08, 0x7F: self.erase(&echo)
        case 0x15: while !self.line.isEmpty { self.erase(&echo) }
        case 0..<0x20: break
        default:
            guard self.line.count < WireLimits.password else { return }
            self.line.append(byte)
            if self.question.echo { echo.append(byte) }
        }
    }

    private func leave(_ echo: inout [UInt8]) {
        self.outcome = .left
        echo += [13, 10]
    }

    /// The last character, of however many bytes.
    private func erase(_ echo: inout [UInt8]) {
        guard let start = self.line.lastIndex(where: { $0 & 0xC0 != 0x80 }) else {
            return self.line.removeAll(keepingCapacity: true)
        }
        let text = String(decoding: self.line[start...], as: UTF8.self)
        let columns = text.unicodeScalars.reduce(0) { $0 + CharacterWidth.columns(of: $1) }
        for index in start..<self.line.count { self.line[index] = 0 }
        self.line.removeLast(self.line.count - start)
        if self.question.echo { for _ in 0..<columns { echo += [8, 0x20, 8] } }
    }

    /// The answer, which is in locked memory alone afterwards; nil if it was taken before.
    func takeAnswer() -> LockedPassword? {
        guard self.outcome == .answered, !self.hasEnded else { return nil }
        self.hasEnded = true
        return LockedPassword(movingFrom: &self.line, 0..<self.line.count)
    }

    func send() { _ = self.relay.client.send(&self.output, on: .data) }

    var wantsAnotherTurn: Bool { self.relay.client.hasFetchableLeftover }
}
