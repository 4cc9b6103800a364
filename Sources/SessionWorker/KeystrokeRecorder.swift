import RecordingFormat
import SSHTransport
import WorkerProtocol

/// Puts one channel's input into the recording, as far as the grant's keystroke policy lets it.
///
/// Terminal and program are the first that the target accepts: servers refuse what a client asks for later, and asking
/// alone must not end the masking of what runs.
struct KeystrokeRecorder {
    /// Set before the first byte is noted.
    var policy = KeystrokePolicy.maskSecrets
    private let channel: UInt32
    /// Of a channel with a terminal.
    private var masker: KeystrokeMasker?
    /// Of a channel without one.
    private var pipe = PipedSecrets()
    private var hasTerminal = false
    private var hasStarted = false

    init(channel: UInt32) { self.channel = channel }

    /// Learns what may have to be masked as the client asks for it: the first bytes may overtake the answer.
    mutating func received(_ request: ChannelRequest.Kind) {
        switch request {
        case .pty(_, let columns, let rows, _, _, _): self.expectTerminal(columns: columns, rows: rows)
        case .windowChange(let columns, let rows, _, _): self.masker?.resize(columns: columns, rows: rows)
        case .exec(let command) where !self.hasStarted: self.pipe.asked(for: command)
        case .environment, .exec, .shell, .subsystem, .signal, .breakSignal, .agentForwarding, .x11, .other, .malformed:
            break
        }
    }

    /// The target, or the gateway, has answered.
    mutating func answered(
        _ request: ChannelRequest.Kind, _ outcome: RequestOutcome, on tap: RecordingTap
    ) throws(RecordingTap.Failure) {
        switch request {
        case .pty(_, let columns, let rows, _, _, _):
            guard !self.hasTerminal else { return }
            self.hasTerminal = outcome != .refused
            if self.hasTerminal { return self.expectTerminal(columns: columns, rows: rows) }
            try self.finish(on: tap)
            self.masker = nil
        case .shell, .exec, .subsystem:
            // Of one that is untold nobody knows whether it runs, so it ends no masking.
            guard outcome == .granted, !self.hasStarted else { return }
            self.hasStarted = true
            if case .subsystem = request { self.pipe.isProtocol = true }
        case .environment, .windowChange, .signal, .breakSignal, .agentForwarding, .x11, .other, .malformed: break
        }
    }

    private mutating func expectTerminal(columns: UInt32, rows: UInt32) {
        // What a masker has withheld would be lost with it.
        guard self.masker == nil else { return }
        var masker = KeystrokeMasker()
        masker.resize(columns: columns, rows: rows)
        self.masker = masker
    }

    mutating func noteInput(_ bytes: UnsafeRawBufferPointer, on tap: RecordingTap) throws(RecordingTap.Failure) {
        guard !bytes.isEmpty else { return }
        switch self.policy {
        case .all: try tap.note(bytes, channel: self.channel, track: .input)
        case .none: try tap.noteWithheld(bytes.count, channel: self.channel)
        case .maskSecrets:
            guard self.masker != nil else { return try self.notePiped(bytes, on: tap) }
            switch self.masker?.typed(bytes, at: tap.now) {
            case .plain?:
                try self.noteVerdicts(on: tap)
                try tap.note(bytes, channel: self.channel, track: .input)
            case .withheld?, nil:
                try tap.noteWithheld(bytes.count, channel: self.channel)
                try self.noteVerdicts(on: tap)
            }
        }
    }

    private mutating func notePiped(_ bytes: UnsafeRawBufferPointer, on tap: RecordingTap) throws(RecordingTap.Failure)
    {
        let secret = self.pipe.secretPrefix(of: bytes)
        if secret > 0 {
            try tap.noteWithheld(secret, channel: self.channel)
            try tap.note(.masked(bytes: UInt64(secret)), channel: self.channel)
        }
        try tap.note(UnsafeRawBufferPointer(rebasing: bytes[secret...]), channel: self.channel, track: .input)
    }

    /// Hears what the program wrote, after it was noted.
    mutating func noteOutput(
        _ output: UnsafeRawBufferPointer, errors: UnsafeRawBufferPointer, on tap: RecordingTap
    ) throws(RecordingTap.Failure) {
        guard self.policy == .maskSecrets else { return }
        if self.masker == nil {
            self.pipe.heard(output)
            self.pipe.heard(errors)
            return
        }
        if !output.isEmpty { self.masker?.shown(output, at: tap.now) }
        if !errors.isEmpty { self.masker?.shown(errors, at: tap.now) }
        try self.noteVerdicts(on: tap)
    }

    /// Decides on what is still withheld. Before the channel's close is noted.
    mutating func finish(on tap: RecordingTap) throws(RecordingTap.Failure) {
        self.masker?.finish()
        try self.noteVerdicts(on: tap)
    }

    private mutating func noteVerdicts(on tap: RecordingTap) throws(RecordingTap.Failure) {
        for verdict in self.masker?.takeVerdicts() ?? [] {
            switch verdict {
            case .revealed(let bytes): try tap.note(.revealed(bytes), channel: self.channel)
            case .masked(let count): try tap.note(.masked(bytes: UInt64(count)), channel: self.channel)
            }
        }
    }
}
