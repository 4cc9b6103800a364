import CPlatform
import RecordingFormat
import SSHTransport
import WorkerProtocol

/// One program of a robot, on a channel of its own. As everywhere: what arrives and what is to go on is noted, then
/// flushed, then sent.
final class ProgramRun {
    private enum Input {
        case plain([UInt8])
        case secret(LockedPassword)
        case end
    }

    /// Number in the recording.
    private let number: UInt32
    private let end: ChannelEnd
    private let broker: BrokerLink
    private var isOpening = true
    /// Still to be asked of the target, oldest first.
    private var requests: [ChannelRequest]
    private var isRequestNoted = false
    /// Nothing more is asked: the program runs, or never will.
    private var hasStarted = false
    private var isRefused = false
    /// From the broker, not noted yet.
    private var arrived: [Input] = []
    /// In the recording, on its way to the target.
    private var recorded: [Input] = []
    private var outgoing = StreamBuffer()
    private var isInputOver = false
    private var scrubbers = [SecretScrubber(), SecretScrubber()]
    /// In the recording, on its way to the broker.
    private var said: [(ProgramStream, [UInt8])] = []
    private var saidBytes = 0
    private var isTooLong = false
    private var isEndingNoted = false
    private var isClosedNoted = false
    /// Set once the broker may be told how it ended.
    private(set) var outcome: ProgramOutcome?

    /// - parameter end: fresh from the leg; its opening begins here.
    init(_ request: ProgramRequest, number: UInt32, on leg: ClientLeg, _ end: ChannelEnd, broker: BrokerLink) {
        self.number = number
        self.end = end
        self.broker = broker
        self.requests = (request.wantsTerminal ? [.terminalWithoutEcho()] : []) + [.exec(request.command)]
        leg.beginOpening(end, as: Array("session".utf8))
    }

    func received(input: [UInt8]) { self.arrived.append(.plain(input)) }
    func received(secret: LockedPassword) { self.arrived.append(.secret(secret)) }
    func receivedInputEnd() { self.arrived.append(.end) }

    /// Something waits that no descriptor will announce.
    var wantsAnotherTurn: Bool {
        guard self.outcome == nil else { return true }
        return self.end.hasFetchableLeftover || self.end.hasNews
            || self.end.data.unrecorded.count + self.end.stderr.unrecorded.count > 0
            || (self.hasStarted && !self.arrived.isEmpty)
            || (!self.isOpening && !self.isRequestNoted && !self.hasStarted)
            || (self.end.ending != nil && !self.isEndingNoted) || (self.end.hasReceivedClose && !self.isClosedNoted)
    }

    // MARK: First half: write down

    func note(on tap: RecordingTap, _ secrets: inout SentSecrets) throws(RecordingTap.Failure) {
        if self.isOpening { return }
        if !self.hasStarted, !self.isRequestNoted, let request = self.requests.first {
            self.isRequestNoted = true
            try tap.note(.request(request.recorded), channel: self.number)
        }
        for request in self.end.takeRequests() { request.refuse() }
        if self.hasStarted { try self.noteInput(on: tap, &secrets) }
        self.end.fetchLeftover()
        try self.noteOutput(on: tap, secrets)
        if let ending = self.end.ending, !self.isEndingNoted {
            self.isEndingNoted = true
            switch ending {
            case .status(let status): try tap.note(.exitStatus(status), channel: self.number)
            case .signal(let name, let coreDumped, let message, _):
                try tap.note(.exitSignal(name: name, coreDumped: coreDumped, message: message), channel: self.number)
            }
        }
        if self.end.hasReceivedClose, self.end.isFetched { try self.noteClosed(on: tap) }
    }

    private func noteInput(on tap: RecordingTap, _ secrets: inout SentSecrets) throws(RecordingTap.Failure) {
        for input in self.arrived {
            switch input {
            case .plain(let bytes): try tap.note(copied: bytes, channel: self.number, track: .input)
            case .secret(let secret):
                secrets.add(secret)
                let count = secret.copy.count
                try tap.noteWithheld(count, channel: self.number)
                try tap.note(.masked(bytes: UInt64(count)), channel: self.number)
            case .end: try tap.note(.endOfFile(.toTarget), channel: self.number)
            }
        }
        self.recorded += self.arrived
        self.arrived.removeAll()
    }

    private func noteOutput(on tap: RecordingTap, _ secrets: SentSecrets) throws(RecordingTap.Failure) {
        let isLast = self.end.hasReceivedEndOfFile && self.end.isFetched
        for stream in ProgramStream.allCases {
            let bytes: [UInt8]
            switch stream {
            case .output:
                bytes = Array(self.end.data.unrecorded)
                self.end.data.take(unrecorded: bytes.count)
            case .errors:
                bytes = Array(self.end.stderr.unrecorded)
                self.end.stderr.take(unrecorded: bytes.count)
            }
            guard !bytes.isEmpty || isLast else { continue }
            let parts = self.scrubbers[Int(stream.rawValue)].received(bytes, secrets: secrets.bytes, isLast: isLast)
            for part in parts { try self.note(part, of: stream, on: tap) }
        }
    }

