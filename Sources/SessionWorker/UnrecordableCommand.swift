/// Commands that would take a session past the gateway, where nobody records it. A courtesy that says why the tool does
/// not work, not a guard: who wants to hide a command from it can.
enum UnrecordableCommand {
    /// Why this command is refused; nil if it is not one of them.
    static func refusal(of command: [UInt8]) -> String? {
        // mosh logs in once, starts this program, and goes on over UDP to the target itself.
        guard self.program(of: command) == Array("mosh-server".utf8) else { return nil }
        return "mosh leaves SSH for UDP, which can't be recorded: use ssh"
    }

    /// The name of the program that a shell would start, without its folder: behind assignments, quotes taken off.
    private static func program(of command: [UInt8]) -> [UInt8]? {
        let quotes: Set = [UInt8(ascii: "'"), UInt8(ascii: "\"")]
        let word = command.split(separator: UInt8(ascii: " ")).first { !$0.contains(UInt8(ascii: "=")) }
        return word?.filter { !quotes.contains($0) }.split(separator: UInt8(ascii: "/")).last.map { Array($0) }
    }
}
