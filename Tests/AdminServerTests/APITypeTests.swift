import AdminAPI
import Testing

@Suite struct APITypeTests {
    @Test(
        "times are ISO 8601 in UTC with microseconds, and come back the same",
        arguments: [
            (0, "1970-01-01T00:00:00.000000Z"), (1_700_000_000_123_456_000, "2023-11-14T22:13:20.123456Z"),
            (951_782_400_000_000_000, "2000-02-29T00:00:00.000000Z"), (-1000, "1969-12-31T23:59:59.999999Z"),
            (4_107_542_399_000_000_000, "2100-02-28T23:59:59.000000Z"),
            (4_107_542_400_000_000_000, "2100-03-01T00:00:00.000000Z"),
        ] as [(Int64, String)])
    func times(_ nanoseconds: Int64, _ text: String) {
        let time = Timestamp(nanosecondsSince1970: nanoseconds)
        #expect(time.description == text)
        #expect(Timestamp(text) == time)
    }

    @Test(
        "what is no time is not read",
        arguments: [
            "", "Z", "2023-11-14", "2023-11-14T22:13:20", "2023-13-01T00:00:00Z", "2023-02-29T00:00:00Z",
            "2023-11-14T24:00:00Z", "2023-11-14T22:13:20.Z", "2023-11-14T22:13:20.1234567890Z",
            "9999-01-01T00:00:00Z", "2023-11-14T22:13:2xZ", "2023-11-14T22:13:20+0100Z",
        ])
    func noTimes(_ text: String) {
        #expect(Timestamp(text) == nil)
    }

    @Test("every day from 1900 to 2200 survives the way to text and back")
    func calendar() {
        let day: Int64 = 86_400_000_000_000
        for number in stride(from: Int64(-25_567), to: 84_006, by: 1) {
            let time = Timestamp(nanosecondsSince1970: number * day)
            #expect(Timestamp(time.description) == time)
        }
    }

    @Test("percent-encoding comes back the same for all bytes of text", arguments: ["", "a b/c?d=e&f%", "ü日\u{0}"])
    func percentEncoding(_ text: String) {
        let encoded = PercentEncoding.encode(text)
        #expect(!encoded.contains("/") && !encoded.contains("?") && !encoded.contains(" "))
        #expect(PercentEncoding.decode(encoded) == text)
    }

    @Test("routes fill their parameters in order and add a query")
    func routes() {
        #expect(AdminRoutes.credential.path("web1", "a/b") == "/v1/credentials/web1/a%2Fb")
        #expect(AdminRoutes.audit.path(query: [("limit", "5"), ("code", "x&y")]) == "/v1/audit?limit=5&code=x%26y")
    }

    @Test("each error code has an HTTP status of its own")
    func errorStatuses() {
        #expect(Set(AdminError.Code.allCases.map(\.httpStatus)).count == AdminError.Code.allCases.count)
    }
}
