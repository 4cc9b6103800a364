import Platform

/// Answers what passwd(1) asks on a terminal: the present password, and twice the new one. Pure.
///
/// Each is given once. What is asked again was not good enough, and gets no answer: the program then waits until it is
/// ended, or ends by itself, and its words are the reason.
struct PasswordDialogue {
    private enum Question {
        case present, new, again
    }

    private let present: SecretBytes?
    private let new: SecretBytes
    /// Since the last answer, in lower case.
    private var heard = ""
    private var answered: Set<Question> = []

    /// - parameter present: what the account's password is now; nil when nothing but the new one is to be asked.
    init(present: SecretBytes?, new: SecretBytes) {
        self.present = present
        self.new = new
    }

    /// The program has said more. - returns: what to type now.
    mutating func heard(_ bytes: [UInt8]) -> [ProgramInput] {
        self.heard += String(decoding: bytes, as: UTF8.self).lowercased()
        guard let prompt = self.prompt, let question = Self.question(in: prompt) else { return [] }
        guard self.answered.insert(question).inserted else { return [.plain([Self.endOfText])] }
        self.heard = ""
        switch question {
        case .present:
            guard let present = self.present else { return [.plain([Self.endOfText])] }
            return [.secret(present), .plain(Self.enter)]
        case .new, .again: return [.secret(self.new), .plain(Self.enter)]
        }
    }

    private static let enter: [UInt8] = [10]
    /// Control-C.
    private static let endOfText: UInt8 = 3

    /// An unfinished line that ends as questions do.
    private var prompt: Substring? {
        let line = self.heard.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).last ?? ""
        let trimmed = line.drop { $0.isWhitespace }
        guard let end = trimmed.lastIndex(where: { !$0.isWhitespace }), trimmed[end] == ":" || trimmed[end] == "?"
        else {
            return nil
        }
        return trimmed
    }

    private static func question(in prompt: Substring) -> Question? {
        guard prompt.contains("password") || prompt.contains("passphrase") else { return nil }
        if ["retype", "again", "re-enter", "reenter", "repeat", "confirm", "verify"].contains(where: prompt.contains) {
            return .again
        }
        if prompt.contains("current") || prompt.contains("old") || prompt.contains("present") { return .present }
        return prompt.contains("new") ? .new : nil
    }
}
