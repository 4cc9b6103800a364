import WorkerProtocol

/// Decides which question of a target's keyboard-interactive login gets the password.
///
/// Without a pattern of the target's own: a question that isn't echoed, that names a password in one of many languages,
/// and that asks for neither a one-time code nor a new password. With one: what matches it, and nothing else.
struct PasswordPrompt {
    private let pattern: PromptPattern?

    init(pattern: [UInt8]?) { self.pattern = pattern.map(PromptPattern.init) }

    func asksForPassword(_ text: [UInt8], echo: Bool) -> Bool {
        guard text.count <= WireLimits.question else { return false }
        if let pattern = self.pattern { return pattern.matches(text) }
        let text = PromptPattern.lowered(text)
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

    private static func contains(_ word: [UInt8], in text: [UInt8]) -> Bool {
        guard text.count >= word.count else { return false }
        return (0...(text.count - word.count)).contains { text[$0...].starts(with: word) }
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
