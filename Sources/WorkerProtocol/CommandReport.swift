/// A command, or a line at a shell, that fits a rule of the session's grants. The worker has done with it what the rule
/// says: the rest is the broker's.
public struct CommandReport: Hashable, Sendable {
    /// The worker's own, from 1 on.
    public var number: UInt32
    /// Its place in ``TargetOpening/commandRules``, from 0 on.
    public var rule: UInt32
    /// The command, or the line as the terminal shows it: at most ``WireLimits/command`` bytes, of any content.
    public var line: [UInt8]
    /// A command of its own (RFC 4254 section 6.5, `exec`), not a line at a shell.
    public var isCommand: Bool

    public init(number: UInt32, rule: UInt32, line: [UInt8], isCommand: Bool) {
        self.number = number
        self.rule = rule
        self.line = line
        self.isCommand = isCommand
    }
}

extension CommandReport {
    func write(to writer: inout WireWriter) {
        writer.write(self.number)
        writer.write(self.rule)
        writer.write(self.line)
        writer.write(UInt8(self.isCommand ? 1 : 0))
    }

    init(from reader: inout WireReader) throws(WireError) {
        self.number = try reader.read(UInt32.self)
        self.rule = try reader.read(UInt32.self)
        self.line = try reader.read(limit: WireLimits.command)
        let kind = try reader.read(UInt8.self)
        guard kind <= 1 else { throw .unknownKind }
        self.isCommand = kind == 1
    }
}
