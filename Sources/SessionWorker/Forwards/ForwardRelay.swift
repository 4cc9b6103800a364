import RecordingFormat
import SSHTransport

/// One forwarded connection: a channel of the client's and one of the target's, of which one was asked for and the
/// other is opened for it.
///
/// As in ``ChannelRelay``, what arrived is noted first, then the recording is flushed, then it is sent on.
final class ForwardRelay {
    private enum State {
        /// In the recording; the other side doesn't know of it yet.
        case asked
        case opening(ChannelEnd)
        case open(client: ChannelEnd, target: ChannelEnd)
        /// The side that was asked has refused; the side that asks doesn't know yet.
        case failed(OpenFailure)
        case over
    }

    /// Longest words of a refusal that go on, in bytes.
    private static let maximumReason = 1024

    /// Number in the recording.
    let number: UInt32
    private let kind: ForwardKind
    private let request: OpenRequest
    private let allowsNestedSSH: Bool
    private let reports: ChannelReports
    private var state = State.asked
    private var clientsBytes: NestedSSH
    private var targetsBytes: NestedSSH
    /// The connection holds something that is not permitted: nothing of it goes on any more.
    private var isCut = false
    private var noted = Noted()

    private struct Noted {
        var clientEndOfFile = false
        var targetEndOfFile = false
        var closed = false
    }

    init(number: UInt32, kind: ForwardKind, request: OpenRequest, allowsNestedSSH: Bool, reports: ChannelReports) {
        self.number = number
        self.kind = kind
        self.request = request
        self.allowsNestedSSH = allowsNestedSSH
        self.reports = reports
        self.clientsBytes = NestedSSH(server: !kind.isOpenedByClient)
        self.targetsBytes = NestedSSH(server: kind.isOpenedByClient)
    }

    /// Notes that it was asked for. Once, before anything else.
    func noteOpened(on tap: RecordingTap) throws(RecordingTap.Failure) {
        try tap.note(.channelOpened(type: Array(self.kind.type.utf8)), channel: self.number)
        guard let address = self.kind.address else { return }
        try tap.note(
            .forwardOpened(
                host: address.host, port: address.port, originHost: address.originHost,
                originPort: address.originPort), channel: self.number)
    }

    /// What the client sends waits: the session is locked.
    var isLocked = false

    // MARK: First half: write down

    func note(on tap: RecordingTap) throws(RecordingTap.Failure) {
        guard case .open(let client, let target) = self.state, !self.noted.closed else { return }
        client.fetchLeftover()
        target.fetchLeftover()
        if self.isLocked, client.hasReceivedClose { client.data.dropUnrecorded() }
        if !self.isLocked {
            try self.lookForSSH(client, target, tap)
            try tap.note(client.data.unrecorded, channel: self.number, track: .input)
        }
        try tap.note(target.data.unrecorded, channel: self.number, track: .output)
        // Forwarded connections have one stream; what claims to be another goes nowhere.
        client.discardStderr()
        target.discardStderr()
        if client.hasReceivedEndOfFile, !self.isLocked, !self.noted.clientEndOfFile {
            self.noted.clientEndOfFile = true
            try tap.note(.endOfFile(.toTarget), channel: self.number)
        }
        if target.hasReceivedEndOfFile, !self.noted.targetEndOfFile {
            self.noted.targetEndOfFile = true
            try tap.note(.endOfFile(.toClient), channel: self.number)
        }
    }

    private func lookForSSH(
        _ client: ChannelEnd, _ target: ChannelEnd, _ tap: RecordingTap
    ) throws(RecordingTap.Failure) {
        guard self.kind.isPlainStream else { return }
        let found =
            self.clientsBytes.received(client.data.unrecorded) || self.targetsBytes.received(target.data.unrecorded)
        guard found, !self.hasFoundSSH else { return }
        self.hasFoundSSH = true
        self.isCut = !self.allowsNestedSSH
        let text = self.isCut ? "SSH connection inside the forward, cut" : "SSH connection inside the forward"
        try tap.note(.marker(text: Array(text.utf8)), channel: self.number)
        self.reports.nestedSSH(place: self.kind.place, cut: self.isCut)
    }

    private var hasFoundSSH = false

    /// Everything noted is in the file.
    func markRecorded() {
        guard case .open(let client, let target) = self.state else { return }
        if !self.isLocked { client.data.markRecorded(client.data.unrecorded.count) }
        target.data.markRecorded(target.data.unrecorded.count)
    }

    /// The connection of the client, or to the target, has ended with this one open.
    func noteUnfinished(on tap: RecordingTap) throws(RecordingTap.Failure) {
        guard !self.noted.closed, !self.isFinished else { return }
        self.noted.closed = true
        try tap.note(.channelClosed, channel: self.number)
    }

