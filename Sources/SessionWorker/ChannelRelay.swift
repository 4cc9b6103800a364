import Platform
import RecordingFormat
import SSHTransport
import WorkerProtocol

/// One session channel of the client and its counterpart at the target.
///
/// Each turn of the loop has two halves with a `flush()` of the recording between them: ``note(on:)`` writes
/// down what has arrived, ``forward(to:tap:)`` sends on what is written down. State changes only in these two.
final class ChannelRelay {
    private enum Target {
        /// Not asked for yet: the target isn't there.
        case none
        case opening(ChannelEnd)
        case open(ChannelEnd)
        /// The target, or the gateway, won't have this channel.
        case refused
    }

    /// Number in the recording.
    let number: UInt32
    let client: ChannelEnd
    private var target = Target.none
    private(set) var requests = RequestRelay()
    private var noted = Noted()
    /// Follows the files of an sftp or scp channel.
    private var files = FileRecorder()
    private var targetRequests: TargetRequests

    /// What of the ends' flags the recording holds already.
    private struct Noted {
        var clientEndOfFile = false
        var targetEndOfFile = false
        var ending = false
        var closed = false
    }
    private var hasSentEnding = false
    private var meter = ByteMeter()
    private var reports: ChannelReports?
    private var keystrokes: KeystrokeRecorder
    private var commands = ChannelCommands()
    /// Of the client's input, in this turn.
    private var notedInput = 0
    private var dropsInput = false
    private var joined = JoinedInput()

    init(number: UInt32, client: ChannelEnd) {
        self.number = number
        self.client = client
        self.keystrokes = KeystrokeRecorder(channel: number)
        self.targetRequests = TargetRequests(channel: number)
    }

    /// What the grant permits. Until it is known there is no target, so no request goes anywhere.
    func permit(_ opening: TargetOpening, _ reports: ChannelReports, _ commands: CommandDesk) {
        self.commands.permit(commands)
        self.files.omitsContent = opening.omitsFileContent
        self.requests.permit(opening.channelKinds, reports)
        self.keystrokes.policy = opening.keystrokes
        self.meter.limits = opening.limits.bytes
        self.reports = reports
    }

    func owns(_ request: ChannelRequest) -> Bool { request.isFor(self.client) }

    func received(_ request: ChannelRequest) {
        let hasTarget = if case .none = self.target { false } else { true }
        guard self.requests.receive(request, hasTarget: hasTarget) else { return }
        self.keystrokes.received(request.kind)
        self.commands.received(request.kind)
        self.files.received(request.kind)
    }

    /// A menu, or a question of the target's login, comes before the program.
    func promiseProgram() { self.requests.promiseProgram() }

    /// Everything that was asked for is granted: what comes now is the gateway's own.
    func acceptAsked() { self.requests.acceptAll() }

    /// Input waits unnoted: some of it may be answers to questions of the target's login.
    var isInputHeld = false

    // MARK: Locks

    /// Why nothing of the client's goes to the target now; nil when it does. What is typed at a terminal is dropped, so
    /// that nothing of it happens later; what programs send waits, so that no transfer loses bytes.
    var lock: String? {
        didSet { self.requests.lock = self.lock }
    }

    /// The lock is for want of a supervisor.
    var isHeld = false {
        didSet { self.requests.isHeld = self.isHeld }
    }

    /// Bytes that were dropped since this was last taken.
    private var droppedBytes: UInt64 = 0

    func takeDroppedBytes() -> UInt64 {
        defer { self.droppedBytes = 0 }
        return self.droppedBytes
    }

    /// Enter was among the keys that were dropped since this was last taken.
    private var hasDroppedEnter = false

    func takeDroppedEnter() -> Bool {
        defer { self.hasDroppedEnter = false }
        return self.hasDroppedEnter
    }

    /// Keys of somebody who has joined: they go the way of the client's own, behind what has come of those.
    func join(_ keys: [UInt8], by name: [UInt8]) { self.joined.add(keys, by: name) }

    private func dropLockedInput(on tap: RecordingTap) throws(RecordingTap.Failure) {
        let bytes = self.client.data.unrecorded
        guard self.hasTerminal || self.client.hasReceivedClose, !bytes.isEmpty else { return }
        self.hasDroppedEnter = self.hasDroppedEnter || bytes.contains { $0 == 13 || $0 == 10 }
        let count = bytes.count
        self.client.data.dropUnrecorded()
        self.joined.dropped()
        self.droppedBytes += UInt64(count)
        self.commands.droppedInput()
        try tap.note(.control(.inputDropped(bytes: UInt64(count))), channel: self.number)
    }

