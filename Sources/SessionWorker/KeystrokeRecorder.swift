import RecordingFormat
import SSHTransport
import WorkerProtocol

/// Puts one channel's input into the recording, as far as the grant's keystroke policy lets it.
struct KeystrokeRecorder {
    /// Set before the first byte is noted.
    var policy = KeystrokePolicy.maskSecrets
    private let channel: UInt32
    /// Of a channel with a terminal.
    private var masker: KeystrokeMasker?
    /// Of a channel without one.
    private var pipe = PipedSecrets()

    init(channel: UInt32) { self.channel = channel }

    /// Learns of terminals and commands from what the client asks for.
    mutating func received(_ request: ChannelRequest.Kind) {
        switch request {
        case .pty(_, let columns, let rows, _, _, _):
            var masker = KeystrokeMasker()
            masker.resize(columns: columns, rows: rows)
            self.masker = masker
        case .windowChange(let columns, let rows, _, _): self.masker?.resize(columns: columns, rows: rows)
        case .exec(let command): self.pipe.started(command)
        case .subsystem: self.pipe.isProtocol = true
        case .environment, .shell, .signal, .breakSignal, .agentForwarding, .x11, .other, .malformed: break
        }
    }

    /// There is no terminal after all.
    mutating func terminalRefused(on tap: RecordingTap) throws(RecordingTap.Failure) {
        try self.finish(on: tap)
        self.masker = nil
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
