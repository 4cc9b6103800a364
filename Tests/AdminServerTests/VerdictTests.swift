import Foundation
import RecordingFormat
import SallyportTesting
import Testing

/// What `sallyport recording verify` says of every kind of file, and how it exits.
@Suite(.timeLimit(.minutes(2))) struct VerdictTests {
    private static let corpus = ["valid", "invalid"].flatMap { folder -> [String] in
        let path = Repository.root.appending(path: "recordings/\(folder)").path
        let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
        return names.filter { $0.hasSuffix(".spr") }.sorted().map { "\(folder)/\($0.dropLast(4))" }
    }

    @Test("each file of the corpus gets the verdict that is expected of it", arguments: Self.corpus)
    func corpusFile(name: String) async throws {
        let base = Repository.root.appending(path: "recordings/" + name).path
        var expected: [String: String] = [:]
        for line in try String(contentsOfFile: base + ".expect", encoding: .utf8).split(separator: "\n") {
            guard let colon = line.firstRange(of: ": ") else { continue }
            expected[String(line[..<colon.lowerBound])] = String(line[colon.upperBound...])
        }
        let verdict = try #require(expected["expect"])
        try await CommandLineFixture.run(nil) { fixture in
            var arguments = ["recording", "verify", base + ".spr"]
            if let signer = expected["signer"] {
                let key = stride(from: 0, to: signer.count, by: 2).compactMap { place in
                    UInt8(signer.dropFirst(place).prefix(2), radix: 16)
                }
                arguments += ["--public-key", try fixture.file("key.pub", Array(SampleRecording.keyLine(key).utf8))]
            }
            let run = try await fixture.sallyport(arguments)
            let line = String(run.output.prefix { $0 != "\n" })
            #expect(line.hasPrefix(verdict), "\(run)")
            #expect(run.status == (verdict == "complete" ? 0 : 4), "\(run)")
            #expect((verdict == "complete") == (run.errors == ""), "\(run)")
            if let interval = expected["interval"] {
                let words = ["altered in interval \(interval): bytes ", "altered before checkpoint \(interval): "]
                #expect(words.contains { line.hasPrefix($0) }, "\(run)")
            }
            if let how = expected["how"] { #expect(line.hasPrefix("complete: " + how), "\(run)") }
        }
    }

    /// Checkpoints after the third, sixth and ninth event.
    private func longSample() throws -> SampleRecording {
        try SampleRecording(checkpoints: [2: 10_000, 5: 751_499, 8: 36_000_000])
    }

    /// The ends of the records of `bytes`, with those of checkpoints apart.
    private func ends(_ bytes: [UInt8]) throws -> (all: [Int], checkpoints: [Int]) {
        var parser = RecordParser()
        parser.append(bytes)
        var ends: (all: [Int], checkpoints: [Int]) = ([], [])
        while let record = try parser.next() {
            ends.all.append(Int(record.end))
            if record.kind == .checkpoint { ends.checkpoints.append(Int(record.end)) }
        }
        return ends
    }

    @Test("a cut file is told with the time up to which it is sound")
    func cut() async throws {
        let sample = try self.longSample()
        let ends = try self.ends(sample.bytes)
        try #require(ends.checkpoints.count == 4)
        try await CommandLineFixture.run(nil) { fixture in
            for (end, time) in zip(ends.checkpoints, ["00:00:00.0", "00:00:10.0", "00:12:31.4", "10:00:00.0"]) {
                for surplus in [0, 7] {
                    let file = try fixture.file("cut.spr", Array(sample.bytes[..<(end + surplus)]))
                    let run = try await fixture.sallyport("recording", "verify", file)
                    #expect(run.status == 4 && run.output.hasPrefix("cut at \(time): the file ends"), "\(run)")
                    #expect(run.errors.contains("cut.spr does not verify: cut at \(time): "), "\(run)")
                }
            }
            let file = try fixture.file("cut.spr", Array(sample.bytes[..<ends.checkpoints[2]]))
            let run = try await fixture.sallyport("recording", "verify", file, "--json")
            let json = try JSONSerialization.jsonObject(with: Data(run.output.utf8)) as? [String: Any]
            #expect((json?["vouched"] as? [String: Any])?["elapsed_us"] as? Int == 751_499_000)
            #expect((json?["detail"] as? String)?.hasPrefix("cut at 00:12:31.4: ") == true)
            let headless = try fixture.file("cut.spr", Array(sample.bytes[..<20]))
            let nothing = try await fixture.sallyport("recording", "verify", headless)
            #expect(nothing.status == 4 && nothing.output == "cut: the file ends before its header does\n")
        }
    }

    @Test("an alteration is told with its interval, and with the key its frame")
    func altered() async throws {
        let sample = try self.longSample()
        let ends = try self.ends(sample.bytes)
        var bytes = sample.bytes
        // The first frame after the second checkpoint: the fourth.
        bytes[ends.checkpoints[1] + 8] ^= 1
        try await CommandLineFixture.run(nil) { fixture in
            let file = try fixture.file("altered.spr", bytes)
            let run = try await fixture.sallyport("recording", "verify", file)
            #expect(run.status == 4 && run.output.hasPrefix("altered in interval 2: bytes "), "\(run)")
            #expect(!run.output.contains("frame 3"))
            let identity = try fixture.file("key", Array(sample.identity.secretText.utf8))
            let withKey = try await fixture.sallyport("recording", "verify", file, "--identity", identity)
            #expect(withKey.status == 4 && withKey.output.hasPrefix(run.output), "\(withKey)")
            #expect(withKey.output.contains("\nframe 3 at byte \(ends.checkpoints[1]): "), "\(withKey)")
        }
    }

    @Test(
        "a sealed file is told with its end, by whom, and why",
        arguments: [
            (RecordingEnding(.closed), "closed, "),
            (
                RecordingEnding(.killed, by: Array("bo\u{1b}b".utf8), reason: Array("left\nunattended".utf8)),
                "killed by bo\\u{1b}b: left\\u{a}unattended, "
            ),
            (
                RecordingEnding(.interrupted, reason: Array("the gateway ended".utf8)),
                "interrupted: the gateway ended, "
            ),
        ])
    func sealed(ending: RecordingEnding, words: String) async throws {
        let sample = try SampleRecording(ending: ending)
        try await CommandLineFixture.run(nil) { fixture in
            let key = try fixture.file("key.pub", Array(sample.signingKey.line.utf8))
            let file = try fixture.file("file.spr", sample.bytes)
            let run = try await fixture.sallyport("recording", "verify", file, "--public-key", key)
            #expect(run.status == 0 && run.errors == "", "\(run)")
            #expect(run.output.hasPrefix("complete: \(words)10 frames, \(sample.bytes.count) bytes"), "\(run)")
        }
    }

    @Test("a session that still runs is sound so far, and told with the time; its file alone is cut")
    func live() async throws {
        let sample = try self.longSample()
        let ends = try self.ends(sample.bytes)
        let end = ends.checkpoints[2]
        // What the checkpoint vouches for ends before it.
        let sound = try #require(ends.all.last { $0 < end })
        let soFar = Array(sample.bytes[..<(end + 5)])
        let (content, growing) = AsyncThrowingStream<[UInt8], any Error>.makeStream()
        growing.yield(soFar)
        growing.finish()
        try await CommandLineFixture.run(FakeService(live: sample, content: content)) { fixture in
            let run = try await fixture.sallyport("recording", "verify", "s1")
            #expect(run.status == 0 && run.errors == "", "\(run)")
            #expect(run.output == "live: sound up to byte \(sound) of \(soFar.count), 00:12:31.4\n", "\(run)")
            let file = try fixture.file("file.spr", soFar)
            let alone = try await fixture.sallyport("recording", "verify", file)
            #expect(alone.status == 4 && alone.errors.contains("hint: if the session still runs, verify it by its id"))
        }
    }
}
