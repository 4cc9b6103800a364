import Foundation
import RecordingFormat
import Testing

@Suite("sizes")
struct SizeTests {
    @Test("a typed key and its echo cost at most 24 bytes each, at any time of a long session")
    func keystrokes() throws {
        let recording = try TestRecording()
        var time: UInt64 = 3_600_000_000
        try recording.output([65], at: time)
        for _ in 0..<100 {
            time += 190_000
            try recording.input([108], at: time)
            #expect(recording.lastWrite <= 24)
            time += 900
            try recording.output([108], at: time)
            #expect(recording.lastWrite <= 24)
        }
    }

    @Test("a frame costs 17 bytes beside its events if they are short, and at most 20")
    func overhead() throws {
        let recording = try TestRecording()
        try recording.output([UInt8](repeating: 1, count: 10), at: 0)
        try recording.output([UInt8](repeating: 1, count: 10), at: 0)
        // time, kind and channel, length and the bytes; record header and tag
        #expect(recording.lastWrite == 1 + 1 + 1 + 10 + 17)
        var generator = SystemRandomNumberGenerator()
        let noise = (0..<60_000).map { _ in UInt8.random(in: 0...255, using: &generator) }
        try recording.output(noise, at: 0)
        let event = 1 + 1 + 3 + noise.count
        // The frame header of zstd, and the headers of two blocks of it.
        #expect(recording.lastWrite <= event + 20 + 6 + 2 * 3)
    }

    @Test("`seq` through a pty costs at most 0.05 bytes per byte", arguments: [4_095, 9_000, 16_384, 50_000, 65_536])
    func sequence(piece: Int) throws {
        let recording = try TestRecording()
        var pending: [UInt8] = []
        var total = 0
        var recorded = 0
        var time: UInt64 = 0
        for number in 2_000_000..<2_600_000 {
            pending += Array("\(number)\r\n".utf8)
            guard pending.count >= piece else { continue }
            total += pending.count
            time += UInt64(pending.count) / 25  // 25 MB/s, more than a pty gives
            pending.withUnsafeBytes { recording.encoder.appendOutput(channel: 1, at: time, $0) }
            recorded += recording.encoder.sealFrame { $0.count } ?? 0
            pending.removeAll(keepingCapacity: true)
        }
        #expect(Double(recorded) / Double(total) <= 0.05, "\(Double(recorded) / Double(total))")
    }

    @Test("a flood that comes in bursts of a channel's window costs no more")
    func bursts() throws {
        let recording = try TestRecording()
        var pending: [UInt8] = []
        var total = 0
        var recorded = 0
        for number in 2_000_000..<3_000_000 {
            pending += Array("\(number)\r\n".utf8)
            guard pending.count >= 65_536 else { continue }
            // A burst arrives within one moment, the next one 60 ms later: 20 MB/s in all.
            let time = UInt64(total / 1_280_000) * 60_000
            total += pending.count
            pending.withUnsafeBytes { recording.encoder.appendOutput(channel: 1, at: time, $0) }
            recorded += recording.encoder.sealFrame { $0.count } ?? 0
            pending.removeAll(keepingCapacity: true)
        }
        #expect(Double(recorded) / Double(total) <= 0.05, "\(Double(recorded) / Double(total))")
    }

    @Test("what can't be compressed costs next to nothing more than itself")
    func incompressible() throws {
        let recording = try TestRecording()
        var generator = SystemRandomNumberGenerator()
        var recorded = 0
        let size = 32_768
        let count = 100
        for index in 0..<count {
            let data = (0..<size).map { _ in UInt8.random(in: 0...255, using: &generator) }
            data.withUnsafeBytes { recording.encoder.appendOutput(channel: 1, at: UInt64(index), $0) }
            recorded += recording.encoder.sealFrame { $0.count } ?? 0
        }
        #expect(recorded <= size * count + 48 * count)
    }

    @Test("nothing is handed out when nothing happened")
    func idle() throws {
        let recording = try TestRecording()
        #expect(recording.encoder.sealFrame { $0.count } == nil)
        #expect(recording.encoder.pendingBytes == 0)
    }

    @Test(
        "an hour of typical administration costs at most 300 KB, with an input track 310 KB",
        arguments: [(false, 300_000), (true, 310_000)])
    func hour(hasInputTrack: Bool, limit: Int) throws {
        let recording = try TestRecording(hasInputTrack: hasInputTrack)
        let shown = try ScriptedHour.play(on: recording)
        try recording.seal()
        let name = hasInputTrack ? "hour with an input track" : "hour"
        print("sizes: \(name): \(recording.file.count) bytes for \(shown) bytes shown")
        #expect(recording.file.count <= limit)
        #expect(try joined(recording.read().events).count == shown)
        if !hasInputTrack { try Self.keep(recording, "hour") }
    }

    @Test("`seq 1 3000000` costs at most 0.05 bytes per byte, with what the gateway signs")
    func flood() throws {
        let recording = try TestRecording()
        var pending: [UInt8] = []
        var total = 0
        for number in 1...3_000_000 {
            pending += Array("\(number)\r\n".utf8)
            guard pending.count >= 16_384 || number == 3_000_000 else { continue }
            total += pending.count
            try recording.output(pending, at: UInt64(total / 20))  // 20 MB/s
            pending.removeAll(keepingCapacity: true)
        }
        try recording.checkpoint()
        try recording.seal()
        #expect(Double(recording.file.count) / Double(total) <= 0.05)
        try Self.keep(recording, "flood")
    }

    /// For scripts/sizes, which names the folder.
    private static func keep(_ recording: TestRecording, _ name: String) throws {
        guard let folder = ProcessInfo.processInfo.environment["SALLYPORT_WRITE_SIZES"] else { return }
        let place = URL(filePath: folder).appending(path: name)
        try Data(recording.file).write(to: place.appendingPathExtension("spr"))
        try Data(recording.identity.secretText.utf8).write(to: place.appendingPathExtension("identity"))
        // RFC 4253 section 6.6 and RFC 8709: two strings.
        let blob = [0, 0, 0, 11] + Array("ssh-ed25519".utf8) + [0, 0, 0, 32] + recording.signingKey
        let line = "ssh-ed25519 \(Data(blob).base64EncodedString()) \(name)\n"
        try Data(line.utf8).write(to: place.appendingPathExtension("pub"))
    }
}
