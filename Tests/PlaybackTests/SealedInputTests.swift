import RecordingFormat
import RecordingKeys
import TerminalModel
import Testing

@testable import Playback
@testable import TerminalPlayer

/// Recordings in which what was typed has readers of its own.
@Suite struct SealedInputTests {
    private static let typed = "typedsecret"

    private struct Session {
        let keys: RecordingSubkeys
        let file: [UInt8]
        let officer = RecordingIdentity()

        /// The first public key of RFC 8032 section 7.1. Nothing is verified here.
        private static let signer: [UInt8] = [
            0xd7, 0x5a, 0x98, 0x01, 0x82, 0xb1, 0x0a, 0xb7, 0xd5, 0x4b, 0xfe, 0xd3, 0xc9, 0x64, 0x07, 0x3a,
            0x0e, 0xe1, 0x72, 0xf3, 0xda, 0xa6, 0x23, 0x25, 0xaf, 0x02, 0x1a, 0x68, 0xf7, 0x07, 0x51, 0x1a,
        ]

        init() throws {
            let (key, inputKey, fileID) = (RecordingKey.random(), RecordingKey.random(), FileID.random())
            let header = try RecordingHeader(
                fileID: fileID, started: 1, signingKey: Self.signer, fileKey: key,
                recipients: [RecordingIdentity().recipient], input: (inputKey, [self.officer.recipient]))
            self.keys = RecordingSubkeys(fileKey: key, inputFileKey: inputKey, fileID: fileID)
            var file = try RecordingNotary.start(
                header: header, metadata: RecordingMetadata(), gatewayKey: self.keys.gateway, wallClock: 1,
                sign: { _ in Array(repeating: 0, count: 64) }
            ).bytes
            let encoder = FrameEncoder(frameKey: self.keys.frames, inputKey: self.keys.input)
            for event in Self.events {
                try encoder.append(event)
                encoder.sealFrame { file += $0 }
            }
            self.file = file
        }

        /// Ends with minutes in which there was typing alone.
        static var events: [RecordedEvent] {
            let start = [Sample.pty(80, 24), Sample.event(0, .request(.shell)), Sample.output(1_000_000, "first\r\n")]
            return start
                + (0..<40).flatMap { round in
                    let time = UInt64(round) * 10_000_000 + 2_000_000
                    let key = Sample.event(time, .input(Array(SealedInputTests.typed.utf8)))
                    return round < 30 ? [key, Sample.output(time + 1000, "line \(round)\r\n")] : [key]
                }
        }

        func reel(withInput: Bool, index: ReelIndex? = nil) throws -> Reel {
            try Reel(keys: withInput ? self.keys : self.keys.withoutInput, file: Sample.read(self.file), index: index)
        }
    }

    private static func keystrokePane(_ reel: Reel) throws -> String {
        var model = try PlayerModel(reel, title: "alice → root@web1", options: .init())
        for key in [Key.character(UInt8(ascii: " ")), .character(UInt8(ascii: "k"))] {
            _ = try model.pressed(key, size: TerminalSize(columns: 80, rows: 24))
        }
        while model.hasWork { try model.work() }
        let frame = model.frame(size: TerminalSize(columns: 80, rows: 24))
        var screen = TerminalScreen(size: frame.size)
        screen.feed(FramePainter.paint(from: nil, to: frame))
        return screen.rows.map(\.text).joined(separator: "\n")
    }

    @Test("the keystroke pane says whose the keys are, or shows them")
    func pane() throws {
        let session = try Session()
        let sealed = try session.reel(withInput: false)
        #expect(sealed.typedForOthers == [session.officer.recipient.fingerprint])
        #expect(try Self.keystrokePane(sealed).contains("typed: sealed to \(session.officer.recipient.fingerprint)"))
        let open = try session.reel(withInput: true)
        #expect(open.typedForOthers == nil)
        try open.move(to: 5_000_000)
        #expect(String(decoding: open.view.recentInput, as: UTF8.self) == Self.typed)
        #expect(try Self.keystrokePane(try session.reel(withInput: true)).contains("typed:"))
    }

    @Test("screens at any time are the same with both keys and with one, however one comes there")
    func screens() throws {
        let session = try Session()
        let (sealed, open) = (try session.reel(withInput: false), try session.reel(withInput: true))
        #expect(sealed.duration == 292_001_000)
        #expect(open.duration == 392_000_000)
        while try sealed.scan() {}
        while try open.scan() {}
        for time in [300, 7, 150, 290, 60, 0].map({ UInt64($0) * 1_000_000 }) {
            try sealed.move(to: time)
            try open.move(to: time)
            #expect(sealed.view.screen.visible == open.view.screen.visible)
            #expect(sealed.view.recentInput.isEmpty && (time < 2_000_000) == open.view.recentInput.isEmpty)
        }
    }

    @Test("an index holds nothing that was typed, and who can read that does without it")
    func index() throws {
        let session = try Session()
        func content(_ keys: RecordingSubkeys) throws -> [UInt8] {
            let maker = ReelIndexMaker(keys: keys, file: Sample.read(session.file), limits: .init(leastCost: 0))
            while try maker.next() != nil {}
            return try #require(maker.finish(end: UInt64(session.file.count)))
        }
        let index = try content(session.keys)
        #expect(index == (try content(session.keys.withoutInput)))
        let stored = try #require(ReelIndex(index))
        let sealed = try session.reel(withInput: false, index: stored)
        let open = try session.reel(withInput: true, index: stored)
        #expect(sealed.isScanned && !open.isScanned)
        for reel in [sealed, open] { try reel.move(to: 200_000_000) }
        #expect(sealed.view.screen.visible == open.view.screen.visible)
        #expect(sealed.view.recentInput.isEmpty && !open.view.recentInput.isEmpty)
    }
}
