import Foundation
import RecordingFormat

/// The files of the corpus, made anew with keys of their own.
enum CorpusFiles {
    struct Entry {
        /// `valid/NAME` or `invalid/NAME`.
        let path: String
        let comment: String
        let recording: TestRecording
        let file: [UInt8]
    }

    static func all() throws -> [Entry] {
        try self.written() + self.damaged() + self.handmade()
    }

    /// Writes `PATH.spr` and `PATH.expect` with what our own reader finds, unless they are there.
    static func write(_ entry: Entry, to path: URL) throws {
        let file = path.appendingPathExtension("spr")
        guard !FileManager.default.fileExists(atPath: file.path) else { return }
        try FileManager.default.createDirectory(at: path.deletingLastPathComponent(), withIntermediateDirectories: true)
        let expectation = try CorpusExpectation(
            entry.file, signer: entry.recording.signingKey, identities: entry.recording.identities,
            comment: entry.comment)
        try Data(entry.file).write(to: file)
        try Data(expectation.text.utf8).write(to: path.appendingPathExtension("expect"))
    }

    /// What the product's writers make.
    private static func written() throws -> [Entry] {
        let events = try TestRecording()
        for event in RoundTripTests.events { try events.append(event) }
        try events.seal()
        let bulk = try TestRecording()
        try self.fillBulk(bulk)
        try bulk.seal(RecordingEnding(.interrupted, reason: Array("gateway restarted".utf8)))
        let files = try TestRecording()
        try self.fillFiles(files)
        try files.seal()
        let small = try TestRecording.small()
        let input = try TestRecording(hasInputTrack: true)
        try self.fillInput(input)
        try input.seal()
        return [
            Entry(
                path: "valid/input-track", comment: "a track of its own for what is typed, with pauses and an upload",
                recording: input, file: input.file),
            Entry(
                path: "valid/file-events", comment: "content left out, and changes to files", recording: files,
                file: files.file),
            Entry(
                path: "valid/all-events", comment: "one frame for each kind of event", recording: events,
                file: events.file),
            Entry(
                path: "valid/bulk", comment: "compressed and stored frames, key frames, channels", recording: bulk,
                file: bulk.file),
            Entry(path: "valid/killed", comment: "a short session, killed", recording: small, file: small.file),
        ]
    }

    private static func fillFiles(_ recording: TestRecording) throws {
        let path = Array("/srv/a".utf8)
        var bodies: [EventBody] = [
            .omitted(.toTarget, bytes: 32_768), .omitted(.toClient, bytes: 1 << 40),
            .fileOperation(FileOperation(path: path, size: 32_768, sha256: [], direction: .toTarget)),
        ]
        bodies += FileChange.Kind.allCases.map {
            .fileChange(FileChange(kind: $0, status: 0, path: path, detail: Array("/srv/b".utf8)))
        }
        bodies += [
            .fileChange(FileChange(kind: .remove, status: 3, path: path)),
            // A change, and a direction, that this version does not know.
            .unknown(kind: 20, payload: [8, 0, 1, 0x61, 0]), .unknown(kind: 19, payload: [2, 1]),
        ]
        for (index, body) in bodies.enumerated() {
            try recording.append(RecordedEvent(time: UInt64(index) * 1_000, channel: 1, body: body))
        }
    }

