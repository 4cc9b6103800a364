import Testing

@testable import Gateway

@Suite("Commands to the gateway itself")
struct OrderTextTests {
    private static let place = AccountPlace(target: "web1", account: "root")

    @Test("words as a shell hands them on are read")
    func reading() throws {
        for (text, order) in [
            (
                "checkout web1/root --reason change 47 --for 30m",
                .checkOut(Self.place, reason: "change 47", seconds: 1800)
            ),
            ("checkout web1/root --for 2h --reason \"a b\"", .checkOut(Self.place, reason: "a b", seconds: 7200)),
            ("checkout  web1/root --reason x", .checkOut(Self.place, reason: "x", seconds: nil)),
            ("checkin web1/root", .checkIn(Self.place)),
            (
                "checkin dc1/CORP\\root",
                .checkIn(AccountPlace(target: "dc1", account: "CORP\\root"))
            ),
        ] as [(String, OrderText)] {
            #expect(try OrderText(Array(text.utf8)) == order, "\(text)")
        }
    }

    @Test("anything else gets a line")
    func mistakes() {
        for text in [
            "", "checkout", "checkout web1", "checkout /root --reason x", "checkout web1/ --reason x",
            "checkout web1/root", "checkout web1/root --reason", "checkout web1/root --reason \"\"",
            "checkout web1/root --reason x --for", "checkout web1/root --reason x --for 0m",
            "checkout web1/root --reason x --for 9w", "checkout web1/root x", "checkin web1/root x",
            "checkout web1/root --reason a\u{1B}b", "checkout web1/root --reason " + String(repeating: "x", count: 501),
        ] {
            #expect(throws: OrderText.Mistake.self, "\(text)") { try OrderText(Array(text.utf8)) }
        }
        #expect(throws: OrderText.Mistake.self) { try OrderText([0xff, 0xfe]) }
    }
}
