/// Why a recording can't be opened with the keys at hand.
public enum RecordingKeyError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The text is not a recipient's public key.
    case malformedRecipient
    /// The text is not an identity.
    case malformedIdentity
    /// The file is not encrypted to any of the identities.
    case notARecipient
    /// Only what was typed is encrypted to the identities.
    case inputRecipient
    /// The file is encrypted to this identity, but its header was altered.
    case headerAltered

    public var description: String {
        switch self {
        case .malformedRecipient: "this is not a recording recipient, which begins with spr-recipient-1"
        case .malformedIdentity: "this is not a recording identity, which begins with SPR-IDENTITY-1"
        case .notARecipient: "the recording is not encrypted to this identity"
        case .inputRecipient:
            "this identity opens what was typed, but not the recording itself: give another --identity that does"
        case .headerAltered: "the recording's key can't be unwrapped: its header was altered"
        }
    }
}
