/// What a frame belongs to: each track is encrypted under a key of its own. See docs/recording-format.md section 3.
public enum RecordingTrack: UInt8, CaseIterable, Hashable, Sendable {
    /// Everything, or everything but what was typed.
    case main = 0
    /// What was typed, in files whose header names this track.
    case input = 1
}
