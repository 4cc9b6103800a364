import RecordingFormat
import SSHTransport
import WorkerProtocol

/// What others do to the session while it runs: locks, holds, watchers, and messages to the admin.
///
/// As with everything else, it is in the recording before anybody is told of it.
final class ControlDesk {
    private let broker: BrokerLink
    private let commands: CommandDesk
    /// Received, and not in the recording yet.
    private var waiting: [(number: UInt32, control: SessionControl)] = []
    private var lock: (by: String, reason: String)?
    private var hold = InputHold()
    /// Messages that the admin has to acknowledge, oldest first.
    private var unacknowledged: [(number: UInt32, from: String)] = []
    /// For the terminals, once what is noted is in the file; and the answers to the broker.
    private var notices: [String] = []
    /// The broker's own, which waits for the first terminal; a later one takes its place.
    private var standing: String?
    private var answers: [WorkerMessage] = []
    /// Who types along, by name: the admin has been told.
    private var typing: Set<String> = []

    init(broker: BrokerLink, commands: CommandDesk) {
        self.broker = broker
        self.commands = commands
    }

    /// Before anything of the client's is looked at: a session may begin held.
    func permit(_ opening: TargetOpening) {
        guard !opening.heldBecause.isEmpty else { return }
        _ = self.hold.begin(SafeLine.text(opening.heldBecause))
    }

    func received(_ number: UInt32, _ control: SessionControl) { self.waiting.append((number, control)) }

    /// A line of the gateway's own, such as that time is running out.
    func received(notice line: [UInt8]) { self.standing = String(decoding: line, as: UTF8.self) }

    /// First half of a turn, before the channels': from here on what they have received is under the lock.
    func note(
        _ relays: [ChannelRelay], _ forwards: Forwards, on tap: RecordingTap
    ) throws(RecordingTap.Failure) {
        let waiting = self.waiting
        self.waiting.removeAll()
        for (number, control) in waiting {
            let outcome = try self.take(number, control, relays, on: tap)
            self.answers.append(.controlled(number: number, outcome))
        }
        self.apply(to: relays, forwards)
    }

    private func take(
        _ number: UInt32, _ control: SessionControl, _ relays: [ChannelRelay], on tap: RecordingTap
    ) throws(RecordingTap.Failure) -> ControlOutcome {
        switch control {
        case .lock(let by, let reason):
            guard self.lock == nil else { return .unchanged }
            self.lock = (SafeLine.text(by), SafeLine.text(reason))
            try tap.note(.control(.locked(by: by)), channel: 0)
            let why = reason.isEmpty ? "" : ": \(SafeLine.text(reason))"
            self.notices.append("\(SafeLine.text(by)) has locked this session\(why)")
            self.notices.append("nothing that you type arrives until it is unlocked")
        case .unlock(let by):
            guard self.lock != nil else { return .unchanged }
            self.lock = nil
            self.commands.unlock()
            try tap.note(.control(.unlocked(by: by)), channel: 0)
            self.notices.append("\(SafeLine.text(by)) has unlocked this session")
        case .message(let from, let text, let mustAcknowledge):
            guard relays.contains(where: { $0.isAtTerminal }) else { return .noTerminal }
            try tap.note(.control(.message(from: from, text: text)), channel: 0)
            self.notices.append("message from \(SafeLine.text(from)): \(SafeLine.text(text))")
            if mustAcknowledge {
                self.unacknowledged.append((number, SafeLine.text(from)))
                self.notices.append("press Enter to go on; what you type until then is dropped")
            }
        case .watcherJoined(let name, let isShown):
            try tap.note(.control(.watcherJoined(name: name)), channel: 0)
            if isShown { self.notices.append("\(SafeLine.text(name)) watches this session") }
        case .watcherLeft(let name, let isShown):
            try tap.note(.control(.watcherLeft(name: name)), channel: 0)
            if self.typing.remove(SafeLine.text(name)) != nil {
                self.notices.append("\(SafeLine.text(name)) no longer types along")
            }
            if isShown { self.notices.append("\(SafeLine.text(name)) no longer watches this session") }
        case .typed(let by, let keys): return try self.take(keys, by: by, relays, on: tap)
        case .hold(let reason):
            guard self.hold.begin(SafeLine.text(reason)) else { return .unchanged }
            try tap.note(.marker(text: Array("input is held: no supervisor watches".utf8)), channel: 0)
        case .release(let by):
            guard self.hold.end(by: SafeLine.text(by)) else { return .unchanged }
            try tap.note(.marker(text: Array("input goes on: \(SafeLine.text(by)) supervises".utf8)), channel: 0)
        case .decide(let command, let approved, let by):
            guard self.commands.received(command, approved: approved, by: by) else { return .unchanged }
            let word = approved ? "approved" : "denied"
            try tap.note(.marker(text: Array("the command is \(word) by \(SafeLine.text(by))".utf8)), channel: 0)
        }
        return .done
    }

