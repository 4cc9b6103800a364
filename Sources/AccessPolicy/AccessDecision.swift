/// A verdict together with every rule that was looked at on the way to it.
public struct AccessDecision: Hashable, Sendable {
    public let verdict: Verdict
    /// What exists first, then what denies, then what allows, then the rest, each by name.
    public let trace: [TraceStep]

    public enum Verdict: Hashable, Sendable {
        case allowed(AuthorizedTarget)
        /// Nothing is permitted, but the user may ask others to approve it.
        case requestable(AccessOffer)
        case denied(DenialReason)
    }

    /// The verdict in one line.
    public var sentence: String {
        switch self.verdict {
        case .allowed(let destination): "allowed by \(destination.grants.joined(separator: ", "))"
        case .requestable(let offer): offer.sentence
        case .denied(let reason): "denied: \(reason.sentence)"
        }
    }

    /// The whole of the trace on one line, such as `user alice: exists; grant ops: applies`; what goes beyond
    /// `maximumBytes` is counted.
    public func summary(maximumBytes: Int) -> String {
        let words = self.trace.map(\.text)
        var (text, kept) = ("", 0)
        // Room for the count.
        let limit = maximumBytes - 32
        for word in words {
            let next = text.isEmpty ? word : "\(text); \(word)"
            guard next.utf8.count <= limit else { break }
            (text, kept) = (next, kept + 1)
        }
        let left = words.count - kept
        return left == 0 ? text : "\(text); and \(left) more"
    }
}

/// Proof that the policy let this user use this account on this target. Only `AccessPolicy` makes one.
public struct AuthorizedTarget: Hashable, Sendable {
    public let user: String
    public let account: String
    public let target: String
    /// What the matching grants permit together, less what is denied; never empty.
    public let channels: Set<ChannelKind>
    /// Where forwarded connections may go, by any of the matching grants.
    public let forwards: [ForwardRule]
    /// The strictest that the matching grants ask for.
    public let keystrokes: KeystrokeRecording
    /// As ``keystrokes``.
    public let fileContent: FileContentRecording
    /// How fresh the proof of a second factor has to be when a session begins, in seconds; nil for none.
    public let secondFactorSeconds: Int?
    /// As ``keystrokes``.
    public let limits: AccessLimits
    /// As ``keystrokes``.
    public let supervision: Supervision
    /// Names of the grants that matched, in order; never empty.
    public let grants: [String]

    /// Whether all that `other` permits is permitted here too, on the same account.
    public func covers(_ other: AuthorizedTarget) -> Bool {
        self.user == other.user && self.account == other.account && self.target == other.target
            && self.channels.isSuperset(of: other.channels)
            && other.forwards.allSatisfy { self.forwards.contains($0) }
    }
}
