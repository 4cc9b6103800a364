import AdminAPI
import RecordingFormat

/// A recording that was deleted, and what its seal says.
struct DeletedRecording: Encodable {
    var recording: String
    var verdict = "deleted"
    /// The seal is what the gateway signed.
    var verified: Bool
    var detail: String
    /// Of the file as it was.
    var bytes: UInt64?
    var sha256: String?
    var how: String?
    var deleted: RecordingDeletionInfo

    /// - Parameter signer: the gateway's key, 32 bytes.
    init(_ recording: RecordingInfo, _ deleted: RecordingDeletionInfo, signer: [UInt8]) {
        self.recording = recording.id
        self.deleted = deleted
        let trace = Self.trace(deleted)
        // What is no hexadecimal is no record either.
        let remains = RecordingRemains(
            start: Self.bytes(deleted.start) ?? [], seal: Self.bytes(deleted.seal) ?? [])
        do throws(RecordingError) {
            let finding = try remains.verify(expectedSigner: signer)
            self.verified = finding.fileID.sessionID == recording.id
            self.bytes = finding.bytes
            self.sha256 = finding.head.text
            self.how = String(describing: finding.ending.how)
            self.detail =
                self.verified
                ? "\(trace); its seal verifies: \(finding.bytes) bytes, \(finding.ending.how)"
                : "\(trace); the seal that is left is that of another recording"
        } catch {
            self.verified = false
            self.detail = "\(trace); its seal does not verify: \(error)"
        }
    }

    /// `deleted on 2027-01-31 08:05:09Z by gateway (target web1, 90 d)`
    static func trace(_ deleted: RecordingDeletionInfo) -> String {
        let reason = deleted.reason.map { ": \($0)" } ?? ""
        return "deleted on \(Display.time(deleted.time)) by \(deleted.by) (\(deleted.rule)\(reason))"
    }

    private static func bytes(_ digits: String) -> [UInt8]? {
        let digits = Array(digits.utf8)
        guard digits.count.isMultiple(of: 2) else { return nil }
        var bytes: [UInt8] = []
        for index in stride(from: 0, to: digits.count, by: 2) {
            guard let byte = UInt8(String(decoding: digits[index..<index + 2], as: UTF8.self), radix: 16) else {
                return nil
            }
            bytes.append(byte)
        }
        return bytes
    }
}
