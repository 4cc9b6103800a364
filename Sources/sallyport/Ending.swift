import AdminAPI
import ArgumentParser
import Glibc

/// Documented exit codes.
enum ExitStatus: Int32 {
    case ok = 0
    case failed = 1
    case usage = 2
    case denied = 3
    case verificationFailed = 4
}

/// A command that did not do what it was asked to, told in one line.
struct CommandFailure: Error {
    var status: ExitStatus
    /// Lower case, no full stop.
    var message: String
    var hint: String?
    /// What the gateway calls it, when it was the gateway that refused.
    var code: AdminError.Code?

    init(_ message: String, hint: String? = nil, status: ExitStatus = .failed) {
        self.status = status
        self.message = message
        self.hint = hint
    }
}

extension CommandFailure {
    init(_ error: AdminError) {
        let status: ExitStatus =
            switch error.code {
            case .invalidInput, .passphraseNeeded: .usage
            case .denied, .unauthenticated: .denied
            case .notFound, .conflict, .throttled, .failed, .unavailable: .failed
            }
        self.init(error.message, hint: error.hint, status: status)
        self.code = error.code
    }
}

/// How the process ends after an error, or after `--help`, which the parser also reports as one.
struct Ending {
    private var status: ExitStatus
    private var message: String
    private var hint: String?

    init(of error: any Error) {
        switch error {
        case let failure as CommandFailure:
            (self.status, self.message, self.hint) = (failure.status, failure.message, failure.hint)
        case let error as AdminError:
            let failure = CommandFailure(error)
            (self.status, self.message, self.hint) = (failure.status, failure.message, failure.hint)
        case is CancellationError:
            (self.status, self.message) = (.failed, "interrupted")
        default:
            if Sallyport.exitCode(for: error) == .success {
                (self.status, self.message) = (.ok, Sallyport.fullMessage(for: error))
            } else {
                self.status = .usage
                self.message = Self.oneLine(Sallyport.message(for: error))
                self.hint = "see sallyport --help, or --help after any command"
            }
        }
    }

    /// Prints to the right stream and gives the exit code.
    func report() -> Int32 {
        if self.status == .ok {
            StandardOutput.line(self.message)
        } else {
            StandardError.line("sallyport: error: \(self.message)")
            if let hint = self.hint { StandardError.line("hint: \(hint)") }
        }
        return self.status.rawValue
    }

    /// The parser's message in the form of all others.
    private static func oneLine(_ message: String) -> String {
        let line = message.split(whereSeparator: \.isNewline).map(\.trimmed).joined(separator: ". ")
        // The parser writes sentences.
        let sentences = line.split(separator: ". ").map { sentence in
            let isWord = sentence.dropFirst().first.map { !$0.isUppercase } ?? true
            return isWord ? sentence.prefix(1).lowercased() + sentence.dropFirst() : String(sentence)
        }
        let text = sentences.joined(separator: "; ")
        return text.hasSuffix(".") ? String(text.dropLast()) : text
    }
}

extension StringProtocol {
    /// Without white space at either end.
    var trimmed: String {
        guard let first = self.firstIndex(where: { !$0.isWhitespace }),
            let last = self.lastIndex(where: { !$0.isWhitespace })
        else { return "" }
        return String(self[first...last])
    }
}
