import TerminalModel
import Testing

@Suite struct CharacterWidthTests {
    @Test(
        "characters take the columns that terminals give them",
        arguments: [
            ("a", 1), ("é", 1), ("—", 1), ("│", 1), ("日", 2), ("한", 2), ("！", 2), ("😀", 2), ("✅", 2), ("✓", 1),
            ("\u{301}", 0), ("\u{200D}", 0), ("\u{FE0F}", 0), ("\u{3099}", 0), ("\u{1160}", 0), ("\u{AD}", 1),
            ("\u{1F3FD}", 2), ("\u{20000}", 2), ("\u{E000}", 1), ("ｱ", 1),
        ] as [(Unicode.Scalar, Int)])
    func widths(scalar: Unicode.Scalar, columns: Int) {
        #expect(CharacterWidth.columns(of: scalar) == columns)
    }
}
