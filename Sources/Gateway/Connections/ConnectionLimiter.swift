import AuditLog
import GatewayConfiguration

/// Counts connections and says which limit a further one would break. Pure.
struct ConnectionLimiter: Sendable {
    private struct Count {
        var total = 0
        var unauthenticated = 0
    }

    private let limits: GatewayConfiguration.ConnectionLimits
    private var all = Count()
    private var perSource: [String: Count] = [:]

    init(_ limits: GatewayConfiguration.ConnectionLimits) { self.limits = limits }

    /// One source may hold half of the places before login, so that it can't keep everybody else out.
    private var unauthenticatedPerSource: Int { max(1, self.limits.unauthenticated / 2) }

    /// Counts one more connection, or names the limit that it would break.
    mutating func admit(from source: String) -> ConnectionLimit? {
        var own = self.perSource[source, default: Count()]
        if self.all.total >= self.limits.total { return .total }
        if own.total >= self.limits.perSource || own.unauthenticated >= self.unauthenticatedPerSource {
            return .perSource
        }
        if self.all.unauthenticated >= self.limits.unauthenticated { return .unauthenticated }
        own.total += 1
        own.unauthenticated += 1
        self.perSource[source] = own
        self.all.total += 1
        self.all.unauthenticated += 1
        return nil
    }

    mutating func authenticated(from source: String) {
        self.all.unauthenticated -= 1
        self.perSource[source]?.unauthenticated -= 1
    }

    mutating func ended(from source: String, wasAuthenticated: Bool) {
        if !wasAuthenticated { self.authenticated(from: source) }
        self.all.total -= 1
        self.perSource[source]?.total -= 1
        if self.perSource[source]?.total == 0 { self.perSource[source] = nil }
    }
}
