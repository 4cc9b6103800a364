/// Secrets on a channel without a terminal, where nothing echoes: only the program's question, or a command that is
/// known to read a password from its input, tells that a line is one.
struct PipedSecrets {
    /// The channel carries a protocol between programs.
    var isProtocol = false
    private var expectsSecret = false
    /// The last line of output, which has no end yet.
    private var line: [UInt8] = []

    /// Bytes of output that a question is looked for in.
    private static let lineBytes = 160
    /// Words after `sudo` among which its options are looked for.
    private static let optionWords = 8

    /// The client asked for `command`. `sudo -S` reads its password from the first line of input.
    mutating func asked(for command: [UInt8]) {
        self.expectsSecret = self.expectsSecret || Self.readsPassword(command)
    }

    static func readsPassword(_ command: [UInt8]) -> Bool {
        let words = command.split { " \t\n'\"();|&".utf8.contains($0) }
        for (index, word) in words.enumerated()
        where word.split(separator: UInt8(ascii: "/")).last == Array("sudo".utf8)[...] {
            for option in words[(index + 1)...].prefix(Self.optionWords) where option.first == UInt8(ascii: "-") {
                if option.elementsEqual("--stdin".utf8) { return true }
                if option.dropFirst().first != UInt8(ascii: "-"), option.contains(UInt8(ascii: "S")) { return true }
            }
        }
        return false
    }

    /// The program wrote `output`.
    mutating func heard(_ output: UnsafeRawBufferPointer) {
        guard !self.isProtocol else { return }
        let last = output.suffix(Self.lineBytes)
        if let end = last.lastIndex(of: 0x0A) {
            self.line.removeAll(keepingCapacity: true)
            self.line += last[(end + 1)...]
        } else {
            self.line += last
        }
        if self.line.count > Self.lineBytes { self.line.removeFirst(self.line.count - Self.lineBytes) }
    }

    /// How many of the next input's first bytes belong to a secret.
    mutating func secretPrefix(of input: UnsafeRawBufferPointer) -> Int {
        guard !self.isProtocol else { return 0 }
        if !self.line.isEmpty {
            self.expectsSecret = self.expectsSecret || KeystrokeQuestion.asksForSecret(self.line)
            self.line.removeAll(keepingCapacity: true)
        }
        guard self.expectsSecret else { return 0 }
        guard let end = input.firstIndex(of: 0x0A) else { return input.count }
        self.expectsSecret = false
        return end + 1
    }
}