    private var holdsInput: Bool { self.isInputHeld || self.lock != nil }

    // MARK: First half: write down

    /// Notes what has arrived on both ends since the last turn.
    func note(on tap: RecordingTap) throws(RecordingTap.Failure) {
        self.client.fetchLeftover()
        if case .open = self.target {
            if let command = self.requests.commandToJudge {
                self.requests.ruling = try self.commands.ruling(on: command, channel: self.number, tap)
            }
            try self.requests.note(on: tap, channel: self.number)
        }
        self.notedInput = 0
        if self.lock != nil {
            try self.dropLockedInput(on: tap)
            if let event = self.joined.dropWaiting() { try tap.note(event, channel: self.number) }
        }
        if !self.holdsInput {
            if let keys = self.joined.next(after: self.client.data.unrecorded.count) {
                self.client.insert(keys, on: .data)
            }
            try self.noteInput(on: tap)
        }
        // A client has no stderr; what claims to be one goes nowhere.
        self.client.discardStderr()
        if self.hasUnnotedEndOfFile {
            self.noted.clientEndOfFile = true
            try tap.note(.endOfFile(.toTarget), channel: self.number)
        }
        guard case .open(let end) = self.target else { return }
        try self.targetRequests.note(end.takeRequests(), on: tap)
        end.fetchLeftover()
        try self.noteData(end.data.unrecorded, .toClient, on: tap)
        self.commands.shown(end.data.unrecorded, at: Clock.monotonicNanoseconds())
        try tap.note(end.stderr.unrecorded, channel: self.number, track: .stderr)
        self.meter.count(end.stderr.unrecorded.count, .toClient)
        try self.keystrokes.noteOutput(end.data.unrecorded, errors: end.stderr.unrecorded, on: tap)
        if end.hasReceivedEndOfFile, !self.noted.targetEndOfFile {
            self.noted.targetEndOfFile = true
            try tap.note(.endOfFile(.toClient), channel: self.number)
        }
        if let ending = end.ending, !self.noted.ending {
            self.noted.ending = true
            switch ending {
            case .status(let status): try tap.note(.exitStatus(status), channel: self.number)
            case .signal(let name, let coreDumped, let message, _):
                try tap.note(
                    .exitSignal(name: name, coreDumped: coreDumped, message: message), channel: self.number)
            }
        }
        if end.hasReceivedClose || self.client.hasReceivedClose { try self.noteClosed(on: tap) }
    }

    /// As far as the command rules let it.
    private func noteInput(on tap: RecordingTap) throws(RecordingTap.Failure) {
        let input = self.client.data.unrecorded
        let passage = try self.commands.passage(
            of: input, channel: self.number, on: tap, at: Clock.monotonicNanoseconds())
        self.notedInput = passage.count
        if let event = self.joined.noted(passage.count) { try tap.note(event, channel: self.number) }
        try self.noteData(UnsafeRawBufferPointer(rebasing: input[..<passage.count]), .toTarget, on: tap)
        guard passage.dropsRest, passage.count < input.count else { return }
        self.dropsInput = true
        self.joined.dropped()
        try tap.note(.control(.inputDropped(bytes: UInt64(input.count - passage.count))), channel: self.number)
    }

    private func noteData(
        _ bytes: UnsafeRawBufferPointer, _ direction: Direction, on tap: RecordingTap
    ) throws(RecordingTap.Failure) {
        self.meter.count(bytes.count, direction)
        let heard = self.files.heard(bytes, direction)
        for part in heard.parts {
            switch (part, direction) {
            case (.omitted(let count), _): try tap.noteOmitted(count, direction, channel: self.number)
            case (.recorded(let bytes), .toTarget): try self.keystrokes.noteInput(bytes, on: tap)
            case (.recorded(let bytes), .toClient): try tap.note(bytes, channel: self.number, track: .output)
            }
        }
        for event in heard.events { try tap.note(event, channel: self.number) }
    }

    /// The channel, or the connection under it, has ended: so have its files, and no more echo comes. Once.
    func noteClosed(on tap: RecordingTap) throws(RecordingTap.Failure) {
        guard !self.noted.closed else { return }
        self.noted.closed = true
        self.commands.finish()
        try self.keystrokes.finish(on: tap)
        for event in self.files.finish() { try tap.note(event, channel: self.number) }
        try tap.note(.channelClosed, channel: self.number)
    }

    // MARK: Between the halves

