/// Recognises questions for a secret, as programs put them before the cursor.
enum KeystrokeQuestion {
    /// Lower case. Other languages are those into which sudo, su, passwd and ssh's helpers are translated most.
    private static let words: [[UInt8]] = [
        "password", "passwd", "passphrase", "pass phrase", "passcode", "secret", "token", "one-time", "otp",
        "verification code", "authentication code", "api key", "access key", "private key", "encryption key",
        "decryption key", "same key again", "pin code", "passwort",
        "kennwort", "mot de passe", "contraseña", "senha", "wachtwoord", "lösenord", "adgangskode", "salasana", "hasło",
        "heslo", "jelszó", "parola", "пароль", "密码", "密碼", "口令", "パスワード", "비밀번호",
    ].map { Array($0.utf8) }

    /// `line` is the text up to the cursor: it ends with a colon or question mark and speaks of something secret.
    static func asksForSecret(_ line: [UInt8]) -> Bool {
        var end = line.count
        while end > 0, line[end - 1] == 0x20 { end -= 1 }
        guard end > 0, self.endsQuestion(line[..<end]) else { return false }
        let lowered = line[..<end].map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 }
        return self.words.contains { Self.contains($0, in: lowered) } || self.asksForPIN(lowered)
    }

    private static func endsQuestion(_ line: ArraySlice<UInt8>) -> Bool {
        if line.last == UInt8(ascii: ":") || line.last == UInt8(ascii: "?") { return true }
        // The colon of Chinese and Japanese type.
        return line.suffix(3).elementsEqual([0xEF, 0xBC, 0x9A])
    }

    /// `PIN:` and `Enter PIN for x:`, but not `mapping:`.
    private static func asksForPIN(_ line: [UInt8]) -> Bool {
        line.split { !(0x61...0x7A).contains($0) }.contains { $0.elementsEqual("pin".utf8) }
    }

    private static func contains(_ word: [UInt8], in line: [UInt8]) -> Bool {
        guard line.count >= word.count else { return false }
        return (0...(line.count - word.count)).contains { line[$0..<($0 + word.count)].elementsEqual(word) }
    }
}
