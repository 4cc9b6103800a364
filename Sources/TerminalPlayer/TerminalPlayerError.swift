/// Why a player or a live view could not begin.
public enum TerminalPlayerError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Standard output is not a terminal.
    case outputIsNotATerminal
    /// There is no terminal to read keys from; the system's reason.
    case noTerminal(reason: String)

    public var description: String {
        switch self {
        case .outputIsNotATerminal: "standard output is not a terminal, which a full-screen view needs"
        case .noTerminal(let reason): "no terminal to read keys from: \(reason)"
        }
    }
}

/// How a full-screen view came to its end. The terminal is as it was before.
public enum ViewEnding: Hashable, Sendable {
    /// The viewer left.
    case quit
    /// A signal asked the process to end; the caller should end by it, or with 128 plus its number.
    case signal(CInt)
}
