import AdminAPI
import Playback
import RecordingFormat

/// Which index beside a recording is used to find places in it. What an index says is shown; whether the recording
/// was altered, verification says, and never looks at one.
enum IndexUse {
    /// One that the gateway signed; where its key isn't known, any that the recording's key opens.
    case trusted
    /// Any that the recording's key opens.
    case any
    case none

    /// Nil if none of the kind belongs to the file.
    func open(
        _ index: [UInt8], of file: SessionFile, keys: RecordingSubkeys, signer: SigningKey?
    ) throws -> ReelIndex? {
        guard self != .none, !index.isEmpty else { return nil }
        return try SealedIndex.open(
            index, of: file.read, keys: keys, signer: signer?.bytes, acceptsUnsigned: self == .any
        ).flatMap { ReelIndex($0) }
    }
}

extension ControlClient {
    /// The index of a recording; empty if it has none.
    func recordingIndex(_ id: String) async throws -> [UInt8] {
        var index: [UInt8] = []
        do {
            try await self.stream(AdminRoutes.recordingIndex.path(id)) { piece in
                index += piece.readableBytesView
                return index.count <= SealedIndex.maximumBytes
            }
        } catch is CommandFailure {
            // It plays without one.
            return []
        }
        return index
    }
}
