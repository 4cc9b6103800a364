import AccessPolicy
import AuditLog

extension Broker {
    /// Counts the session that this connection is about to have among those of its service account, for as long as the
    /// connection lasts; throws a refusal when it has as many as it may.
    func takePlace(
        of service: ServiceAccount, at destination: AuthorizedTarget, for number: UInt64, from peer: PeerAddress
    ) throws(Refusal) {
        let user = destination.user
        let taken = self.connections.values.count { $0.number != number && $0.servicePlace == user }
        guard taken < service.maximumSessions else {
            self.audit(
                .accessDenied(
                    user: user, account: destination.account, target: destination.target, from: peer.description,
                    reason: "service-account-sessions"),
                actor: user)
            let sessions = service.maximumSessions == 1 ? "one session" : "\(service.maximumSessions) sessions"
            throw Refusal(line: "service account \(user) may have \(sessions) at once, and has")
        }
        self.connections[number]?.servicePlace = user
    }
}
