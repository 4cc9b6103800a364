import SSHTransport
import WorkerProtocol

/// Which kind of channel a request means, by the grant's words.
enum ChannelPermission {
    /// - returns: the missing kind, as people say it, or nil when the request is permitted.
    static func missing(for kind: ChannelRequest.Kind, in permitted: ChannelKinds) -> String? {
        switch kind {
        case .shell: return permitted.contains(.shell) ? nil : "shell"
        case .exec(let command):
            let needed: ChannelKinds = self.isCopy(command) ? .scp : .exec
            return permitted.contains(needed) ? nil : needed == .scp ? "scp" : "exec"
        case .subsystem(let name):
            let isSFTP = self.isSFTP(name)
            return permitted.contains(isSFTP ? .sftp : .exec)
                ? nil : isSFTP ? "sftp" : "subsystem \(SafeLine.text(name))"
        case .agentForwarding: return permitted.contains(.agent) ? nil : "agent"
        case .x11: return permitted.contains(.x11) ? nil : "x11"
        case .pty: return permitted.contains(.withoutTerminal) ? "terminal" : nil
        case .environment, .windowChange, .signal, .breakSignal, .other, .malformed: return nil
        }
    }

    /// The kind that a program is of; nil for a request that starts none.
    static func program(of kind: ChannelRequest.Kind) -> ChannelKinds? {
        switch kind {
        case .shell: .shell
        case .exec(let command): self.isCopy(command) ? .scp : .exec
        case .subsystem(let name): self.isSFTP(name) ? .sftp : .exec
        case .agentForwarding, .x11, .pty, .environment, .windowChange, .signal, .breakSignal, .other, .malformed: nil
        }
    }

    private static func isSFTP(_ name: [UInt8]) -> Bool { name == Array("sftp".utf8) }

    /// `scp -t` or `scp -f`, as scp itself starts it on the other side, and nothing behind it that a shell would run.
    static func isCopy(_ command: [UInt8]) -> Bool {
        let words = command.split(separator: UInt8(ascii: " "))
        guard words.first.map(Array.init) == Array("scp".utf8) else { return false }
        let options = words.dropFirst().prefix { $0.first == UInt8(ascii: "-") }
        guard options.contains(where: { $0.elementsEqual("-t".utf8) || $0.elementsEqual("-f".utf8) }) else {
            return false
        }
        return !command.contains { ";|&<>`$\n\r(){}".utf8.contains($0) }
    }
}

/// Bytes from the network in a line for people.
enum SafeLine {
    /// Printable ASCII; anything else becomes `?`.
    static func text(_ bytes: [UInt8]) -> String {
        String(decoding: bytes.prefix(200).map { (0x20..<0x7f).contains($0) ? $0 : UInt8(ascii: "?") }, as: UTF8.self)
    }
}
