import Testing

@testable import Gateway

@Suite("Commands about emergencies")
struct BreakGlassOrderTests {
    @Test("words are read, and anything else gets a line")
    func reading() throws {
        for (text, order) in [
            ("break-glass list", .list), ("break-glass show 3", .show(3)),
            ("break-glass review 3 --text looked at it", .review(3, text: "looked at it")),
        ] as [(String, BreakGlassOrder)] {
            #expect(try OrderText(Array(text.utf8)) == .breakGlass(order), "\(text)")
        }
        for text in [
            "break-glass", "break-glass open", "break-glass list x", "break-glass show", "break-glass show 0",
            "break-glass review 3", "break-glass review 3 --text", "break-glass review x --text y",
        ] {
            #expect(throws: OrderText.Mistake.self, "\(text)") { try OrderText(Array(text.utf8)) }
        }
    }
}
