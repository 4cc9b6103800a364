import Testing

@testable import SessionWorker

@Suite("Secrets in a program's output")
struct SecretScrubberTests {
    private static let secrets = ["tea-for-two", "tea", "zebra"].map { Array($0.utf8) }

    /// The output with each secret as a star, however it is cut.
    private func scrubbed(_ text: String, piece: Int) -> (shown: String, passed: String) {
        var scrubber = SecretScrubber()
        var parts: [SecretScrubber.Part] = []
        let bytes = Array(text.utf8)
        for start in stride(from: 0, to: bytes.count, by: piece) {
            let end = min(start + piece, bytes.count)
            parts += scrubber.received(Array(bytes[start..<end]), secrets: Self.secrets, isLast: false)
        }
        parts += scrubber.received([], secrets: Self.secrets, isLast: true)
        return (
            parts.map { $0.isSecret ? "*" : String(decoding: $0.bytes, as: UTF8.self) }.joined(),
            String(decoding: parts.flatMap(\.bytes), as: UTF8.self)
        )
    }

    @Test("each is found wherever the output is cut, and everything is passed in order", arguments: 1...20)
    func cuts(piece: Int) {
        let text = "a tea, zebras: tea-for-two! tea-for-thtea-for-two, te tea-for"
        let (shown, passed) = self.scrubbed(text, piece: piece)
        #expect(shown == "a *, *s: *! *-for-th*, te *-for")
        #expect(passed == text)
    }

    @Test("without secrets nothing is held")
    func none() {
        var scrubber = SecretScrubber()
        #expect(
            scrubber.received([1, 2], secrets: [], isLast: false)
                == [SecretScrubber.Part(bytes: [1, 2], isSecret: false)])
    }
}
