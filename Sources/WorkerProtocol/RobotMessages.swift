/// What a robot needs to begin with: a worker without a user's side, through which the gateway itself runs programs on
/// a target. The target and the recording come with `targetOpened`, as for any session.
public struct RobotStart: Hashable, Sendable {
    /// As in ``Welcome``.
    public var userID: UInt32
    public var groupID: UInt32

    public init(userID: UInt32, groupID: UInt32) {
        self.userID = userID
        self.groupID = groupID
    }
}

/// A program that a robot is to start on its target. One at a time.
public struct ProgramRequest: Hashable, Sendable {
    /// For the account's shell, as an SSH client sends it (RFC 4254 section 6.5). At most
    /// ``WireLimits/programCommand`` bytes; in the recording, so no place for secrets.
    public var command: [UInt8]
    /// On a terminal that echoes nothing, for programs that ask for passwords.
    public var wantsTerminal: Bool

    public init(command: [UInt8], wantsTerminal: Bool = false) {
        self.command = command
        self.wantsTerminal = wantsTerminal
    }
}

/// How a robot's program ended.
public enum ProgramOutcome: Hashable, Sendable {
    case exited(UInt32)
    /// Signal name without the `SIG` prefix.
    case signalled(name: [UInt8])
    /// The target starts no channel, terminal or program.
    case refused
    /// The channel has closed without an end of the program.
    case lost
    /// It said more than ``WireLimits/programOutput`` bytes, and was ended.
    case tooLong
}

/// Which of a program's outputs.
public enum ProgramStream: UInt8, Hashable, Sendable, CaseIterable {
    case output = 0
    case errors = 1
}

extension WireLimits {
    /// Longest command line of a robot, in bytes.
    public static let programCommand = 16 * 1024
    /// Longest piece of a program's input or output in one message, in bytes.
    public static let programPiece = 16 * 1024
    /// Most that one program may say on both of its outputs, in bytes.
    public static let programOutput = 1024 * 1024
}

extension ProgramOutcome {
    func write(to writer: inout WireWriter) {
        switch self {
        case .exited(let status):
            writer.write(UInt8(1))
            writer.write(status)
        case .signalled(let name):
            writer.write(UInt8(2))
            writer.write(name)
        case .refused: writer.write(UInt8(3))
        case .lost: writer.write(UInt8(4))
        case .tooLong: writer.write(UInt8(5))
        }
    }

    init(from reader: inout WireReader) throws(WireError) {
        switch try reader.read(UInt8.self) {
        case 1: self = .exited(try reader.read(UInt32.self))
        case 2: self = .signalled(name: try reader.read(limit: WireLimits.text))
        case 3: self = .refused
        case 4: self = .lost
        case 5: self = .tooLong
        default: throw .unknownKind
        }
    }
}

extension ProgramRequest {
    func write(to writer: inout WireWriter) {
        writer.write(self.command)
        writer.write(UInt8(self.wantsTerminal ? 1 : 0))
    }

    init(from reader: inout WireReader) throws(WireError) {
        self.command = try reader.read(limit: WireLimits.programCommand)
        let terminal = try reader.read(UInt8.self)
        guard terminal <= 1 else { throw .unknownKind }
        self.wantsTerminal = terminal == 1
    }
}
