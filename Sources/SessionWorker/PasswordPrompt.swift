/// Decides which question of a target's keyboard-interactive login gets the password.
///
/// Without a pattern of the target's own: a question that isn't echoed, that names a password in one of many languages,
/// and that asks for neither a one-time code nor a new password. With one: what matches it, and nothing else.
struct PasswordPrompt {
    private let pattern: [UInt8]?

    /// - parameter pattern: `*` stands for anything, `?` for one byte; ASCII letters match in both cases.
    init(pattern: [UInt8]?) { self.pattern = pattern.map(Self.lowered) }

    /// Longest question that is looked at, in bytes.
    private static let maximumBytes = 1024

    func asksForPassword(_ text: [UInt8], echo: Bool) -> Bool {
        guard text.count <= Self.maximumBytes else { return false }
        let text = Self.lowered(text)
        if let pattern = self.pattern { return Self.matches(text, pattern) }
        return !echo && Self.words.contains { Self.contains($0, in: text) }
            && !Self.otherWords.contains { Self.contains($0, in: text) }
    }

    /// As PAM, network devices and appliances ask.
    private static let words: [[UInt8]] = [
        "password", "passwd", "passwort", "kennwort", "mot de passe", "contraseña", "senha", "wachtwoord", "lösenord",
        "adgangskode", "salasana", "hasło", "heslo", "jelszó", "parola", "пароль", "Пароль", "密码", "密碼", "口令", "パスワード",
        "비밀번호",
    ].map { Array($0.utf8) }

    /// What makes a question with such a word one for something else: `One-time password`, `New password`.
    private static let otherWords: [[UInt8]] = [
        "one-time", "one time", "onetime", "otp", "code", "token", "passcode", "verification", "new ", "retype",
        "again",
        "confirm", "neues", "nouveau",
    ].map { Array($0.utf8) }

    private static func lowered(_ text: [UInt8]) -> [UInt8] {
        text.map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 }
    }

    private static func contains(_ word: [UInt8], in text: [UInt8]) -> Bool {
        guard text.count >= word.count else { return false }
        return (0...(text.count - word.count)).contains { text[$0...].starts(with: word) }
    }

    /// Looks back to the last star only, so the time is bounded by the product of both lengths.
    private static func matches(_ text: [UInt8], _ pattern: [UInt8]) -> Bool {
        var (at, inPattern) = (0, 0)
        var star: (pattern: Int, text: Int)?
        while at < text.count {
            if inPattern < pattern.count, pattern[inPattern] == UInt8(ascii: "*") {
                star = (inPattern, at)
                inPattern += 1
            } else if inPattern < pattern.count,
                pattern[inPattern] == text[at] || pattern[inPattern] == UInt8(ascii: "?")
            {
                (at, inPattern) = (at + 1, inPattern + 1)
            } else if let last = star {
                star = (last.pattern, last.text + 1)
                (at, inPattern) = (last.text + 1, last.pattern + 1)
            } else {
                return false
            }
        }
        return pattern[inPattern...].allSatisfy { $0 == UInt8(ascii: "*") }
    }

    /// The question for a line to people: its printable text, at most 100 characters, in quotes.
    static func quoted(_ text: [UInt8]) -> String {
        let text = String(decoding: text, as: UTF8.self).unicodeScalars.lazy
            .map { scalar -> Character in
                switch scalar.properties.generalCategory {
                case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse, .unassigned: " "
                default: Character(scalar)
                }
            }
        var line = String(text.prefix(100))
        while line.last == " " { line.removeLast() }
        return "\"\(line)\""
    }
}
