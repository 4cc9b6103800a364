import RecordingFormat
import SSHTransport
import WorkerProtocol

/// All forwarded connections of one session: which are permitted, and those that run.
final class Forwards {
    private let reports: ChannelReports
    private let remote: RemoteForwards
    private var kinds: ChannelKinds = []
    private var rules = ForwardRules()
    /// Asked for, and not in the recording yet: until there is a target, nobody knows what is permitted.
    private var waiting: [(kind: ForwardKind, request: OpenRequest)] = []
    private var relays: [ForwardRelay] = []
    /// A program of the target may reach the client's agent, or display: the client has offered it.
    var isAgentOffered = false
    var isDisplayOffered = false

    /// The session is locked: what the client sends waits, and nothing new is opened.
    var isLocked = false {
        didSet { for relay in self.relays { relay.isLocked = self.isLocked } }
    }

    /// Most forwarded connections at once: a browser behind `ssh -D` needs some dozens.
    private static let limit = 256

    init(reports: ChannelReports) {
        self.reports = reports
        self.remote = RemoteForwards(reports: reports)
    }

    func permit(_ opening: TargetOpening) {
        self.kinds = opening.channelKinds
        self.rules = ForwardRules(opening.forwards)
    }

    // MARK: Asked for

    /// By the client.
    func received(_ kind: ForwardKind, _ request: OpenRequest) {
        guard self.waiting.count < Self.limit else { return request.refuse() }
        self.waiting.append((kind, request))
    }

    func received(_ request: GlobalRequest) { self.remote.received(request) }

    /// By the target.
    func received(fromTarget request: OpenRequest) {
        switch request.kind {
        case .forwardedTCP(let address): self.received(.forwardedTCP(address), request)
        case .forwardedPath(let path): self.received(.forwardedPath(path), request)
        case .x11(let address): self.received(.x11(address), request)
        case .agent: self.received(.agent, request)
        case .session, .directTCP, .directPath, .other: request.refuse(.unknownType)
        }
    }

    /// The client's connections to addresses that wait for a target, given away: there is none, and they mean
    /// something else then.
    func takeWaiting() -> [(OpenRequest, ForwardAddress)] {
        var taken: [(OpenRequest, ForwardAddress)] = []
        self.waiting.removeAll { kind, request in
            guard case .directTCP(let address) = kind else { return false }
            taken.append((request, address))
            return true
        }
        return taken
    }

    /// Something was asked for that waits until it is known whether there will be a target.
    var isHolding: Bool { !self.waiting.isEmpty || self.remote.isHolding }

    /// There is no target.
    func refuseAll() {
        for (_, request) in self.waiting { request.refuse() }
        self.waiting.removeAll()
        self.remote.refuseAll()
    }

    // MARK: Note, mark, send on

    /// - parameter nextChannel: the number in the recording of the next channel that is opened.
    func note(on tap: RecordingTap, nextChannel: inout UInt32) throws(RecordingTap.Failure) {
        let asked = self.waiting
        self.waiting.removeAll()
        for (kind, request) in asked { try self.judge(kind, request, tap, &nextChannel) }
        try self.remote.note(on: tap, self.rules, isPermitted: self.kinds.contains(.remoteForward))
        for relay in self.relays { try relay.note(on: tap) }
    }

    func markRecorded() { for relay in self.relays { relay.markRecorded() } }

    func forward(client: ServerLeg, target: ClientLeg, tap: RecordingTap) throws(RecordingTap.Failure) {
        try self.remote.forward(to: target, tap: tap)
        for relay in self.relays { try relay.forward(client: client, target: target, tap: tap) }
        self.relays.removeAll { $0.isFinished }
    }

    private func judge(
        _ kind: ForwardKind, _ request: OpenRequest, _ tap: RecordingTap, _ nextChannel: inout UInt32
    ) throws(RecordingTap.Failure) {
        let verdict = self.verdict(on: kind)
        let hasRoom = self.relays.count < Self.limit
        guard !self.isLocked else {
            let text = Array("the session is locked".utf8)
            request.refuse(.prohibited, text: text)
            return try tap.note(
                .channelRefused(
                    type: Array(kind.type.utf8), reason: OpenRequest.Reason.prohibited.rawValue, text: text), channel: 0
            )
        }
        guard hasRoom, case .permitted(let nestedSSH) = verdict else {
            let reason: OpenRequest.Reason = hasRoom ? .prohibited : .resourceShortage
            let text =
                (hasRoom ? "not permitted by the grant" : "too many") + (kind.place.isEmpty ? "" : ": \(kind.place)")
            request.refuse(reason, text: Array(text.utf8))
            try tap.note(
                .channelRefused(type: Array(kind.type.utf8), reason: reason.rawValue, text: Array(text.utf8)),
                channel: 0)
            return self.reports.refused(kind.word, place: kind.place, hasRoom ? .notGranted : .tooMany)
        }
        let relay = ForwardRelay(
            number: nextChannel, kind: kind, request: request, allowsNestedSSH: nestedSSH, reports: self.reports)
        nextChannel += 1
        self.relays.append(relay)
        try relay.noteOpened(on: tap)
    }

    private func verdict(on kind: ForwardKind) -> ForwardRules.Verdict {
        switch kind {
        case .directTCP(let address):
            self.kinds.contains(.localForward) ? self.rules.verdict(on: address.host, address.port, .local) : .refused
        // Judged when the target was asked to listen.
        case .forwardedTCP(let address): self.remote.verdict(on: address)
        case .directPath(let path):
            self.kinds.contains(.localForward) ? self.rules.verdict(onPath: path, .local) : .refused
        case .forwardedPath(let path): self.remote.verdict(onPath: path)
        case .x11: self.kinds.contains(.x11) && self.isDisplayOffered ? .permitted(nestedSSH: false) : .refused
        case .agent: self.kinds.contains(.agent) && self.isAgentOffered ? .permitted(nestedSSH: false) : .refused
        }
    }

    /// The connection has ended with these open.
    func noteUnfinished(on tap: RecordingTap) throws(RecordingTap.Failure) {
        for relay in self.relays { try relay.noteUnfinished(on: tap) }
    }

    // MARK: State

    var hasDeliveredAll: Bool { self.relays.allSatisfy { $0.hasDeliveredAll } }

    /// Something waits that no descriptor will announce.
    var wantsAnotherTurn: Bool { self.relays.contains { $0.wantsAnotherTurn } }

    /// A request waits that the next turn can serve, once there is a target.
    var hasWaitingRequests: Bool { self.remote.wantsAnotherTurn }
}