    /// A sound file that was damaged afterwards.
    static func damaged() throws -> [Entry] {
        let small = try TestRecording.small()
        let other = try TestRecording.small(signer: small.signer)
        let (file, writes) = (small.file, small.writes)
        let sealStart = writes[writes.count - 2]
        func flipped(_ offset: Int, to value: UInt8? = nil) -> [UInt8] {
            var copy = file
            copy[offset] = value ?? copy[offset] ^ 1
            return copy
        }
        let swapped =
            file[..<writes[3]] + file[writes[4]..<writes[5]] + file[writes[3]..<writes[4]] + file[writes[5]...]
        let replaced = file[..<writes[8]] + [UInt8](repeating: 0xee, count: 300)
        let files: [(String, String, [UInt8])] = [
            ("cut-after-frame", "the seal is missing", Array(file[..<sealStart])),
            ("cut-within-frame", "torn within a frame", Array(file[..<(writes[6] - 3)])),
            ("cut-within-header", "torn within the header", Array(file[..<40])),
            ("empty", "no bytes at all", []),
            ("altered-frame", "one bit of a frame was changed", flipped(writes[3] + 10)),
            ("altered-order", "two frames were swapped", Array(swapped)),
            ("altered-seal", "one bit of the seal's text was changed", flipped(sealStart + 100)),
            ("altered-start", "the signing key in the header was changed", flipped(4 + 3 + 4 + 16 + 8)),
            ("altered-frame-length", "the length of a frame was raised", flipped(writes[3], to: 0xbf)),
            ("altered-header-length", "the length of the header was raised beyond the file", flipped(6, to: 0x7f)),
            ("altered-seal-length", "the length of the seal was raised", flipped(sealStart + 2, to: 2)),
            ("missing-frame", "a frame was taken out", Array(file[..<writes[3]] + file[writes[4]...])),
            ("junk-at-end", "the end was replaced by other bytes", Array(replaced)),
            ("spliced", "continues with another file", Array(file[..<writes[2]] + other.file[other.writes[2]...])),
            ("trailing-data", "five bytes follow the seal", file + [1, 2, 3, 4, 5]),
            ("two-headers", "the header stands there twice", Array(file[..<writes[1]] + file[4...])),
            ("unsupported", "an unknown required feature", flipped(7, to: 1)),
            ("not-a-recording", "an empty line before the start", [10] + file),
        ]
        let split = try TestRecording.small(hasInputTrack: true)
        var altered = split.file
        // Its first frame of what was typed.
        altered[split.writes[3] + 10] ^= 1
        let input = Entry(
            path: "invalid/altered-input", comment: "one bit of a frame of what was typed was changed",
            recording: split, file: altered)
        return [input] + files.map { Entry(path: "invalid/\($0.0)", comment: $0.1, recording: small, file: $0.2) }
    }

    /// What no writer of this version makes.
    private static func handmade() throws -> [Entry] {
        func entry(
            _ path: String, _ comment: String, hasInputTrack: Bool = false,
            _ make: (inout HandmadeRecording) throws -> Void
        ) throws -> Entry {
            var recording = try HandmadeRecording(hasInputTrack: hasInputTrack)
            try make(&recording)
            return Entry(path: path, comment: comment, recording: recording.start, file: recording.file)
        }
        let output = HandmadeRecording.event(kind: 7, Array("shown".utf8))
        let typed = HandmadeRecording.event(time: 2, kind: 6, Array("typed".utf8))
        return [
            try entry("valid/later-version", "records, kinds and fields that this version does not know") {
                $0.record(0x40, [])
                $0.record(0x7f, Array("of a later version".utf8))
                try $0.gatewayRecord([200, 1, 2, 3])
                try $0.frame(Self.laterEvents.reduce(output, +))
                try $0.checkpoint()
                $0.record(0x41, [1])
                try $0.frame(output)
                try $0.seal()
            },
            try entry("valid/odd-fields", "fields that are missing or out of bounds: such events are unknown ones") {
                try $0.frame(Self.oddEvents.reduce(output, +))
                try $0.seal()
            },
            try entry("valid/odd-inside", "a forged checkpoint and an old one again, both seen by the gateway") {
                try $0.frame(output)
                try $0.checkpoint(isForged: true)
                try $0.checkpoint(number: 0)
                try $0.frame(output)
                try $0.checkpoint()
                try $0.seal()
            },
            try entry(
                "valid/input-key-frames", "key frames of either track; frames of both that count from the start",
                hasInputTrack: true
            ) {
                try $0.frame(typed, type: 0x16)
                try $0.frame(output, type: 0x80)
                try $0.frame(output, type: 0x80)
                try $0.frame(typed, type: 0x14)
                try $0.frame(output)
                try $0.frame(typed, type: 0x14)
                try $0.seal()
            },
            try entry("valid/input-unnamed", "a frame of an input track that the header does not name") {
                try $0.frame(output)
                try $0.frame(typed, type: 0x14)
                try $0.frame(output, type: 0x80)
                try $0.seal()
            },
            try entry(
                "invalid/bad-input", "a frame of what was typed without whole events, and one of the main track",
                hasInputTrack: true
            ) {
                try $0.frame(output)
                try $0.frame(typed.dropLast(), type: 0x14)
                try $0.frame(output, type: 0x80)
                try $0.frame(typed, type: 0x14)
                try $0.frame(typed, type: 0x16)
                try $0.frame(output.dropLast(), type: 0x80)
                try $0.frame(typed, type: 0x14)
                try $0.frame(output, type: 0x80)
                try $0.seal()
            },
            try entry("invalid/odd-at-end", "two forged checkpoints, of which a later one vouches for the first") {
                try $0.checkpoint(isForged: true)
                let covered = $0.file.count
                try $0.checkpoint(isForged: true)
                try $0.checkpoint(covered: covered)
                try $0.frame(output)
            },
            try entry("invalid/repeated", "an old checkpoint again, and nothing that vouches for its place") {
                try $0.frame(output)
                try $0.checkpoint(number: 0)
                try $0.frame(output)
            },
            try entry("invalid/half-record", "a checkpoint that speaks of half a frame") {
                try $0.frame(output)
                try $0.checkpoint(covered: $0.file.count - 1)
                try $0.seal()
            },
            try entry("invalid/seal-surplus", "a signed seal with bytes after the reason") {
                try $0.frame(output)
                try $0.seal(surplus: [0])
            },
            try entry("invalid/seal-forged", "a forged seal, and bytes after it") {
                try $0.frame(output)
                try $0.seal(isForged: true)
                try $0.frame(output)
            },
            try entry("invalid/hidden-checkpoint", "a reserved record that swallowed a checkpoint, at the end") {
                try $0.frame(output)
                var swallowed = $0
                try swallowed.frame(output)
                try swallowed.checkpoint()
                $0.record(0x40, Array(swallowed.file[$0.file.count...]))
            },
            try entry("invalid/half-seal", "half a record that claims to be a seal, before a checkpoint, at the end") {
                try $0.frame(output)
                var longer = $0
                try longer.frame(output)
                try longer.checkpoint()
                $0.tail([0x04, 0x80, 0x20] + $0.start.header.fileID.bytes + longer.file[$0.file.count...])
            },
            try entry("invalid/long-length", "a length that is not in its shortest form") {
                try $0.frame(output)
                $0.tail([0x40, 0x80, 0x00])
                try $0.seal()
            },
            try entry("invalid/long-frame", "a short frame under a long record header") {
                try $0.frame(output)
                try $0.frame(output, type: 0x10)
                try $0.seal()
            },
            try entry("invalid/bad-events", "frames that authenticate, but hold no whole events") {
                try $0.frame(output)
                try $0.frame(output.dropLast())
                try $0.frame([0x80, 0x00] + output.dropFirst())
                try $0.frame(output)
                try $0.seal()
            },
        ]
    }

