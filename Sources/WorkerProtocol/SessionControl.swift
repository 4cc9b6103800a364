/// What people other than the admin do to a session while it runs. Names and texts are UTF-8, for people.
public enum SessionControl: Hashable, Sendable {
    /// From now on nothing of the admin's goes to the target; what the target shows still goes to the admin.
    case lock(by: [UInt8], reason: [UInt8])
    case unlock(by: [UInt8])
    /// A line on the admin's terminals. With `mustAcknowledge` the session is as if locked until Enter is pressed there.
    case message(from: [UInt8], text: [UInt8], mustAcknowledge: Bool)
    /// Somebody begins, or has ceased, to watch. With `isShown` the admin is told.
    case watcherJoined(name: [UInt8], isShown: Bool)
    case watcherLeft(name: [UInt8], isShown: Bool)
    /// Input is held for want of a supervisor: as with a lock nothing goes to the target, but programs that are asked for
    /// wait instead of being refused. A session whose ``TargetOpening/heldBecause`` says so begins like this.
    case hold(reason: [UInt8])
    case release(by: [UInt8])
    /// A supervisor's word, or that of time, on a command that waits: the number is that of its ``CommandReport``.
    case decide(command: UInt32, approved: Bool, by: [UInt8])
    /// Keys of somebody who has joined, for the terminal that was opened last.
    case typed(by: [UInt8], keys: [UInt8])
}

/// What has become of a ``SessionControl``. It is in the recording by then, and in force.
public enum ControlOutcome: UInt8, Hashable, Sendable, CaseIterable {
    case done = 1
    /// It was so already.
    case unchanged = 2
    /// No terminal is there to show a message on.
    case noTerminal = 3
    /// Keys went nowhere: the session is locked, or held.
    case dropped = 4
}

extension SessionControl {
    private enum Kind: UInt8 {
        case lock = 1
        case unlock, message, messageToAcknowledge
        case watcherJoined, watcherJoinedUnseen, watcherLeft, watcherLeftUnseen, hold, release, approve, deny, typed
    }

    func write(to writer: inout WireWriter) {
        let (kind, first, second): (Kind, [UInt8], [UInt8]) =
            switch self {
            case .lock(let by, let reason): (.lock, by, reason)
            case .unlock(let by): (.unlock, by, [])
            case .message(let from, let text, let must): (must ? .messageToAcknowledge : .message, from, text)
            case .watcherJoined(let name, let isShown): (isShown ? .watcherJoined : .watcherJoinedUnseen, name, [])
            case .watcherLeft(let name, let isShown): (isShown ? .watcherLeft : .watcherLeftUnseen, name, [])
            case .hold(let reason): (.hold, reason, [])
            case .release(let by): (.release, by, [])
            case .decide(let command, let approved, let by):
                (approved ? .approve : .deny, by, (0..<4).map { UInt8(truncatingIfNeeded: command >> ($0 * 8)) })
            case .typed(let by, let keys): (.typed, by, keys)
            }
        writer.write(kind.rawValue)
        writer.write(first)
        writer.write(second)
    }

    init(from reader: inout WireReader) throws(WireError) {
        guard let kind = Kind(rawValue: try reader.read(UInt8.self)) else { throw .unknownKind }
        let first = try reader.read(limit: WireLimits.text)
        let second = try reader.read(limit: WireLimits.text)
        func command() throws(WireError) -> UInt32 {
            guard second.count == 4 else { throw .truncated }
            return second.reversed().reduce(0) { $0 << 8 | UInt32($1) }
        }
        self =
            switch kind {
            case .lock: .lock(by: first, reason: second)
            case .unlock: .unlock(by: first)
            case .message: .message(from: first, text: second, mustAcknowledge: false)
            case .messageToAcknowledge: .message(from: first, text: second, mustAcknowledge: true)
            case .watcherJoined: .watcherJoined(name: first, isShown: true)
            case .watcherJoinedUnseen: .watcherJoined(name: first, isShown: false)
            case .watcherLeft: .watcherLeft(name: first, isShown: true)
            case .watcherLeftUnseen: .watcherLeft(name: first, isShown: false)
            case .hold: .hold(reason: first)
            case .release: .release(by: first)
            case .approve: .decide(command: try command(), approved: true, by: first)
            case .deny: .decide(command: try command(), approved: false, by: first)
            case .typed: .typed(by: first, keys: second)
            }
    }
}
