import Crypto
import Foundation
import RecordingFormat
import RecordingKeys

/// A recording made in memory by the real writers, with its keys.
final class TestRecording {
    static let startedAt: UInt64 = 1_700_000_000_000_000_000
    let signer: Curve25519.Signing.PrivateKey
    let identity = RecordingIdentity()
    let fileKey = RecordingKey.random()
    /// Of the track for what is typed; nil if that goes with the rest.
    let input: (identity: RecordingIdentity, fileKey: RecordingKey)?
    let header: RecordingHeader
    let encoder: FrameEncoder
    let notary: RecordingNotary
    private(set) var file: [UInt8]
    /// Ends of everything that was written, in bytes.
    private(set) var writes: [Int]

    var signingKey: [UInt8] { Array(self.signer.publicKey.rawRepresentation) }
    var subkeys: RecordingSubkeys {
        RecordingSubkeys(fileKey: self.fileKey, inputFileKey: self.input?.fileKey, fileID: self.header.fileID)
    }

    /// Of the main track, and of the input track if there is one.
    var identities: [RecordingIdentity] { [self.identity] + (self.input.map { [$0.identity] } ?? []) }

    init(
        signer: Curve25519.Signing.PrivateKey = Curve25519.Signing.PrivateKey(), hasInputTrack: Bool = false
    ) throws {
        self.signer = signer
        self.input = hasInputTrack ? (RecordingIdentity(), RecordingKey.random()) : nil
        let fileID = FileID.random()
        self.header = try RecordingHeader(
            fileID: fileID, started: Self.startedAt, signingKey: Array(signer.publicKey.rawRepresentation),
            fileKey: self.fileKey, recipients: [self.identity.recipient],
            input: self.input.map { ($0.fileKey, [$0.identity.recipient]) })
        var metadata = RecordingMetadata()
        metadata["user"] = Array("alice".utf8)
        metadata["target"] = Array("web1".utf8)
        let subkeys = RecordingSubkeys(
            fileKey: self.fileKey, inputFileKey: self.input?.fileKey, fileID: fileID)
        let started = try RecordingNotary.start(
            header: self.header, metadata: metadata, gatewayKey: subkeys.gateway, wallClock: Self.startedAt,
            sign: Self.sign(with: signer))
        self.notary = started.notary
        self.file = started.bytes
        self.writes = [started.bytes.count]
        self.encoder = FrameEncoder(frameKey: subkeys.frames, inputKey: subkeys.input)
    }

    static func sign(with key: Curve25519.Signing.PrivateKey) -> RecordingNotary.Sign {
        { message in Array(try key.signature(for: message)) }
    }

    func append(_ events: RecordedEvent...) throws {
        for event in events { try self.encoder.append(event) }
        try self.write()
    }

    func output(_ bytes: [UInt8], at time: UInt64, channel: UInt32 = 1) throws {
        bytes.withUnsafeBytes { self.encoder.appendOutput(channel: channel, at: time, $0) }
        try self.write()
    }

    func input(_ bytes: [UInt8], at time: UInt64, channel: UInt32 = 1) throws {
        bytes.withUnsafeBytes { self.encoder.appendInput(channel: channel, at: time, $0) }
        try self.write()
    }

    /// Size of the last write, in bytes.
    var lastWrite: Int { self.writes[self.writes.count - 1] - self.writes[self.writes.count - 2] }

    func write() throws {
        if let record = self.encoder.sealFrame({ Array($0) }) { try self.appendRaw(record) }
    }

    /// Appends bytes as the worker would, seen by the notary.
    func appendRaw(_ bytes: [UInt8]) throws {
        self.file += bytes
        self.writes.append(self.file.count)
        try self.notary.observe(bytes)
    }

    func checkpoint(after seconds: UInt64 = 1) throws {
        try self.appendRaw(try self.notary.checkpoint(wallClock: Self.startedAt + seconds * 1_000_000_000))
    }

    func seal(_ ending: RecordingEnding = RecordingEnding(.closed)) throws {
        self.file += try self.notary.seal(ending, wallClock: Self.startedAt + 60_000_000_000)
        self.writes.append(self.file.count)
    }

    /// - Parameter withInput: with the key of the input track, if there is one.
    func read(_ file: [UInt8]? = nil, withInput: Bool = true) throws -> RecordingContents {
        let keys = withInput ? self.subkeys : self.subkeys.withoutInput
        return try RecordingReader.read(file ?? self.file, expectedSigner: nil) { _ in keys }
    }
}

extension TestRecording {
    /// A whole session of three intervals, some 1.5 KB.
    static func small(
        signer: Curve25519.Signing.PrivateKey = Curve25519.Signing.PrivateKey(), hasInputTrack: Bool = false
    ) throws -> TestRecording {
        let recording = try TestRecording(signer: signer, hasInputTrack: hasInputTrack)
        try recording.append(
            RecordedEvent(time: 10, channel: 1, body: .channelOpened(type: Array("session".utf8))),
            RecordedEvent(time: 20, channel: 1, body: .request(.shell)))
        try recording.output(Array("alice@web1:~$ ".utf8), at: 100)
        try recording.checkpoint()
        for (index, key) in "ls -l".utf8.enumerated() {
            let time = 200_000 * UInt64(index + 1)
            try recording.input([key], at: time)
            try recording.output([key], at: time + 900)
        }
        // This one speaks of bytes that end before the next frame does, as when the worker was faster.
        let late = try recording.notary.checkpoint(wallClock: startedAt + 2_000_000_000)
        try recording.output(Array("\r\ntotal 0\r\nalice@web1:~$ alice@web1:~$ \r\n".utf8), at: 2_000_000)
        try recording.appendRaw(late)
        try recording.append(RecordedEvent(time: 3_000_000, channel: 1, body: .exitStatus(0)))
        try recording.seal(RecordingEnding(.killed, by: Array("bob".utf8), reason: Array("test".utf8)))
        return recording
    }
}

/// All events in one value, neighbouring data of a channel and kind joined, so that cuts between frames do not matter.
func joined(_ events: [RecordedEvent]) -> [UInt8] {
    events.reduce(into: []) { bytes, event in
        if case .output(let piece) = event.body { bytes += piece }
    }
}
