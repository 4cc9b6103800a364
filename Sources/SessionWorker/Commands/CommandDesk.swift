import CommandRules
import WorkerProtocol

/// Judges commands and shell lines by the rules of the session's grants, and keeps those that wait for a supervisor.
///
/// The broker hears of each that fits a rule, and decides what is its to decide: who approves, and the end of a session.
final class CommandDesk {
    enum Verdict: Equatable {
        case pass
        /// Until ``decision(on:)`` says more.
        case hold(UInt32)
        /// It is not run; the line is for the admin.
        case stop(String)
    }

    enum Decision: Equatable { case waiting, approved, denied }

    private let broker: BrokerLink
    private var rules: [CommandRule] = []
    private var lastNumber: UInt32 = 0
    private var decisions: [UInt32: Decision] = [:]
    private var places: [UInt32: UInt32] = [:]
    /// For the broker and the terminals, once what is noted is in the file.
    private var reports: [WorkerMessage] = []
    private var notices: [(channel: UInt32, line: String)] = []
    /// The rule that has locked the session, or is about to end it.
    private(set) var lockingRule: String?

    init(broker: BrokerLink) { self.broker = broker }

    var isEmpty: Bool { self.rules.isEmpty }

    /// A rule that can't be read here could be read by the broker: then nothing may run at all.
    /// - returns: whether all rules can be read.
    func permit(_ texts: [[UInt8]]) -> Bool {
        self.rules = texts.compactMap { try? CommandRule(parsing: String(decoding: $0, as: UTF8.self)) }
        return self.rules.count == texts.count
    }

    /// - parameters:
    ///   - readings: what the command may be; one that fits is enough.
    ///   - line: what is told of it.
    func judge(
        _ readings: [[UInt8]], line: [UInt8], isCommand: Bool, channel: UInt32, on tap: RecordingTap
    ) throws(RecordingTap.Failure) -> Verdict {
        if let rule = self.lockingRule { return .stop("the command rule \(rule) has locked this session") }
        let fitting = self.rules.indices.filter { index in readings.contains(where: self.rules[index].pattern.matches) }
        guard let index = fitting.max(by: { self.rules[$0].action < self.rules[$1].action }) else { return .pass }
        let rule = self.rules[index]
        guard self.lastNumber < WireLimits.commandReports else {
            return .stop("too many commands of this session fitted a rule")
        }
        self.lastNumber += 1
        let number = self.lastNumber
        let text = Array(line.prefix(WireLimits.command))
        try tap.note(
            .marker(text: Array("command rule \(rule.name), \(rule.action.word): ".utf8) + text), channel: channel)
        self.reports.append(
            .command(CommandReport(number: number, rule: UInt32(index), line: text, isCommand: isCommand)))
        switch rule.action {
        case .alert: return .pass
        case .hold:
            self.decisions[number] = .waiting
            self.places[number] = channel
            let what = isCommand ? "this command" : "this line"
            self.notices.append(
                (channel, "\(what) waits for a supervisor (rule \(rule.name)); Ctrl-C takes it back"))
            return .hold(number)
        case .lock:
            self.lockingRule = rule.name
            return .stop("the command rule \(rule.name) has locked this session")
        case .kill:
            self.lockingRule = rule.name
            return .stop("the command rule \(rule.name) ends this session")
        }
    }

    /// The broker's word on a command that waits.
    func received(_ number: UInt32, approved: Bool, by name: [UInt8]) -> Bool {
        guard self.decisions[number] == .waiting, let channel = self.places[number] else { return false }
        self.decisions[number] = approved ? .approved : .denied
        let who = SafeLine.text(name)
        self.notices.append(
            (channel, approved ? "\(who) has approved it" : "\(who) has denied it: it is not run"))
        return true
    }

    /// Once it is no longer waiting, it is forgotten.
    func decision(on number: UInt32) -> Decision {
        let decision = self.decisions[number] ?? .denied
        if decision != .waiting { self.forget(number) }
        return decision
    }

    /// It will not be run, whatever is decided.
    func withdraw(_ number: UInt32) {
        guard self.decisions[number] == .waiting else { return }
        self.forget(number)
        self.reports.append(.commandWithdrawn(number: number))
    }

    private func forget(_ number: UInt32) {
        self.decisions[number] = nil
        self.places[number] = nil
    }

    /// The supervisor's unlock reaches what a rule has locked.
    func unlock() { self.lockingRule = nil }

    func tell(_ relays: [ChannelRelay]) {
        for report in self.reports { self.broker.send(report) }
        self.reports.removeAll()
        for (channel, line) in self.notices {
            guard let relay = relays.first(where: { $0.number == channel }) else { continue }
            if relay.isAtTerminal { relay.sendNoticeToTerminal(line) } else { relay.sendNotice(line) }
        }
        self.notices.removeAll()
    }
}