    /// Keys of somebody who has joined.
    private func take(
        _ keys: [UInt8], by: [UInt8], _ relays: [ChannelRelay], on tap: RecordingTap
    ) throws(RecordingTap.Failure) -> ControlOutcome {
        guard let relay = relays.last(where: { $0.isAtTerminal }) else { return .noTerminal }
        let name = SafeLine.text(by)
        if self.typing.insert(name).inserted {
            try tap.note(.marker(text: Array("\(name) types along".utf8)), channel: 0)
            self.notices.append("\(name) types along in this session")
        }
        guard self.lock == nil, self.unacknowledged.isEmpty, self.hold.reason == nil else {
            try tap.note(.control(.inputDropped(bytes: UInt64(keys.count))), channel: relay.number)
            return .dropped
        }
        relay.join(keys, by: by)
        return .done
    }

    /// First half, after the channels': what of the admin's was dropped, and whether Enter was among it.
    func noteDropped(
        _ relays: [ChannelRelay], _ forwards: Forwards, on tap: RecordingTap
    ) throws(RecordingTap.Failure) {
        let dropped = relays.reduce(0) { $0 + $1.takeDroppedBytes() }
        if let line = self.hold.dropped(dropped) { self.notices.append(line) }
        try self.lockByRule(relays, forwards, on: tap)
        let hasEnter = relays.reduce(false) { $1.takeDroppedEnter() || $0 }
        guard hasEnter, !self.unacknowledged.isEmpty else { return }
        let (number, from) = self.unacknowledged.removeFirst()
        try tap.note(.marker(text: Array("the message from \(from) is acknowledged".utf8)), channel: 0)
        self.answers.append(.acknowledged(number: number))
        self.apply(to: relays, forwards)
    }

    /// A command fitted a rule that locks, or ends, the session.
    private func lockByRule(
        _ relays: [ChannelRelay], _ forwards: Forwards, on tap: RecordingTap
    ) throws(RecordingTap.Failure) {
        guard let rule = self.commands.lockingRule, self.lock == nil else { return }
        let name = "the command rule \(rule)"
        self.lock = (name, "")
        try tap.note(.control(.locked(by: Array(name.utf8))), channel: 0)
        self.notices.append("\(name) has locked this session")
        self.apply(to: relays, forwards)
    }

    private func apply(to relays: [ChannelRelay], _ forwards: Forwards) {
        let line: String? =
            if let lock = self.lock {
                "\(lock.by) has locked this session" + (lock.reason.isEmpty ? "" : ": \(lock.reason)")
            } else if let message = self.unacknowledged.first {
                "a message from \(message.from) waits to be acknowledged at the session's terminal"
            } else {
                self.hold.reason
            }
        let isHeld = self.lock == nil && self.unacknowledged.isEmpty && self.hold.reason != nil
        for relay in relays where relay.lock != line { relay.lock = line }
        for relay in relays where relay.isHeld != isHeld { relay.isHeld = isHeld }
        if forwards.isLocked != (line != nil) { forwards.isLocked = line != nil }
    }

    /// What is noted is in the file: in force, and to be told.
    func tell(_ relays: [ChannelRelay]) {
        if let line = self.standing, relays.contains(where: { $0.isAtTerminal }) {
            self.standing = nil
            self.notices.append(line)
        }
        for notice in self.notices { for relay in relays { relay.sendNoticeToTerminal(notice) } }
        self.notices.removeAll()
        self.hold.tell(relays)
        for answer in self.answers { self.broker.send(answer) }
        self.answers.removeAll()
    }
}
