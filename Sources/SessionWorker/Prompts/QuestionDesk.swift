import SSHTransport
import WorkerProtocol

/// Puts what the gateway itself wants to know to the user, before there is a target: at the terminal on which they wait
/// for their program. None of it is in a recording, since there is no session.
final class QuestionDesk {
    private let broker: BrokerLink
    /// How long a question may wait for a key, in nanoseconds.
    private let patience: UInt64
    /// What is not answered yet.
    private var question: GatewayQuestion?
    private var dialogue: PromptDialogue?
    private var count = 0
    private weak var relay: ChannelRelay?
    /// When the question is given up; on the monotonic clock, in nanoseconds. nil for none, and for a wait.
    private(set) var deadline: UInt64?

    /// Stands before each line.
    private static let name = "sallyport"

    init(broker: BrokerLink, patience: UInt64) {
        self.broker = broker
        self.patience = patience
    }

    /// - parameter now: on the monotonic clock, in nanoseconds.
    func received(_ question: GatewayQuestion, at now: UInt64) {
        self.question = question
        self.count += 1
        self.deadline = question.kind == .wait ? nil : now + self.patience
    }

    /// Nothing is asked any more.
    func close() {
        self.dialogue?.send()
        self.question = nil
        self.deadline = nil
    }

    func step(_ relays: [ChannelRelay], at now: UInt64) {
        defer { self.dialogue?.send() }
        guard let question = self.question else { return }
        if let deadline = self.deadline, now >= deadline { return self.reply(.left) }
        guard let relay = self.findRelay(among: relays) else {
            // A client may still open its channel; a program without a terminal never gets one.
            if relays.contains(where: { $0.isAskingForProgram }) { self.reply(.noTerminal) }
            return
        }
        let shown = UserQuestion(text: question.text, echo: question.kind == .line, number: self.count)
        if self.dialogue?.question != shown {
            self.dialogue?.send()
            relay.promiseProgram()
            // What was typed before a question is no answer to it.
            if question.kind != .wait { relay.client.data.take(unrecorded: relay.client.data.unrecorded.count) }
            self.dialogue = PromptDialogue(
                shown, on: relay, asker: Self.name, takesAnswer: question.kind != .wait)
        }
        if self.dialogue?.take() == true, self.deadline != nil { self.deadline = now + self.patience }
        switch self.dialogue?.outcome {
        case .answered: self.reply(.answered(self.dialogue?.takeAnswer()?.copy ?? []))
        case .left: self.reply(.left)
        case .undecided, nil: break
        }
    }

    private func reply(_ answer: GatewayAnswer) {
        self.question = nil
        self.deadline = nil
        self.broker.send(.gatewayAnswer(answer))
    }

    /// Where the dialogue is; else where a terminal and a program are asked for.
    private func findRelay(among relays: [ChannelRelay]) -> ChannelRelay? {
        if let relay = self.relay, !relay.client.hasReceivedClose { return relay }
        self.relay = relays.first { $0.isAskingForProgram && $0.hasTerminal }
        return self.relay
    }

    var wantsAnotherTurn: Bool { self.question != nil && (self.dialogue?.wantsAnotherTurn ?? false) }
}
