import Crypto
import Foundation
import RecordingFormat
import RecordingKeys
import Testing

/// What `NAME.expect` says. See recordings/README.md.
struct CorpusExpectation {
    static let keys = [
        "comment", "expect", "interval", "affected", "sound", "how", "signer", "identity", "events", "output-sha256",
        "bad-frames",
    ]
    var values: [String: String] = [:]

    init(text: String) throws {
        for line in text.split(separator: "\n") {
            guard let colon = line.firstIndex(of: ":") else { throw CocoaError(.fileReadCorruptFile) }
            let key = String(line[..<colon])
            #expect(Self.keys.contains(key), "unknown key \(key)")
            self.values[key] = line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces)
        }
    }

    /// What our own reader finds.
    init(_ file: [UInt8], signer: [UInt8], identity: RecordingIdentity, comment: String) throws {
        let contents = try RecordingReader.read(file, expectedSigner: signer) { try? identity.subkeys(for: $0) }
        let report = contents.report
        self.values["comment"] = comment
        self.values["expect"] = report.word
        self.values["interval"] = report.interval.map(String.init)
        self.values["affected"] = report.affected.map { "\($0.lowerBound)-\($0.upperBound)" }
        self.values["sound"] = report.vouched.map { String($0.covered) }
        if case .complete(let ending) = report.verdict { self.values["how"] = "\(ending.how)" }
        self.values["signer"] = hex(signer)
        self.values["identity"] = identity.secretText
        self.values["events"] = String(contents.events.count)
        self.values["output-sha256"] = hex(Array(SHA256.hash(data: joined(contents.events))))
        let bad = contents.badRecords.compactMap(\.frame).map(String.init).joined(separator: " ")
        self.values["bad-frames"] = bad.isEmpty ? nil : bad
    }

    var text: String {
        Self.keys.compactMap { key in self.values[key].map { "\(key): \($0)\n" } }.joined()
    }
}

private func hex(_ bytes: [UInt8]) -> String { bytes.map { String(format: "%02x", $0) }.joined() }

@Suite("corpus")
struct CorpusTests {
    static let directory = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "recordings")

    static var names: [String] {
        let files = (try? FileManager.default.contentsOfDirectory(atPath: directory.path)) ?? []
        return files.filter { $0.hasSuffix(".spr") }.map { String($0.dropLast(4)) }.sorted()
    }

    @Test("the corpus is there")
    func presence() {
        #expect(Self.names.count >= 10)
    }

    @Test("each file of the corpus is read as it says", arguments: names)
    func file(name: String) throws {
        let file = Array(try Data(contentsOf: Self.directory.appending(path: "\(name).spr")))
        let text = try String(contentsOf: Self.directory.appending(path: "\(name).expect"), encoding: .utf8)
        let expected = try CorpusExpectation(text: text)
        let digits = Array(try #require(expected.values["signer"]))
        let signer = stride(from: 0, to: digits.count, by: 2).compactMap { index in
            UInt8(String(digits[index...index + 1]), radix: 16)
        }
        let identity = try RecordingIdentity(text: try #require(expected.values["identity"]))
        let found = try CorpusExpectation(
            file, signer: signer, identity: identity, comment: expected.values["comment"] ?? "")
        #expect(found.values == expected.values)
    }

    @Test(
        "write the corpus",
        .enabled(if: ProcessInfo.processInfo.environment["SALLYPORT_WRITE_CORPUS"] != nil, "only when asked to"))
    func write() throws {
        let path = try #require(ProcessInfo.processInfo.environment["SALLYPORT_WRITE_CORPUS"])
        for (name, comment, recording, file) in try CorpusFiles.all() {
            let expectation = try CorpusExpectation(
                file, signer: recording.signingKey, identity: recording.identity, comment: comment)
            let base = URL(filePath: path).appending(path: name)
            try Data(file).write(to: base.appendingPathExtension("spr"))
            try Data(expectation.text.utf8).write(to: base.appendingPathExtension("expect"))
        }
    }
}

/// The files that `write` makes.
enum CorpusFiles {
    typealias Entry = (name: String, comment: String, recording: TestRecording, file: [UInt8])

    static func all() throws -> [Entry] {
        let events = try TestRecording()
        for event in RoundTripTests.events { try events.append(event) }
        try events.seal()
        let bulk = try TestRecording()
        try self.fillBulk(bulk)
        try bulk.seal(RecordingEnding(.interrupted, reason: Array("gateway restarted".utf8)))
        let small = try TestRecording.small()
        let other = try TestRecording.small(signer: small.signer)
        let (file, writes) = (small.file, small.writes)
        let sealStart = writes[writes.count - 2]
        var flipped = file
        flipped[writes[3] + 10] ^= 1
        var seal = file
        seal[sealStart + 100] ^= 1
        var forged = file
        forged[4 + 4 + 4 + 16 + 8] ^= 1
        var feature = file
        feature[8] = 1
        let swapped =
            file[..<writes[3]] + file[writes[4]..<writes[5]] + file[writes[3]..<writes[4]] + file[writes[5]...]
        return [
            ("all-events", "one frame for each kind of event", events, events.file),
            ("bulk", "compressed and stored frames, key frames, channels", bulk, bulk.file),
            ("killed", "a short session, killed", small, file),
            ("cut-after-frame", "the seal is missing", small, Array(file[..<sealStart])),
            ("cut-within-frame", "torn within a frame", small, Array(file[..<(writes[6] - 3)])),
            ("cut-within-header", "torn within the header", small, Array(file[..<40])),
            ("altered-frame", "one bit of a frame was changed", small, flipped),
            ("altered-order", "two frames were swapped", small, Array(swapped)),
            ("altered-seal", "one bit of the seal's text was changed", small, seal),
            ("altered-start", "the signing key in the header was changed", small, forged),
            ("missing-frame", "a frame was taken out", small, Array(file[..<writes[3]] + file[writes[4]...])),
            (
                "junk-at-end", "the end was replaced by other bytes", small,
                Array(file[..<writes[8]] + [UInt8](repeating: 0xee, count: 300))
            ),
            (
                "spliced", "continues with another file", small,
                Array(file[..<writes[2]] + other.file[other.writes[2]...])
            ),
            ("trailing-data", "five bytes follow the seal", small, file + [1, 2, 3, 4, 5]),
            ("unsupported", "an unknown required feature", small, feature),
            ("not-a-recording", "an empty line before the start", small, [10] + file),
        ]
    }

    /// Three minutes of text and noise on two channels.
    private static func fillBulk(_ recording: TestRecording) throws {
        var state: UInt64 = 1
        for round in 0..<60 {
            let time = UInt64(round) * 3_000_000
            try recording.output(Array("line \(round) of text that repeats, line \(round - 1)\r\n".utf8), at: time)
            if round % 20 == 5 {
                let noise = (0..<5_000).map { _ in
                    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                    return UInt8(truncatingIfNeeded: state >> 56)
                }
                try recording.output(noise, at: time + 10, channel: 2)
                try recording.output(noise.reversed(), at: time + 20, channel: 2)
            }
            if round % 10 == 9 { try recording.checkpoint(after: UInt64(round) * 3) }
        }
    }
}
