import AdminAPI
import FoundationEssentials
import RecordingFormat

extension RecordingAccess {
    /// - throws: `AdminError` where the gateway gave no key that fits.
    func subkeys() throws -> RecordingSubkeys {
        guard let keys = self.keys, let frames = try? RecordingKey(keys.frames.bytes),
            let gateway = try? RecordingKey(keys.gateway.bytes)
        else { throw AdminError(.unavailable, "the gateway has no key for this recording") }
        return RecordingSubkeys(
            frames: frames, gateway: gateway, input: keys.input.flatMap { try? RecordingKey($0.bytes) })
    }

    /// The 32 bytes of the Ed25519 key in the OpenSSH line (RFC 8709 section 4); nil for another line.
    var signer: [UInt8]? {
        let words = self.signingKey.line.split(separator: " ")
        guard words.count >= 2, words[0] == "ssh-ed25519", let blob = Data(base64Encoded: String(words[1])),
            blob.count == 51
        else { return nil }
        return [UInt8](blob.suffix(32))
    }
}
