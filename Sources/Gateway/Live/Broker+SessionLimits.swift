import AccessPolicy
import WorkerProtocol

/// Why there are as many sessions already as a grant permits.
enum SessionExcess: Hashable, Sendable {
    case ofUser(limit: Int)
    case onTarget(String, limit: Int)

    /// Stable word for audit rows.
    var word: String {
        switch self {
        case .ofUser: "too-many-sessions-of-user"
        case .onTarget: "too-many-sessions-on-target"
        }
    }

    /// For the user.
    var line: String {
        switch self {
        case .ofUser(let limit):
            "you have \(limit) session\(limit == 1 ? "" : "s") already, as many as you may: end one first"
        case .onTarget(let target, let limit):
            "\(target) has \(limit) session\(limit == 1 ? "" : "s") already, as many as it may: try again later"
        }
    }
}

extension Broker {
    /// Whether one more session would be one too many; nil when it would not. Sessions that are being ended count until
    /// they are dead.
    func sessionsInExcess(of destination: AuthorizedTarget) -> SessionExcess? {
        let running = self.connections.values.compactMap { $0.session?.destination }
        if let limit = destination.limits.sessionsPerUser,
            running.count(where: { $0.user == destination.user }) >= limit
        {
            return .ofUser(limit: limit)
        }
        if let limit = destination.limits.sessionsPerTarget,
            running.count(where: { $0.target == destination.target }) >= limit
        {
            return .onTarget(destination.target, limit: limit)
        }
        return nil
    }
}

extension SessionLimits {
    /// The policy's limits that are the worker's to keep, as the worker protocol writes them.
    init(_ limits: AccessLimits) {
        self.init(
            idleSeconds: UInt32(clamping: limits.idleSeconds ?? 0),
            bytes: limits.bytes.sorted { $0.text < $1.text }.prefix(WireLimits.byteLimits).map { limit in
                ChannelByteLimit(
                    kinds: ChannelKinds([limit.kind]), direction: limit.direction == .upload ? .upload : .download,
                    bytes: limit.bytes)
            })
    }
}
