import Playback
import Testing

@Suite struct SafeTextTests {
    @Test("escape sequences are taken out, line ends become line feeds")
    func stream() {
        var safe = SafeText()
        #expect(safe.append(Array("\u{1B}[31mred\u{1B}[0m\r\n\u{1B}]0;t\u{7}a\tb\rc\u{8}".utf8)) == "red\na\tb\nc")
    }

    @Test("pieces may end anywhere")
    func pieces() {
        let bytes = Array("日\u{1B}[1;31m本\r\n😀\u{1B}]52;c;AAAA\u{1B}\\!".utf8)
        var safe = SafeText()
        let text = bytes.map { safe.append([$0]) }.joined()
        #expect(text == "日本\n😀!")
    }

    @Test("broken UTF-8 and characters that reorder text are replaced")
    func replaced() {
        var safe = SafeText()
        #expect(safe.append([0xFF, 0x61, 0xE6, 0x97, 0x62, 0xC3]) == "\u{FFFD}a\u{FFFD}b")
        #expect(safe.append(Array("x\u{202E}y\u{2066}z\u{85}".utf8)) == "\u{FFFD}x\u{FFFD}y\u{FFFD}z")
    }

    @Test("a label is one line, with pictures for controls, and is cut")
    func labels() {
        #expect(SafeText.line(Array("a\n\u{1B}[2J\u{7F}".utf8)) == "a␊␛[2J␡")
        #expect(SafeText.line(Array("abcdef".utf8), limit: 3) == "abc…")
        #expect(SafeText.line([0xFF]) == "\u{FFFD}")
    }
}