    private func note(
        _ part: SecretScrubber.Part, of stream: ProgramStream, on tap: RecordingTap
    ) throws(RecordingTap.Failure) {
        if part.isSecret {
            try tap.noteOmitted(part.bytes.count, .toClient, channel: self.number)
        } else {
            try tap.note(copied: part.bytes, channel: self.number, track: stream == .output ? .output : .stderr)
        }
        self.saidBytes += part.bytes.count
        guard self.saidBytes <= WireLimits.programOutput else {
            self.isTooLong = true
            return
        }
        self.said.append((stream, part.bytes))
    }

    /// Once; also when the connection has ended under the program.
    func noteClosed(on tap: RecordingTap) throws(RecordingTap.Failure) {
        guard !self.isClosedNoted else { return }
        self.isClosedNoted = true
        try tap.note(.channelClosed, channel: self.number)
    }

    // MARK: Second half: send on

    func forward(on leg: ClientLeg, tap: RecordingTap) throws(RecordingTap.Failure) {
        try self.advanceOpening(on: leg, tap)
        try self.ask(tap)
        if self.hasStarted, !self.isRefused { self.sendInput() }
        for (stream, bytes) in self.said {
            for start in stride(from: 0, to: bytes.count, by: WireLimits.programPiece) {
                let piece = bytes[start..<min(start + WireLimits.programPiece, bytes.count)]
                self.broker.send(.programOutput(stream, Array(piece)))
            }
        }
        self.said.removeAll()
        if self.isTooLong { self.end.sendClose() }
        // A connection that is over brings no close any more.
        guard self.isClosedNoted || leg.isOver, self.outcome == nil else { return }
        try self.noteClosed(on: tap)
        self.end.sendClose()
        self.outcome = self.judgement
    }

    private var judgement: ProgramOutcome {
        if self.isTooLong { return .tooLong }
        if self.isRefused { return .refused }
        switch self.end.ending {
        case .status(let status): return .exited(status)
        case .signal(let name, _, _, _): return .signalled(name: Array(name.prefix(WireLimits.text)))
        case nil: return .lost
        }
    }

    private func advanceOpening(on leg: ClientLeg, _ tap: RecordingTap) throws(RecordingTap.Failure) {
        guard self.isOpening else { return }
        switch leg.awaitOpening(self.end) {
        case .wouldBlock: break
        case .done: self.isOpening = false
        case .failed:
            self.isOpening = false
            try self.refuse(tap)
        }
    }

    private func ask(_ tap: RecordingTap) throws(RecordingTap.Failure) {
        guard !self.isOpening, !self.hasStarted, self.isRequestNoted, let request = self.requests.first else { return }
        let isAccepted: Bool
        switch self.end.pass(request) {
        case .wouldBlock: return
        case .done: isAccepted = true
        case .failed: isAccepted = false
        }
        try tap.note(.requestAnswered(accepted: isAccepted), channel: self.number)
        self.requests.removeFirst()
        self.isRequestNoted = false
        guard isAccepted else { return try self.refuse(tap) }
        self.hasStarted = self.requests.isEmpty
    }

    private func refuse(_ tap: RecordingTap) throws(RecordingTap.Failure) {
        self.isRefused = true
        self.hasStarted = true
        self.end.sendClose()
        try self.noteClosed(on: tap)
    }

    /// One part after the other: a secret leaves no copy behind in the buffer.
    private func sendInput() {
        while true {
            if !self.outgoing.isEmpty {
                _ = self.end.send(&self.outgoing, on: .data)
                guard self.outgoing.isEmpty else { return }
                self.outgoing.wipeStorage()
            }
            guard !self.recorded.isEmpty else { break }
            switch self.recorded.removeFirst() {
            case .plain(let bytes): self.outgoing.append(own: bytes)
            case .secret(let secret):
                var bytes = secret.copy
                self.outgoing.append(own: bytes)
                bytes.withUnsafeMutableBytes { if let start = $0.baseAddress { sp_wipe(start, $0.count) } }
            case .end: self.isInputOver = true
            }
        }
        if self.isInputOver { self.end.sendEndOfFile() }
    }
}

extension RecordingTap {
    /// As ``note(_:channel:track:)``, of bytes that are the caller's.
    fileprivate func note(copied bytes: [UInt8], channel: UInt32, track: Track) throws(Failure) {
        let failure = bytes.withUnsafeBytes { buffer -> Failure? in
            do throws(Failure) {
                try self.note(buffer, channel: channel, track: track)
                return nil
            } catch {
                return error
            }
        }
        if let failure { throw failure }
    }
}
