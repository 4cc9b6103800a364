import RecordingFormat
import Testing

@Suite("Heads of a file that are on record elsewhere")
struct AnchoredHeadsTests {
    /// A sealed file, and its head at each of its records.
    private func sealed() throws -> (file: [UInt8], heads: [AnchoredHeads.Head]) {
        let recording = try TestRecording()
        var heads = [recording.notary.head]
        for number in UInt64(1)...5 {
            try recording.output(Array("output \(number)".utf8), at: number)
            heads.append(recording.notary.head)
        }
        let seal = try recording.notary.seal(RecordingEnding(.closed), wallClock: 9)
        return (recording.file + seal, heads.map { AnchoredHeads.Head(covered: $0.covered, text: $0.text) })
    }

    private func feed(_ file: [UInt8], to heads: [AnchoredHeads.Head], piece: Int) -> AnchoredHeads {
        let anchored = AnchoredHeads(heads)
        for start in stride(from: 0, to: file.count, by: piece) {
            anchored.feed(file[start..<min(file.count, start + piece)])
        }
        return anchored
    }

    @Test("all heads of a file hold, in whatever order and pieces", arguments: [1, 7, 100, 100_000])
    func holds(piece: Int) throws {
        let (file, heads) = try self.sealed()
        let anchored = self.feed(file, to: heads.reversed(), piece: piece)
        #expect(anchored.held == 6 && anchored.count == 6 && anchored.broken == nil)
        #expect(anchored.size == UInt64(file.count))
        #expect(anchored.last == heads.last)
    }

    @Test("a file that is cut anywhere holds the heads before, and no head is called wrong")
    func cut() throws {
        let (file, heads) = try self.sealed()
        for length in 0..<file.count {
            let anchored = self.feed(Array(file[..<length]), to: heads, piece: 33)
            #expect(anchored.held == heads.count { $0.covered <= UInt64(length) })
            #expect(anchored.broken == nil)
            #expect(anchored.size == UInt64(length))
        }
    }

    @Test("a byte that is changed breaks the first head after it")
    func altered() throws {
        let (file, heads) = try self.sealed()
        let end = Int(try #require(heads.last).covered)
        for offset in 0..<end {
            var altered = file
            altered[offset] ^= 1
            let anchored = self.feed(altered, to: heads, piece: 1000)
            #expect(anchored.broken == heads.first { $0.covered > UInt64(offset) })
        }
    }
}
