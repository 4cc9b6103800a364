/// Whether a recording holds the content of files that sftp and scp move, as grants name it.
public enum FileContentRecording: String, CaseIterable, Hashable, Sendable {
    /// Every byte, as of any other channel.
    case record
    /// Path, size, direction and SHA-256, and how many bytes of content were left out.
    case omit

    /// What a grant says that says nothing of it.
    public static let standard = FileContentRecording.omit

    /// Of several grants that apply, the one that keeps least counts, as for ``KeystrokeRecording``.
    public static func strictest(of policies: some Sequence<FileContentRecording>) -> FileContentRecording {
        policies.allSatisfy { $0 == .record } ? .record : .omit
    }
}
