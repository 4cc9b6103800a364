/// What can be wrong with a recording. The raw values are the words of docs/recording-format.md section 9.
public enum RecordingFailure: String, Hashable, Sendable, CaseIterable {
    case notARecording = "not a recording"
    /// A required feature of a later version.
    case unsupported
    case header
    case wrongSigner = "wrong signer"
    case altered
    case seal
    case spliced
    case cut
    case trailingData = "trailing data"
    case limit
    /// Structure that no writer makes; also an event that does not fit.
    case malformed
    /// The key is not that of this file.
    case wrongKey = "wrong key"
    /// A frame or gateway record does not authenticate.
    case frame
}

/// A failure, where it is, and one line for a person. Two errors are equal if their codes are.
public struct RecordingError: Error, Sendable, CustomStringConvertible {
    public let code: RecordingFailure
    /// Offset in the file, in bytes, where known.
    public let offset: UInt64?
    private let detail: String

    init(_ code: RecordingFailure, at offset: UInt64? = nil, _ detail: String) {
        self.code = code
        self.offset = offset
        self.detail = detail
    }

    public var description: String {
        if let offset { return "\(self.code.rawValue): \(self.detail) (at byte \(offset))" }
        return "\(self.code.rawValue): \(self.detail)"
    }
}

extension RecordingError: Hashable {
    public static func == (left: RecordingError, right: RecordingError) -> Bool { left.code == right.code }
    public func hash(into hasher: inout Hasher) { hasher.combine(self.code) }
}
