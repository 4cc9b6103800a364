import AdminAPI
import Crypto
import Foundation
import RecordingFormat
import RecordingKeys

/// A short complete recording, with every key that a reader may need.
struct SampleRecording {
    let bytes: [UInt8]
    let subkeys: RecordingSubkeys
    let identity = RecordingIdentity()
    let signingKey: PublicKeyInfo
    /// The id under which its gateway would know it.
    let sessionID: String

    /// Offset within `bytes` of the first frame.
    let firstFrame: Int

    /// - parameter checkpoints: when they are signed, in milliseconds since the start, by the number of the event that each follows.
    init(
        events: [RecordedEvent] = SampleRecording.session, checkpoints: [Int: UInt64] = [:],
        ending: RecordingEnding = RecordingEnding(.closed)
    ) throws {
        let signer = Curve25519.Signing.PrivateKey()
        let publicKey = [UInt8](signer.publicKey.rawRepresentation)
        let fileKey = RecordingKey.random()
        let header = try RecordingHeader(
            fileID: .random(), started: 1_700_000_000_000_000_000, signingKey: publicKey, fileKey: fileKey,
            recipients: [self.identity.recipient])
        self.sessionID = header.fileID.sessionID
        self.subkeys = RecordingSubkeys(fileKey: fileKey, fileID: header.fileID)
        var metadata = RecordingMetadata()
        metadata["user"] = Array("alice".utf8)
        metadata["account"] = Array("root".utf8)
        metadata["target"] = Array("web1".utf8)
        var (notary, bytes) = try RecordingNotary.start(
            header: header, metadata: metadata, gatewayKey: self.subkeys.gateway, wallClock: header.started,
            sign: { [UInt8](try signer.signature(for: $0)) })
        self.firstFrame = bytes.count
        let encoder = FrameEncoder(frameKey: self.subkeys.frames)
        for (number, event) in events.enumerated() {
            try encoder.append(event)
            var records = encoder.sealFrame { Array($0) } ?? []
            try notary.observe(records)
            if let milliseconds = checkpoints[number] {
                let checkpoint = try notary.checkpoint(wallClock: header.started + milliseconds * 1_000_000)
                try notary.observe(checkpoint)
                records += checkpoint
            }
            bytes += records
        }
        bytes += try notary.seal(ending, wallClock: header.started + 3_000_000_000)
        self.bytes = bytes
        self.signingKey = PublicKeyInfo(
            type: "ssh-ed25519", fingerprint: "SHA256:test", line: Self.keyLine(publicKey))
    }

    /// An Ed25519 public key of 32 bytes, as a key file has it.
    static func keyLine(_ publicKey: [UInt8]) -> String {
        let blob = Data([0, 0, 0, 11] + Array("ssh-ed25519".utf8) + [0, 0, 0, 32] + publicKey)
        return "ssh-ed25519 \(blob.base64EncodedString()) gateway"
    }

    static let session: [RecordedEvent] = [
        RecordedEvent(time: 0, channel: 1, body: .channelOpened(type: Array("session".utf8))),
        RecordedEvent(
            time: 1000, channel: 1,
            body: .request(
                .pty(
                    terminal: Array("xterm".utf8), columns: 80, rows: 24, widthPixels: 0, heightPixels: 0, modes: []))),
        RecordedEvent(time: 1100, channel: 1, body: .requestAnswered(accepted: true)),
        RecordedEvent(time: 1200, channel: 1, body: .request(.shell)),
        RecordedEvent(time: 1300, channel: 1, body: .requestAnswered(accepted: true)),
        RecordedEvent(time: 500_000, channel: 1, body: .output(Array("root@web1:~# ".utf8))),
        RecordedEvent(time: 1_000_000, channel: 1, body: .input(Array("id\r".utf8))),
        RecordedEvent(
            time: 1_010_000, channel: 1, body: .output(Array("id\r\nuid=0(root) \u{1b}[1mbold\u{1b}[0m\r\n".utf8))),
        RecordedEvent(time: 2_000_000, channel: 1, body: .exitStatus(0)),
        RecordedEvent(time: 2_000_100, channel: 1, body: .channelClosed),
    ]
}
