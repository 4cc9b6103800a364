import RecordingFormat
import SSHTransport
import WorkerProtocol

/// What the target listens for on behalf of the client (RFC 4254 section 7.1): requests one after the other, since
/// their answers carry no name, and the addresses that are being listened at.
final class RemoteForwards {
    private struct Listener {
        var address: [UInt8]
        /// As the target chose it where the client let it.
        var boundPort: UInt32
        var allowsNestedSSH: Bool
    }

    private let reports: ChannelReports
    private var requests: [GlobalRequest] = []
    /// The oldest request is in the recording, with this verdict on it.
    private var asking: ForwardRules.Verdict?
    private var listeners: [Listener] = []

    /// Most requests that wait, and most addresses listened at.
    private static let limit = 256

    init(reports: ChannelReports) { self.reports = reports }

    func received(_ request: GlobalRequest) {
        guard request.kind != .other, self.requests.count < Self.limit else { return request.refuse() }
        self.requests.append(request)
    }

    /// Whether connections to this address were asked for, and if so, whether SSH may run inside.
    ///
    /// The port decides: a target may name the address in its own way.
    func verdict(on address: ForwardAddress) -> ForwardRules.Verdict {
        guard let listener = self.listeners.last(where: { $0.boundPort == address.port }) else { return .refused }
        return .permitted(nestedSSH: listener.allowsNestedSSH)
    }

    // MARK: First half: write down

    func note(on tap: RecordingTap, _ rules: ForwardRules, isPermitted: Bool) throws(RecordingTap.Failure) {
        guard self.asking == nil, let request = self.requests.first, let (name, address, port) = Self.parts(of: request)
        else { return }
        try tap.note(.request(.other(name: Array(name.utf8), payload: Self.payload(address, port))), channel: 0)
        if case .cancelForward = request.kind {
            let isKnown = self.listeners.contains { $0.address == address && $0.boundPort == port }
            self.asking = isKnown ? .permitted(nestedSSH: false) : .refused
        } else if !isPermitted {
            self.asking = .refused
        } else {
            self.asking = self.listeners.count < Self.limit ? rules.verdict(on: address, port, .remote) : .refused
        }
        if case .forward = request.kind, self.asking == .refused {
            self.reports.refused("remote-forward", place: ForwardKind.place(address, port), .notGranted)
        }
    }

    private static func parts(of request: GlobalRequest) -> (name: String, address: [UInt8], port: UInt32)? {
        switch request.kind {
        case .forward(let address, let port): ("tcpip-forward", address, port)
        case .cancelForward(let address, let port): ("cancel-tcpip-forward", address, port)
        case .other: nil
        }
    }

    /// The request's fields as the protocol writes them: a string behind its length, and a number, both big-endian.
    private static func payload(_ address: [UInt8], _ port: UInt32) -> [UInt8] {
        func number(_ value: UInt32) -> [UInt8] { withUnsafeBytes(of: value.bigEndian) { Array($0) } }
        return number(UInt32(address.count)) + address + number(port)
    }

    // MARK: Second half: send on

    func forward(to target: ClientLeg, tap: RecordingTap) throws(RecordingTap.Failure) {
        guard let verdict = self.asking, let request = self.requests.first else { return }
        guard case .permitted(let nestedSSH) = verdict else { return try self.answer(request, accepted: false, tap) }
        switch request.kind {
        case .forward(let address, let port):
            let (progress, bound) = target.listen(at: address, port: port)
            guard progress != .wouldBlock else { return }
            guard progress == .done else { return try self.answer(request, accepted: false, tap) }
            self.listeners.append(
                Listener(address: address, boundPort: UInt32(bound), allowsNestedSSH: nestedSSH))
            if port == 0 {
                let text = "the target chose port \(bound) for \(ForwardKind.place(address, port))"
                try tap.note(.marker(text: Array(text.utf8)), channel: 0)
            }
            try self.answer(request, accepted: true, boundPort: bound, tap)
        case .cancelForward(let address, let port):
            let progress = target.cancelListening(at: address, port: port)
            guard progress != .wouldBlock else { return }
            if progress == .done {
                self.listeners.removeAll { $0.address == address && $0.boundPort == port }
            }
            try self.answer(request, accepted: progress == .done, tap)
        case .other: try self.answer(request, accepted: false, tap)
        }
    }

    private func answer(
        _ request: GlobalRequest, accepted: Bool, boundPort: UInt16 = 0, _ tap: RecordingTap
    ) throws(RecordingTap.Failure) {
        self.requests.removeFirst()
        self.asking = nil
        try tap.note(.requestAnswered(accepted: accepted), channel: 0)
        if accepted { request.accept(boundPort: boundPort) } else { request.refuse() }
    }

    /// There is no target.
    func refuseAll() {
        for request in self.requests { request.refuse() }
        self.requests.removeAll()
        self.asking = nil
    }

    /// A request waits that no descriptor will announce.
    var wantsAnotherTurn: Bool { self.asking == nil && !self.requests.isEmpty }
}
