/// Tells letters from keys: what a terminal sends for cursor and function keys is no text.
struct KeystrokeClasses {
    private enum State { case ground, escape, sequence, application }
    private var state = State.ground

    /// `byte` prints where the terminal echoes; bytes of UTF-8 do.
    mutating func isText(_ byte: UInt8) -> Bool {
        switch self.state {
        case .ground:
            if byte == 0x1B { self.state = .escape }
            return byte >= 0x20 && byte != 0x7F
        case .escape:
            switch byte {
            case 0x1B: break
            case UInt8(ascii: "["): self.state = .sequence
            case UInt8(ascii: "O"): self.state = .application
            default:
                self.state = .ground
                // The Escape key and then a letter, as in vi.
                return byte >= 0x20 && byte != 0x7F
            }
            return false
        case .sequence:
            if !(0x20...0x3F).contains(byte) { self.state = .ground }
            return false
        case .application:
            self.state = .ground
            return false
        }
    }

    /// All of `bytes` are keys without text. Their state is kept if so.
    mutating func holdNoText(_ bytes: UnsafeRawBufferPointer) -> Bool {
        var trial = self
        for byte in bytes where trial.isText(byte) { return false }
        self = trial
        return true
    }

    /// Keys that end a line for the terminal or for the program: Enter, and the defaults of VEOF, VINTR, VQUIT and VSUSP
    /// (termios(3)).
    static func endsLine(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x0A, 0x0D, 0x03, 0x04, 0x1A, 0x1C: true
        default: false
        }
    }
}
