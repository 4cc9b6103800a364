import AccessPolicy
import AuditLog
import WorkerProtocol

extension Broker {
    /// Puts on record what a worker refused, or saw inside a forwarded connection.
    func received(_ report: ChannelReport, from connection: Connection) {
        guard let session = connection.session, let user = connection.login?.user else { return }
        switch report {
        case .refused(let channel, let place, let cause):
            self.audit(
                .channelRefused(
                    session: session.id, channel: String(decoding: channel, as: UTF8.self),
                    place: String(decoding: place, as: UTF8.self), cause: cause.word),
                actor: user)
        case .nestedSSH(let place, let cut):
            self.audit(
                .nestedSSH(session: session.id, place: String(decoding: place, as: UTF8.self), cut: cut), actor: user)
        }
    }

    /// The destination's forward rules, as the worker protocol writes them.
    func forwards(of destination: AuthorizedTarget) -> [ForwardPermission] {
        let permissions = destination.forwards.map(ForwardPermission.init)
        if permissions.count > WireLimits.forwards {
            self.log.warning(
                "\(destination.user) has \(permissions.count) places for forwards on \(destination.target), too many"
            )
        }
        return Array(permissions.prefix(WireLimits.forwards))
    }
}

extension ForwardPermission {
    init(_ rule: ForwardRule) {
        let host: Host =
            switch rule.host {
            case .any: .any
            case .pattern(let pattern): .pattern(Array(pattern.utf8))
            case .network(let address, let bits): .network(address: address, bits: bits)
            case .path(let path): .path(Array(path.utf8))
            }
        self.init(
            direction: rule.direction == .local ? .local : .remote, host: host, firstPort: rule.ports.lowerBound,
            lastPort: rule.ports.upperBound, allowsNestedSSH: rule.allowsNestedSSH)
    }
}

extension RefusalCause {
    /// Stable word for audit rows.
    var word: String {
        switch self {
        case .notGranted: "not-granted"
        case .tooMany: "too-many"
        case .notServed: "not-served"
        case .notListed: "further-refusals-not-listed"
        case .tooMuch: "byte-limit"
        }
    }
}
