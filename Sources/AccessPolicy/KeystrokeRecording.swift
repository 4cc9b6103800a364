/// What of an admin's input a recording may hold, as grants name it.
public enum KeystrokeRecording: String, CaseIterable, Hashable, Sendable {
    /// Everything, passwords that are typed included.
    case all
    /// Everything but what is typed while the terminal does not echo.
    case maskSecrets = "mask-secrets"
    /// The number of bytes alone.
    case none

    /// What a grant says that says nothing of it.
    public static let standard = KeystrokeRecording.maskSecrets

    /// Of several grants that apply, the one that keeps least counts: what was never written down can't leak, and
    /// a grant that keeps more can't undo the promise of another.
    public static func strictest(of policies: some Sequence<KeystrokeRecording>) -> KeystrokeRecording {
        policies.max { $0.strictness < $1.strictness } ?? .standard
    }

    private var strictness: Int {
        switch self {
        case .all: 0
        case .maskSecrets: 1
        case .none: 2
        }
    }
}
