import Foundation
import Playback
import RecordingFormat
import Testing

@Suite struct TtyrecTests {
    private static func export(_ events: [RecordedEvent]) -> [UInt8] {
        var records = Ttyrec(channel: 1, startedAt: 1_700_000_000_900_000_500)
        return events.flatMap { records.append($0) }
    }

    @Test("each output is a record of its wall clock, size and bytes")
    func records() {
        let bytes = Self.export([
            Sample.pty(80, 24), Sample.output(100_000, "ab"), Sample.event(200_000, .input([0x63])),
            Sample.event(300_001, .stderr([0xFF])), Sample.output(400_000, ""), Sample.output(1, "x", channel: 2),
        ])
        // 1,700,000,001 s = 0x6553F101
        let first: [UInt8] = [0x01, 0xF1, 0x53, 0x65, 0, 0, 0, 0, 2, 0, 0, 0, 0x61, 0x62]
        // 200,001 us = 0x030D41
        let second: [UInt8] = [0x01, 0xF1, 0x53, 0x65, 0x41, 0x0D, 0x03, 0, 1, 0, 0, 0, 0xFF]
        #expect(bytes == first + second)
    }

    private static let ttyplay = "/usr/bin/ttyplay"

    @Test("the real ttyplay prints the recorded bytes", .enabled(if: RealPlayer.isInstalled(ttyplay)))
    func realPlayer() throws {
        let directory = try RealPlayer.makeDirectory()
        defer { try? FileManager.default.removeItem(at: directory) }
        let file = directory.appendingPathComponent("file")
        let output = directory.appendingPathComponent("output")
        var random = SeededGenerator(seed: 7)
        let events = Sample.session(40, &random)
        let expected = events.flatMap { event -> [UInt8] in
            if case .output(let bytes) = event.body { bytes } else { [] }
        }
        try Data(Self.export(events)).write(to: file)
        try RealPlayer.run("\(Self.ttyplay) -n '\(file.path)' > '\(output.path)'", home: directory)
        #expect([UInt8](try Data(contentsOf: output)) == expected)
    }
}