    /// Everything noted is in the file.
    func markRecorded() {
        self.client.data.markRecorded(self.notedInput)
        self.notedInput = 0
        if self.dropsInput { self.client.data.dropUnrecorded() }
        self.dropsInput = false
        guard case .open(let end) = self.target else { return }
        end.data.markRecorded(end.data.unrecorded.count)
        end.stderr.markRecorded(end.stderr.unrecorded.count)
    }

    // MARK: Second half: send on

    /// Sends on what is recorded, as far as windows and sockets allow.
    func forward(to leg: ClientLeg, tap: RecordingTap) throws(RecordingTap.Failure) {
        try self.openTarget(on: leg, tap: tap)
        guard case .open(let end) = self.target else { return }
        if let limit = self.meter.exceeded(by: self.requests.program) { return try self.stop(at: limit, end, tap) }
        self.showBanner(of: leg, on: end)
        try self.forwardRequests(to: end, tap)
        self.targetRequests.forward(to: self.client)
        self.forwardInput(to: end)
        _ = self.client.send(&end.data, on: .data)
        _ = self.client.send(&end.stderr, on: .stderr)
        self.forwardEnding(of: end)
    }

    private func openTarget(on leg: ClientLeg, tap: RecordingTap) throws(RecordingTap.Failure) {
        if case .none = self.target {
            guard let end = leg.makeChannel() else { return try self.refuse(with: "the target opens no channel", tap) }
            leg.beginOpening(end, as: Array("session".utf8))
            self.target = .opening(end)
        }
        guard case .opening(let end) = self.target else { return }
        switch leg.awaitOpening(end) {
        case .wouldBlock: return
        case .done: self.target = .open(end)
        case .failed:
            let refusal = end.openFailure ?? OpenFailure(reason: OpenRequest.Reason.connectFailed.rawValue, text: [])
            let text = Array(refusal.text.prefix(200))
            try tap.note(
                .channelRefused(type: Array("session".utf8), reason: refusal.reason, text: text), channel: self.number)
            let reason = text.isEmpty ? "" : ": \(SafeLine.text(text))"
            try self.refuse(with: "the target opens no further channel\(reason)", tap)
        }
    }

    /// The target's greeting was for the gateway, before there was a channel: whoever starts the first shell sees it
    /// there, ahead of the shell's own output. Programs that talk to programs are spared.
    ///
    /// At a terminal it goes the way of that output: of two streams that come together, clients show either first.
    private func showBanner(of leg: ClientLeg, on end: ChannelEnd) {
        guard self.requests.isStartingShell else { return }
        let banner = leg.takeBanner()
        guard self.requests.hasPTY else { return end.insert(banner, on: .stderr) }
        // The terminal is raw by now.
        let lines = banner.split(separator: 10, omittingEmptySubsequences: false)
        end.insert(Array(lines.joined(separator: [13, 10])), on: .data)
    }

    private func forwardRequests(to end: ChannelEnd, _ tap: RecordingTap) throws(RecordingTap.Failure) {
        switch try self.requests.forward(to: end, tap: tap, channel: self.number) {
        case .none: break
        case .answered(let kind, let outcome):
            self.files.answered(kind, outcome)
            try self.keystrokes.answered(kind, outcome, on: tap)
        case .hopeless(let line):
            end.sendClose()
            try self.refuse(with: line, tap)
        }
    }

    /// A server throws input away that comes before its program: it waits here for the start.
    private func forwardInput(to end: ChannelEnd) {
        // What a terminal had sent before the lock was the admin's to send.
        guard self.requests.hasStarted, self.lock == nil || self.hasTerminal else { return }
        _ = end.send(&self.client.data, on: .data)
        if self.client.hasReceivedEndOfFile, self.client.isDrained, self.noted.clientEndOfFile { end.sendEndOfFile() }
    }

    /// End of file, then the exit status, then the close: each once all bytes before it have gone.
    private func forwardEnding(of end: ChannelEnd) {
        if self.noted.targetEndOfFile, end.isDrained { self.client.sendEndOfFile() }
        if let ending = end.ending, self.noted.ending, end.isDrained, !self.hasSentEnding, !self.client.hasSentClose {
            self.hasSentEnding = true
            self.client.send(ending)
        }
        // The ending may have come after this turn's notes: then the close waits for it.
        if end.hasReceivedClose, end.isDrained, end.ending == nil || self.noted.ending { self.client.sendClose() }
        if self.client.hasReceivedClose, self.client.isDrained || end.hasReceivedClose || !self.requests.hasStarted {
            end.sendClose()
        }
    }

    // MARK: Refusing

