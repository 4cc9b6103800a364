import RecordingFormat
import SSHTransport
import WorkerProtocol

/// What the target listens for on behalf of the client (RFC 4254 section 7.1, OpenSSH's PROTOCOL section 2.4): requests
/// one after the other, since their answers carry no name, and the places that are being listened at.
final class RemoteForwards {
    private struct Listener {
        var place: Place
        var allowsNestedSSH: Bool
    }

    private enum Place: Hashable {
        /// With the port that the target chose where the client let it.
        case port(address: [UInt8], UInt32)
        case path([UInt8])
    }

    private let reports: ChannelReports
    private var requests: [GlobalRequest] = []
    /// The oldest request is in the recording, with this verdict on it.
    private var asking: ForwardRules.Verdict?
    private var listeners: [Listener] = []

    /// Most requests that wait, and most places listened at.
    private static let limit = 256

    init(reports: ChannelReports) { self.reports = reports }

    /// Takes every global request of the client's, so that their answers keep their order.
    func received(_ request: GlobalRequest) {
        if request.kind == .other, self.requests.isEmpty { return request.refuse() }
        guard self.requests.count < Self.limit else { return request.refuse() }
        self.requests.append(request)
    }

    /// Whether connections to this address were asked for, and if so, whether SSH may run inside.
    ///
    /// The port decides: a target may name the address in its own way.
    func verdict(on address: ForwardAddress) -> ForwardRules.Verdict {
        self.verdict {
            if case .port(address: _, let port) = $0 { port == address.port } else { false }
        }
    }

    /// Likewise for a Unix socket.
    func verdict(onPath path: [UInt8]) -> ForwardRules.Verdict { self.verdict { $0 == .path(path) } }

    private func verdict(where isPlace: (Place) -> Bool) -> ForwardRules.Verdict {
        guard let listener = self.listeners.last(where: { isPlace($0.place) }) else { return .refused }
        return .permitted(nestedSSH: listener.allowsNestedSSH)
    }

    // MARK: First half: write down

    func note(on tap: RecordingTap, _ rules: ForwardRules, isPermitted: Bool) throws(RecordingTap.Failure) {
        guard self.asking == nil, let request = self.requests.first else { return }
        switch request.kind {
        case .other: self.asking = .refused
        case .cancelForward(let address, let port): self.asking = self.verdictOnEnd(of: .port(address: address, port))
        case .cancelForwardPath(let path): self.asking = self.verdictOnEnd(of: .path(path))
        case .forward(let address, let port):
            self.judge(isPermitted ? rules.verdict(on: address, port, .remote) : .refused, request)
        case .forwardPath(let path): self.judge(isPermitted ? rules.verdict(onPath: path, .remote) : .refused, request)
        }
        if request.kind != .other {
            try tap.note(.request(.other(name: request.name, payload: request.payload)), channel: 0)
        }
    }

    private func judge(_ verdict: ForwardRules.Verdict, _ request: GlobalRequest) {
        let hasRoom = self.listeners.count < Self.limit
        self.asking = hasRoom ? verdict : .refused
        guard self.asking == .refused else { return }
        self.reports.refused("remote-forward", place: Self.text(of: request), hasRoom ? .notGranted : .tooMany)
    }

    /// Only what was begun may be ended.
    private func verdictOnEnd(of place: Place) -> ForwardRules.Verdict {
        self.listeners.contains { $0.place == place } ? .permitted(nestedSSH: false) : .refused
    }

    private static func text(of request: GlobalRequest) -> String {
        switch request.kind {
        case .forward(let address, let port), .cancelForward(let address, let port):
            ForwardKind.place(address, port)
        case .forwardPath(let path), .cancelForwardPath(let path): SafeLine.text(path)
        case .other: ""
        }
    }

    // MARK: Second half: send on

    func forward(to target: ClientLeg, tap: RecordingTap) throws(RecordingTap.Failure) {
        guard let verdict = self.asking, let request = self.requests.first else { return }
        guard case .permitted(let nestedSSH) = verdict else { return try self.answer(request, .refused, tap) }
        guard let answer = target.pass(request) else { return }
        guard case .accepted = answer else { return try self.answer(request, .refused, tap) }
        switch request.kind {
        case .forward(let address, let port):
            let bound = port == 0 ? answer.chosenPort : port
            guard let bound else { return try self.answer(request, .refused, tap) }
            self.listeners.append(Listener(place: .port(address: address, bound), allowsNestedSSH: nestedSSH))
            if port == 0 {
                let text = "the target chose port \(bound) for \(ForwardKind.place(address, port))"
                try tap.note(.marker(text: Array(text.utf8)), channel: 0)
            }
        case .forwardPath(let path): self.listeners.append(Listener(place: .path(path), allowsNestedSSH: nestedSSH))
        case .cancelForward(let address, let port):
            self.listeners.removeAll { $0.place == .port(address: address, port) }
        case .cancelForwardPath(let path): self.listeners.removeAll { $0.place == .path(path) }
        case .other: break
        }
        try self.answer(request, answer, tap)
    }

    private func answer(
        _ request: GlobalRequest, _ answer: GlobalAnswer, _ tap: RecordingTap
    ) throws(RecordingTap.Failure) {
        self.requests.removeFirst()
        self.asking = nil
        guard request.kind != .other else { return request.refuse() }
        switch answer {
        case .accepted(let payload):
            try tap.note(.requestAnswered(accepted: true), channel: 0)
            // A port is all that an answer may add (RFC 4254 section 7.1).
            request.accept(Array(payload.prefix(4)))
        case .refused:
            try tap.note(.requestAnswered(accepted: false), channel: 0)
            request.refuse()
        }
    }

    /// There is no target.
    func refuseAll() {
        for request in self.requests { request.refuse() }
        self.requests.removeAll()
        self.asking = nil
    }

    /// Requests wait that the target has not been asked yet.
    var isHolding: Bool { !self.requests.isEmpty }

    /// A request waits that no descriptor will announce.
    var wantsAnotherTurn: Bool { self.asking == nil && !self.requests.isEmpty }
}
