import AdminAPI
import Glibc

/// Data for the user or the next program.
enum StandardOutput {
    static func write(_ bytes: [UInt8]) {
        writeAll(bytes, to: STDOUT_FILENO)
    }

    static func text(_ text: String) {
        self.write(Array(text.utf8))
    }

    static func line(_ text: String) {
        self.text(text + "\n")
    }

    /// One line of JSON.
    static func json(_ value: some Encodable) throws {
        self.write(try AdminJSON.encode(value) + [UInt8(ascii: "\n")])
    }

    static var isTerminal: Bool { isatty(STDOUT_FILENO) == 1 }
}

/// Words about the run.
enum StandardError {
    static func write(_ text: String) {
        writeAll(Array(text.utf8), to: STDERR_FILENO)
    }

    static func line(_ text: String) {
        self.write(Printable.line(text) + "\n")
    }
}

/// Ends the process when the bytes cannot be written: as SIGPIPE would for a closed pipe, else with exit code 1.
private func writeAll(_ bytes: [UInt8], to descriptor: Int32) {
    var remaining = bytes[...]
    while !remaining.isEmpty {
        let written = remaining.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
        if written >= 0 {
            remaining = remaining.dropFirst(written)
        } else if errno == EPIPE {
            // The networking library ignores the signal for the whole process.
            signal(SIGPIPE, SIG_DFL)
            raise(SIGPIPE)
        } else if errno == EAGAIN {
            var waiting = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
            _ = poll(&waiting, 1, -1)
        } else if errno != EINTR {
            exit(ExitStatus.failed.rawValue)
        }
    }
}

/// Makes text harmless for a terminal.
enum Printable {
    /// `text` with every control and formatting character written out, so that it stays on its line.
    static func line(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse:
                result += "\\u{\(String(scalar.value, radix: 16))}"
            default:
                result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}
