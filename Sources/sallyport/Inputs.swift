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

    /// The whole of standard input. Throws `CommandFailure`.
    static func standardInput(limit: Int) throws -> [UInt8] {
        try Self.readAll(STDIN_FILENO, name: "standard input", limit: limit)
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
        try Self.line(
            of: "password",
            isatty(STDIN_FILENO) == 1 ? try Self.typed(prompt, on: STDIN_FILENO) : try Self.pipedPassword())
    }

    /// The same, under another name.
    static func secret(called name: String) throws -> SecretField {
        try Self.line(
            of: name,
            isatty(STDIN_FILENO) == 1
                ? try Self.typed("\(name): ", on: STDIN_FILENO) : try Self.pipedPassword())
    }

    /// A passphrase from standard input, without the newline at its end.
    static func passphrase() throws -> SecretField { try Self.line(of: "passphrase", try Self.pipedPassword()) }

    /// Asks on the terminal of this process, without echo, wherever the standard streams lead. Nil without a terminal.
    static func passphraseOnTerminal(of file: String) throws -> SecretField? {
        let terminal = open("/dev/tty", O_RDWR | O_CLOEXEC)
        guard terminal >= 0 else { return nil }
        defer { close(terminal) }
        let question = "passphrase of \(Printable.line(file)): "
        return try Self.line(of: "passphrase", try Self.typed(question, on: terminal))
    }

    private static func line(of what: String, _ input: [UInt8]) throws -> SecretField {
        var bytes = input
        if bytes.last == UInt8(ascii: "\n") { bytes.removeLast() }
        if bytes.last == UInt8(ascii: "\r") { bytes.removeLast() }
        guard !bytes.isEmpty else { throw CommandFailure("the \(what) is empty", status: .usage) }
        guard !bytes.contains(where: { $0 == 0 || $0 == UInt8(ascii: "\n") }) else {
            throw CommandFailure("the \(what) has more than one line", status: .usage)
        }
        return SecretField(bytes)
    }

    private static func pipedPassword() throws -> [UInt8] {
        try Self.readAll(STDIN_FILENO, name: "standard input", limit: 4096)
    }

    /// A new passphrase, asked for twice without echo. Needs a terminal.
    static func newPassphrase() throws -> SecretField {
        guard isatty(STDIN_FILENO) == 1 else {
            throw CommandFailure(
                "there is no terminal to ask for a passphrase", hint: "use --passphrase-stdin", status: .usage)
        }
        let first = try Self.typed("new passphrase: ", on: STDIN_FILENO)
        guard try Self.typed("once more: ", on: STDIN_FILENO) == first else {
            throw CommandFailure("the two passphrases differ", hint: "nothing was changed: try again")
        }
        return SecretField(first.last == UInt8(ascii: "\n") ? first.dropLast() : first)
    }

    private static func typed(_ question: String, on terminal: Int32) throws -> [UInt8] {
        var original = termios()
        guard tcgetattr(terminal, &original) == 0 else { throw Self.failure("the terminal") }
        var quiet = original
        // Without signals, so that no interrupt leaves the terminal without echo; Ctrl-C comes as a byte.
        quiet.c_lflag &= ~tcflag_t(ECHO | ISIG)
        tcsetattr(terminal, TCSAFLUSH, &quiet)
        // Where it is typed: standard error may lead elsewhere.
        _ = Array(question.utf8).withUnsafeBytes { write(terminal, $0.baseAddress, $0.count) }
        defer {
            tcsetattr(terminal, TCSAFLUSH, &original)
            _ = write(terminal, "\n", 1)
        }
        var line = [UInt8](repeating: 0, count: 4096)
        let count = line.withUnsafeMutableBytes { read(terminal, $0.baseAddress, $0.count) }
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

    /// Hands over a file (`-`: standard input) line by line, without the newlines. Throws `CommandFailure`, also for a
    /// line of more than `limit` bytes, and what `body` throws.
    static func lines(_ path: String, limit: Int, _ body: ([UInt8]) throws -> Void) throws {
        let isInput = path == "-"
        let descriptor = isInput ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw Self.failure(path) }
        defer { if !isInput { close(descriptor) } }
        var rest: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 64 * 1024)
        while true {
            let count = buffer.withUnsafeMutableBytes { read(descriptor, $0.baseAddress, $0.count) }
            if count == 0 { break }
            guard count > 0 else {
                if errno == EINTR { continue }
                throw Self.failure(path)
            }
            var lines = buffer[..<count].split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
            rest += lines.removeFirst()
            for next in lines {
                try body(rest)
                rest = Array(next)
            }
            guard rest.count <= limit else { throw CommandFailure("\(path) has a line that is too long") }
        }
        if !rest.isEmpty { try body(rest) }
    }

    private static func failure(_ name: String) -> CommandFailure {
        CommandFailure("cannot read \(name): \(String(cString: strerror(errno)).lowercased())")
    }
}
