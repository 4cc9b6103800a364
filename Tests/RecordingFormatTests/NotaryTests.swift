import Crypto
import RecordingFormat
import RecordingKeys
import Testing

@Suite("notary")
struct NotaryTests {
    private func resume(
        _ file: [UInt8], _ recording: TestRecording, piece: Int = 1_000
    ) throws -> RecordingNotary.Found {
        var position = 0
        return try RecordingNotary.resume(
            signingKey: recording.signingKey, sign: TestRecording.sign(with: recording.signer)
        ) {
            defer { position = min(file.count, position + piece) }
            return Array(file[position..<min(file.count, position + piece)])
        }
    }

    @Test("a torn recording is taken up after a crash and sealed as interrupted", arguments: [0, 1, 3, 20])
    func recovery(torn: Int) throws {
        let recording = try TestRecording()
        try recording.output(Array("first".utf8), at: 1)
        try recording.checkpoint()
        try recording.output(Array("second".utf8), at: 2)
        let whole = recording.file.count
        try recording.output(Array("third".utf8), at: 3)
        let file = Array(recording.file[..<(whole + torn)])
        guard case .unsealed(let notary) = try self.resume(file, recording) else {
            Issue.record("it has no seal")
            return
        }
        #expect(notary.tornBytes == UInt64(torn))
        #expect(notary.head.covered == UInt64(whole))
        let seal = try notary.seal(RecordingEnding(.interrupted), wallClock: 9)
        let sealed = Array(file[..<Int(notary.head.covered)]) + seal
        let contents = try recording.read(sealed)
        #expect(contents.report.verdict == .complete(RecordingEnding(.interrupted, tornBytes: UInt64(torn))))
        #expect(joined(contents.events) == Array("firstsecond".utf8))
        guard case .sealed(let ending, _) = try self.resume(sealed, recording) else {
            Issue.record("it has a seal")
            return
        }
        #expect(ending.how == .interrupted)
    }

    @Test(
        "zeros and junk at the end, as a power cut leaves them, are cut off",
        arguments: [UInt8(0), 0x10, 0x03, 0xee, 0xff])
    func powerCut(filler: UInt8) throws {
        let recording = try TestRecording()
        try recording.output(Array("first".utf8), at: 1)
        let tail = [UInt8](repeating: filler, count: 700)
        guard case .unsealed(let notary) = try self.resume(recording.file + tail, recording) else {
            Issue.record("it has no seal")
            return
        }
        #expect(notary.head.covered == UInt64(recording.file.count))
        let sealed = recording.file + (try notary.seal(RecordingEnding(.interrupted), wallClock: 9))
        #expect(try recording.read(sealed).report.verdict == .complete(RecordingEnding(.interrupted, tornBytes: 700)))
    }

    @Test("a live worker goes on after its gateway was replaced, with a checkpoint of the old one under way")
    func reattachment() throws {
        let recording = try TestRecording()
        try recording.output(Array("first".utf8), at: 1)
        let underWay = try recording.notary.checkpoint(wallClock: 1)
        guard case .unsealed(let notary) = try self.resume(recording.file, recording, piece: 7) else {
            Issue.record("it has no seal")
            return
        }
        var file = recording.file
        let next = try #require(recording.encoder.frameOf(Array("second".utf8), at: 2))
        let own = try notary.checkpoint(wallClock: 2)
        for bytes in [underWay, next, own] {
            try notary.observe(bytes)
            file += bytes
        }
        file += try notary.seal(RecordingEnding(.closed), wallClock: 3)
        #expect(try recording.read(file).report.isComplete)
        #expect(joined(try recording.read(file).events) == Array("firstsecond".utf8))
    }

    @Test("an altered file is not taken up again")
    func alteredFile() throws {
        let recording = try TestRecording()
        try recording.output(Array("first".utf8), at: 1)
        try recording.checkpoint()
        var file = recording.file
        file[recording.writes[0] + 6] ^= 1
        #expect(throws: RecordingError.self) { try self.resume(file, recording) }
        #expect(throws: RecordingError.self) { try self.resume(Array(recording.file[..<40]), recording) }
        #expect(throws: RecordingError.self) { try self.resume([], recording) }
    }

    @Test("what is not the worker's to write is misconduct")
    func misconduct() throws {
        let other = try TestRecording.small()
        let checkpoint = Array(other.file[other.writes[2]..<other.writes[3]])
        let seal = Array(other.file[other.writes[other.writes.count - 2]...])
        var forged = checkpoint
        forged[50] ^= 1
        let header = Array(other.file[4..<other.writes[0]])
        let gatewayRecord: [UInt8] = [2, 40] + [UInt8](repeating: 1, count: 40)
        for bytes in [checkpoint, seal, forged, header, gatewayRecord, [0xff], [0x10, 0, 0, 0], [0x44, 0, 0, 0]] {
            let recording = try TestRecording()
            try recording.output(Array("first".utf8), at: 1)
            #expect(throws: RecordingError.self, "\(bytes.prefix(4))") { try recording.notary.observe(bytes) }
            // What it wrote before is still good for a sealed file.
            #expect(recording.notary.head.covered == UInt64(recording.file.count))
            #expect(recording.notary.tornBytes == UInt64(bytes.count))
            try recording.seal(RecordingEnding(.interrupted))
            let ending = RecordingEnding(.interrupted, tornBytes: UInt64(bytes.count))
            #expect(try recording.read().report.verdict == .complete(ending))
        }
    }

    @Test("a checkpoint written twice is misconduct")
    func repeatedCheckpoint() throws {
        let recording = try TestRecording()
        let checkpoint = try recording.notary.checkpoint(wallClock: 1)
        try recording.appendRaw(checkpoint)
        let sound = recording.file.count
        #expect(throws: RecordingError.self) { try recording.notary.observe(checkpoint) }
        #expect(recording.notary.head.covered == UInt64(sound))
    }

    @Test("unsigned bytes are counted from the last checkpoint signed")
    func unsignedBytes() throws {
        let recording = try TestRecording()
        try recording.output(Array("first".utf8), at: 1)
        let frame = UInt64(recording.lastWrite)
        let checkpoint: UInt64 = 143
        #expect(recording.notary.unsignedBytes == frame + checkpoint)
        _ = try recording.notary.checkpoint(wallClock: 1)
        #expect(recording.notary.unsignedBytes == 0)
        try recording.output(Array("other".utf8), at: 2)
        #expect(recording.notary.unsignedBytes == UInt64(recording.lastWrite))
    }

    @Test("a checkpoint that died with its worker is not missed")
    func lostCheckpoint() throws {
        let recording = try TestRecording()
        try recording.output(Array("first".utf8), at: 1)
        _ = try recording.notary.checkpoint(wallClock: 1)
        try recording.output(Array("second".utf8), at: 2)
        try recording.checkpoint()
        try recording.seal()
        #expect(try recording.read().report.isComplete)
    }
}

extension FrameEncoder {
    fileprivate func frameOf(_ bytes: [UInt8], at time: UInt64) -> [UInt8]? {
        bytes.withUnsafeBytes { self.appendOutput(channel: 1, at: time, $0) }
        return self.sealFrame { Array($0) }
    }
}
