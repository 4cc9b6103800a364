import AdminAPI
import Glibc

/// What commands read from files and from standard input.
enum Inputs {
    /// The whole of a file. Throws `CommandFailure`.
    static func file(_ path: String, limit: Int = 1 << 40) throws -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw Self.failure(path) }
        defer { close(descriptor) }
        return try Self.readAll(descriptor, name: path, limit: limit)
    }

    /// OpenSSH public key lines of a file such as `id_ed25519.pub`, `authorized_keys` or `known_hosts`, as
    /// `type base64 [comment]`. Throws `CommandFailure` when there is none.
    static func publicKeys(_ path: String) throws -> [String] {
        let text = String(decoding: try Self.file(path, limit: AdminJSON.maximumRequestBytes), as: UTF8.self)
        guard !text.contains("PRIVATE KEY-----") else {
            throw CommandFailure(
                "\(path) is a private key", hint: "give the public one, usually \(path).pub", status: .usage)
        }
        let lines = text.split(whereSeparator: \.isNewline).map(\.trimmed).filter { !$0.isEmpty && !$0.hasPrefix("#") }
        guard !lines.isEmpty else {
            throw CommandFailure("\(path) holds no public key", status: .usage)
        }
        return lines.map(Self.withoutHost)
    }

    /// `known_hosts` lines begin with the names of the host.
    private static func withoutHost(_ line: String) -> String {
        let words = line.split(separator: " ", maxSplits: 1)
        guard words.count == 2, !["ssh-", "ecdsa-", "sk-"].contains(where: line.hasPrefix),
            ["ssh-", "ecdsa-", "sk-"].contains(where: words[1].trimmed.hasPrefix)
        else { return line }
        return words[1].trimmed
    }

    /// A password from standard input, without the newline at its end. Asks without echo on a terminal.
    static func password(asking prompt: String = "password: ") throws -> SecretField {
        var bytes = isatty(STDIN_FILENO) == 1 ? try Self.typedPassword(prompt) : try Self.pipedPassword()
        if bytes.last == UInt8(ascii: "\n") { bytes.removeLast() }
        if bytes.last == UInt8(ascii: "\r") { bytes.removeLast() }
        guard !bytes.isEmpty else { throw CommandFailure("the password is empty", status: .usage) }
        guard !bytes.contains(where: { $0 == 0 || $0 == UInt8(ascii: "\n") }) else {
            throw CommandFailure("the password has more than one line", status: .usage)
        }
        return SecretField(bytes)
    }

    private static func pipedPassword() throws -> [UInt8] {
        try Self.readAll(STDIN_FILENO, name: "standard input", limit: 4096)
    }

    private static func typedPassword(_ prompt: String) throws -> [UInt8] {
        var original = termios()
        guard tcgetattr(STDIN_FILENO, &original) == 0 else { throw Self.failure("the terminal") }
        var quiet = original
        // Without signals, so that no interrupt leaves the terminal without echo; Ctrl-C comes as a byte.
        quiet.c_lflag &= ~tcflag_t(ECHO | ISIG)
        StandardError.write(prompt)
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet)
        defer {
            tcsetattr(STDIN_FILENO, TCSAFLUSH, &original)
            StandardError.line("")
        }
        var line = [UInt8](repeating: 0, count: 4096)
        let count = line.withUnsafeMutableBytes { read(STDIN_FILENO, $0.baseAddress, $0.count) }
        guard count > 0, !line[..<count].contains(3) else { throw CommandFailure("interrupted") }
        return Array(line[..<count])
    }

    private static func readAll(_ descriptor: Int32, name: String, limit: Int) throws -> [UInt8] {
        var result: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 64 * 1024)
        while true {
            let count = buffer.withUnsafeMutableBytes { read(descriptor, $0.baseAddress, $0.count) }
            if count == 0 { return result }
            guard count > 0 else {
                if errno == EINTR { continue }
                throw Self.failure(name)
            }
            guard result.count + count <= limit else {
                throw CommandFailure("\(name) is larger than \(Display.size(UInt64(limit)))", status: .usage)
            }
            result += buffer[..<count]
        }
    }

    private static func failure(_ name: String) -> CommandFailure {
        CommandFailure("cannot read \(name): \(String(cString: strerror(errno)).lowercased())")
    }
}
