import Testing

@testable import Gateway

@Suite("Commands about requests")
struct RequestOrderTests {
    private static let place = AccountPlace(target: "web1", account: "root")

    @Test("words as a shell hands them on are read")
    func reading() throws {
        for (text, order) in [
            (
                "request create root@web1 --reason disk full --for 30m --ticket OPS-1 --grant on-call",
                .create(Self.place, reason: "disk full", ticket: "OPS-1", seconds: 1800, grant: "on-call")
            ),
            ("request create web1/root", .create(Self.place, reason: "", ticket: "", seconds: nil, grant: nil)),
            ("request list", .list), ("request show 17", .show(17)), ("request withdraw 17", .withdraw(17)),
            ("request approve 17", .approve(17, text: "")),
            ("request approve 17 --text go ahead", .approve(17, text: "go ahead")),
            ("request deny 17 --text \"not today\"", .deny(17, text: "not today")),
            ("request revoke 17", .revoke(17, text: "")),
        ] as [(String, RequestOrder)] {
            #expect(try OrderText(Array(text.utf8)) == .request(order), "\(text)")
        }
    }

    @Test("anything else gets a line")
    func mistakes() {
        for text in [
            "request", "request create", "request create web1", "request create @web1", "request create root@",
            "request create root@web1 --for", "request create root@web1 --what", "request list all", "request show",
            "request show x", "request approve -1", "request approve 17 go", "request withdraw 17 --text x",
            "request deny 17 --text " + String(repeating: "x", count: 501), "request fly 17",
        ] {
            #expect(throws: OrderText.Mistake.self, "\(text)") { try OrderText(Array(text.utf8)) }
        }
    }
}