    private static let laterEvents: [[UInt8]] = [
        HandmadeRecording.event(kind: 63, [1, 2, 3]), HandmadeRecording.event(kind: 4, [77, 1]),
        HandmadeRecording.event(kind: 17, [77, 1]), HandmadeRecording.event(kind: 3, [1, 2]),
        HandmadeRecording.event(kind: 10, [5, 1, 2]), HandmadeRecording.event(kind: 4, [3, 1, 2]),
    ]

    /// No field, an accepted that is neither 0 nor 1, a direction 2, a status of 2^32, a length too long, a varint that
    /// is not the shortest.
    private static let oddEvents: [[UInt8]] = [
        HandmadeRecording.event(kind: 4, []), HandmadeRecording.event(kind: 5, [2]),
        HandmadeRecording.event(kind: 9, [2]), HandmadeRecording.event(kind: 10, [0x80, 0x80, 0x80, 0x80, 0x10]),
        HandmadeRecording.event(kind: 1, [5, 1]), HandmadeRecording.event(kind: 16, [0x80, 0x00]),
    ]

    /// What is typed while nothing is shown for minutes, and an upload; what is shown comes between.
    private static func fillInput(_ recording: TestRecording) throws {
        for round in 0..<60 {
            let time = UInt64(round) * 5_000_000
            let line = Array("typed line \(round), somewhat like line \(round - 1)\r".utf8)
            try recording.append(
                RecordedEvent(time: time, channel: 1, body: .withheld(bytes: UInt64(line.count))),
                RecordedEvent(time: time, channel: 1, body: .revealed(line)),
                RecordedEvent(time: time, channel: 1, body: .masked(bytes: 2)))
            if round % 30 < 10 { try recording.output(Array("\(round) answered\r\n".utf8), at: time + 900) }
            if round == 33 { try recording.input([UInt8](repeating: 0x2e, count: 150_000), at: time, channel: 2) }
            if round % 20 == 19 { try recording.checkpoint(after: UInt64(round) * 5) }
        }
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