    // MARK: Second half: send on

    func forward(client: ServerLeg, target: ClientLeg, tap: RecordingTap) throws(RecordingTap.Failure) {
        if case .failed(let refusal) = self.state {
            self.request.refuse(refusal)
            self.state = .over
        }
        try self.open(client, target, tap)
        guard case .open(let client, let target) = self.state else { return }
        guard !self.noted.closed else { return self.lookForEnd(client, target) }
        if self.isCut { return try self.cut(client, target, tap) }
        if !self.isLocked { _ = target.send(&client.data, on: .data) }
        _ = client.send(&target.data, on: .data)
        if self.noted.clientEndOfFile, client.isDrained { target.sendEndOfFile() }
        if self.noted.targetEndOfFile, target.isDrained { client.sendEndOfFile() }
        // An end's close says that it takes nothing more, so that only what it sent itself is waited for.
        if client.hasReceivedClose && client.isDrained || target.hasReceivedClose && target.isDrained
            || client.hasReceivedClose && target.hasReceivedClose
        {
            try self.close(client, target, tap)
        }
    }

    private func close(
        _ client: ChannelEnd, _ target: ChannelEnd, _ tap: RecordingTap
    ) throws(RecordingTap.Failure) {
        self.noted.closed = true
        try tap.note(.channelClosed, channel: self.number)
        client.sendClose()
        target.sendClose()
        self.lookForEnd(client, target)
    }

    /// What still arrives reached nobody: it is no part of the session.
    private func lookForEnd(_ client: ChannelEnd, _ target: ChannelEnd) {
        client.discardAll()
        target.discardAll()
        if client.hasReceivedClose, target.hasReceivedClose { self.state = .over }
    }

    private func cut(
        _ client: ChannelEnd, _ target: ChannelEnd, _ tap: RecordingTap
    ) throws(RecordingTap.Failure) {
        if self.kind.isOpenedByClient {
            // A server may say lines before its version (RFC 4253 section 4.2).
            client.sendNotice(
                Array("sallyport: SSH inside a forward is not permitted by your grant\r\n".utf8), on: .data)
        }
        try self.close(client, target, tap)
    }

    // MARK: Opening

    private func open(_ client: ServerLeg, _ target: ClientLeg, _ tap: RecordingTap) throws(RecordingTap.Failure) {
        let leg: Leg = self.kind.isOpenedByClient ? target : client
        if case .asked = self.state {
            guard let end = leg.makeChannel() else { return try self.fail(nil, tap, "no channel can be made") }
            // As it was asked for, byte for byte.
            leg.beginOpening(end, as: self.request.type, payload: self.request.payload)
            self.state = .opening(end)
        }
        guard case .opening(let end) = self.state else { return }
        switch leg.awaitOpening(end) {
        case .wouldBlock: return
        case .failed(let reason): try self.fail(end.openFailure, tap, reason)
        case .done:
            guard let asker = self.request.accept() else {
                end.sendClose()
                return try self.fail(nil, tap, "the channel could not be accepted")
            }
            self.state =
                self.kind.isOpenedByClient
                ? .open(client: asker, target: end) : .open(client: end, target: asker)
        }
    }

    /// - parameters:
    ///   - refusal: of the side that was asked; it goes on to the side that asks, cut where the recording cuts it.
    ///   - reason: where there is none, in words.
    private func fail(
        _ refusal: OpenFailure?, _ tap: RecordingTap, _ reason: String
    ) throws(RecordingTap.Failure) {
        var refusal =
            refusal ?? OpenFailure(reason: OpenRequest.Reason.connectFailed.rawValue, text: Array(reason.utf8))
        refusal.text = Array(refusal.text.prefix(Self.maximumReason))
        self.state = .failed(refusal)
        self.noted.closed = true
        try tap.note(
            .channelRefused(type: Array(self.kind.type.utf8), reason: refusal.reason, text: refusal.text),
            channel: self.number)
        try tap.note(.channelClosed, channel: self.number)
    }

    // MARK: State

    var isFinished: Bool { if case .over = self.state { true } else { false } }

    /// Everything that came from the target has gone to the client, or never will.
    var hasDeliveredAll: Bool {
        guard !self.noted.closed, case .open(let client, let target) = self.state else { return true }
        return target.isDrained || client.hasReceivedClose
    }

    /// Something waits that no descriptor will announce.
    var wantsAnotherTurn: Bool {
        if case .failed = self.state { return true }
        guard !self.noted.closed, case .open(let client, let target) = self.state else { return false }
        // The last: what came after this turn's notes, while something else was asked of a leg.
        return client.hasFetchableLeftover || target.hasFetchableLeftover
            || (self.isLocked ? 0 : client.data.unrecorded.count) + target.data.unrecorded.count > 0
    }
}
