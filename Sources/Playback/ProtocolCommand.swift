/// Commands that a program on the client's side starts to speak a protocol with: nobody reads their output.
public enum ProtocolCommand {
    /// The protocol that it speaks, such as `rsync`; nil for a command whose output is for people, or that a shell may make more of.
    public static func label(_ command: [UInt8]) -> String? {
        guard !command.contains(where: { ";|&<>`$\n\r(){}".utf8.contains($0) }) else { return nil }
        let words = command.split(separator: UInt8(ascii: " ")).map { String(decoding: $0, as: UTF8.self) }
        guard let program = words.first?.split(separator: "/").last else { return nil }
        let options = words.dropFirst().prefix { $0.hasPrefix("-") }
        switch program {
        case "scp": return options.contains("-t") || options.contains("-f") ? "scp" : nil
        case "rsync": return words.dropFirst().first == "--server" ? "rsync" : nil
        case "git-upload-pack", "git-receive-pack", "git-upload-archive": return "git"
        case "sftp-server", "internal-sftp": return "sftp"
        default: return nil
        }
    }
}
