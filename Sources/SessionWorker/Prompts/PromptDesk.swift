import Platform
import RecordingFormat
import SSHTransport
import WorkerProtocol

/// Puts questions of a target's login that no stored answer fits to the user, at the terminal on which they wait for
/// their program. Only for targets that an administrator has permitted to ask.
///
/// A question is in the recording before it is shown; what is typed for an answer never is.
final class PromptDesk {
    /// How long a question may wait for a key, in nanoseconds.
    private let patience: UInt64
    private var dialogue: PromptDialogue?
    /// When the login is given up; on the monotonic clock, in nanoseconds.
    private(set) var deadline: UInt64?

    init(patience: UInt64) { self.patience = patience }

    /// First half of a turn: takes in keys, and writes down what the target asks.
    /// - parameter now: on the monotonic clock, in nanoseconds.
    func note(
        _ login: TargetLogin, _ relays: [ChannelRelay], on tap: RecordingTap, at now: UInt64
    ) throws(RecordingTap.Failure) {
        guard let question = login.userQuestion else {
            self.deadline = nil
            return
        }
        let deadline = self.deadline ?? now + self.patience
        self.deadline = deadline
        guard now < deadline else {
            return login.giveUp("its question was left alone for \(self.patience / 1_000_000_000) s")
        }
        guard let relay = self.relay(among: relays) else {
            // A client may still open its channel; a program without a terminal never gets one.
            if relays.contains(where: { $0.isAskingForProgram }) {
                login.giveUp("which can only be answered at a terminal (ssh -t)")
            }
            return
        }
        if self.dialogue?.question != question {
            relay.promiseProgram()
            // As readpassphrase(3) does: what was typed before a question is no answer to it.
            relay.client.data.take(unrecorded: relay.client.data.unrecorded.count)
            self.dialogue = PromptDialogue(question, on: relay, asker: login.name)
            try tap.note(
                .marker(text: Array("\(login.name) asks the user: ".utf8) + question.shown), channel: relay.number)
        } else if self.dialogue?.take() == true {
            self.deadline = now + self.patience
        }
        switch self.dialogue?.outcome {
        case .answered: try tap.note(.marker(text: Array("the user has answered".utf8)), channel: relay.number)
        case .left: login.giveUp("which was not answered")
        case .undecided, nil: break
        }
    }

    /// Second half: shows what is written down, and hands a whole answer over.
    func forward(to login: TargetLogin) {
        guard let dialogue = self.dialogue else { return }
        dialogue.send()
        guard case .answered = dialogue.outcome, let answer = dialogue.takeAnswer() else { return }
        self.dialogue = nil
        self.deadline = nil
        login.answer(answer)
    }

    /// Where the dialogue is; else where a terminal and a program are asked for.
    private func relay(among relays: [ChannelRelay]) -> ChannelRelay? {
        if let relay = self.lastRelay, !relay.client.hasReceivedClose { return relay }
        let relay = relays.first { $0.isAskingForProgram && $0.hasTerminal }
        self.lastRelay = relay
        return relay
    }

    private weak var lastRelay: ChannelRelay?

    var wantsAnotherTurn: Bool { self.dialogue?.wantsAnotherTurn ?? false }
}
