import AuditLog
import GatewayConfiguration

/// Counts connections and says which limit a further one would break. Pure.
struct ConnectionLimiter: Sendable {
    private let limits: GatewayConfiguration.ConnectionLimits
    private var total = 0
    private var unauthenticated = 0
    private var perSource: [String: Int] = [:]

    init(_ limits: GatewayConfiguration.ConnectionLimits) { self.limits = limits }

    /// Counts one more connection, or names the limit that it would break.
    mutating func admit(from source: String) -> ConnectionLimit? {
        if self.total >= self.limits.total { return .total }
        if self.unauthenticated >= self.limits.unauthenticated { return .unauthenticated }
        if self.perSource[source, default: 0] >= self.limits.perSource { return .perSource }
        self.total += 1
        self.unauthenticated += 1
        self.perSource[source, default: 0] += 1
        return nil
    }

    mutating func authenticated() { self.unauthenticated -= 1 }

    mutating func ended(from source: String, wasAuthenticated: Bool) {
        self.total -= 1
        if !wasAuthenticated { self.unauthenticated -= 1 }
        let left = self.perSource[source, default: 1] - 1
        self.perSource[source] = left > 0 ? left : nil
    }
}