    /// Ends a channel that has carried too much: what is beyond the limit goes no further.
    private func stop(at limit: ChannelByteLimit, _ end: ChannelEnd, _ tap: RecordingTap) throws(RecordingTap.Failure) {
        let word = limit.direction == .upload ? "upload" : "download"
        self.reports?.refused(word, place: "\(limit.bytes) bytes", .tooMuch)
        end.sendClose()
        try self.refuse(with: "your grant permits \(word)s of at most \(limit.bytes) bytes", tap)
    }

    /// Ends the channel with a line for the admin and the exit status of a failed connection.
    ///
    /// - parameter line: nil when there is nothing to say.
    /// - parameter status: what the client exits with.
    func refuse(
        with line: String?, status: UInt32 = ChannelRelay.refusedStatus, _ tap: RecordingTap?
    ) throws(RecordingTap.Failure) {
        guard !self.client.hasSentClose else { return }
        self.target = .refused
        self.requests.acceptAll()
        if let line { self.sendNotice(line) }
        self.client.send(.status(status))
        self.client.sendEndOfFile()
        self.client.sendClose()
        if let tap { try self.noteClosed(on: tap) }
    }

    /// What ssh itself exits with when it can't connect.
    static let refusedStatus: UInt32 = 255

    /// A line of the gateway's own on the admin's terminal. Its terminal may be raw: hence the carriage return.
    func sendNotice(_ line: String) {
        self.client.sendNotice(Array("sallyport: \(line)\(self.requests.hasPTY ? "\r\n" : "\n")".utf8), on: .stderr)
    }

    /// As ``sendNotice(_:)``, amid whatever a terminal shows; on other channels it would be data.
    func sendNoticeToTerminal(_ line: String) {
        guard self.isAtTerminal else { return }
        self.client.sendNotice(Array("\r\nsallyport: \(line)\r\n".utf8), on: .stderr)
    }

    // MARK: State

    var hasTerminal: Bool { self.requests.asksForTerminal }

    /// When a line that waits for its echo is to be looked at, on the monotonic clock.
    var lineDeadline: UInt64? { self.holdsInput ? nil : self.commands.deadline }

    /// What has come from the target so far.
    var downloadedBytes: UInt64 { self.meter.downloaded }

    /// A program runs for somebody who looks at a terminal.
    var isAtTerminal: Bool { self.requests.hasPTY && self.requests.hasStarted && !self.client.hasSentClose }

    /// The client waits for a program to start: the moment for a refusal to be seen.
    var isAskingForProgram: Bool { self.requests.asksForProgram }

    /// Both sides have closed.
    var isFinished: Bool {
        guard self.client.hasReceivedClose, self.client.hasSentClose || self.isTargetless else { return false }
        switch self.target {
        case .none, .refused: return true
        case .opening: return false
        case .open(let end): return end.hasReceivedClose && end.hasSentClose && self.client.hasSentClose
        }
    }

    private var isTargetless: Bool {
        switch self.target {
        case .none, .refused: true
        case .opening, .open: false
        }
    }

    /// Everything that came from the target has gone to the client, or never will.
    var hasDeliveredAll: Bool {
        guard case .open(let end) = self.target else { return true }
        return end.isDrained || self.client.hasReceivedClose
    }

    var isClosedByTarget: Bool {
        guard case .open(let end) = self.target else { return true }
        return end.hasReceivedClose
    }

    /// Something waits that no descriptor will announce.
    var wantsAnotherTurn: Bool {
        guard case .open(let end) = self.target else { return false }
        return self.client.hasFetchableLeftover || end.hasFetchableLeftover
            || (!self.holdsInput && self.joined.isWaiting && self.client.data.unrecorded.isEmpty)
            || self.requests.hasUnnoted || self.hasUnnoted(of: end)
    }

    /// The client's, once all of its input is noted.
    private var hasUnnotedEndOfFile: Bool {
        self.client.hasReceivedEndOfFile && !self.holdsInput && self.commands.blocked == 0
            && !self.noted.clientEndOfFile
    }

    /// Something came after this turn's notes: opening a channel or asking the target takes in whatever has arrived,
    /// for all channels.
    private func hasUnnoted(of end: ChannelEnd) -> Bool {
        (self.holdsInput ? 0 : self.client.data.unrecorded.count - self.commands.blocked) + end.data.unrecorded.count
            + end.stderr.unrecorded.count > 0
            || (end.ending != nil && !self.noted.ending) || (end.hasReceivedEndOfFile && !self.noted.targetEndOfFile)
            || self.hasUnnotedEndOfFile
            || ((end.hasReceivedClose || self.client.hasReceivedClose) && !self.noted.closed)
            || end.hasNews || self.client.hasNews
    }
}
