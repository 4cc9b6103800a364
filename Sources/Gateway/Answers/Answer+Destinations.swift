import AccessPolicy
import Platform
import WorkerProtocol

extension Broker {
    /// Says where the user of this connection may go, for the menu.
    func listDestinations(for connection: Connection) {
        guard let login = connection.login else { return }
        let refusal: (line: String, reason: String)? =
            if login.restrictions.contains(.service) {
                ("a service account gets no menu", "service-account-menu")
            } else if login.restrictions.contains(.noTerminal) {
                ("your certificate permits no terminal, and so no menu", "certificate-terminal")
            } else {
                nil
            }
        if let refusal {
            self.audit(
                .accessDenied(
                    user: login.user, account: nil, target: "-", from: connection.peer.description,
                    reason: refusal.reason),
                actor: login.user)
            let line = "\(refusal.line): say where to go: ssh \(login.user)@ACCOUNT@TARGET@GATEWAY"
            return self.send(.targetRefused(line: Array(line.utf8)), to: connection)
        }
        let user = login.user
        let (number, store) = (connection.number, self.store)
        let origin = connection.peer.origin
        Task {
            let list = try? await self.questions.run {
                Self.destinations(
                    of: user, from: origin, by: AccessPolicy(rules: try store.accessRules()),
                    at: Clock.wallNanoseconds())
            }
            guard let connection = self.connections[number] else { return }
            if let list { return self.send(.destinations(list), to: connection) }
            self.log.error("a menu could not be made: the database can't be read")
            let line = "the gateway could not list your targets; its operator's log says why"
            self.send(.targetRefused(line: Array(line.utf8)), to: connection)
        }
    }

    /// Where the user may go, and where they may go once others approve, in one order.
    private static func destinations(
        of user: String, from origin: AccessOrigin, by policy: AccessPolicy, at time: Int64
    ) -> DestinationList {
        let open = policy.destinations(of: user, from: origin, at: time).map { ($0.account, $0.target, false) }
        let offered = policy.offers(to: user, from: origin, at: time).map { ($0.account, $0.target, true) }
        let all = (open + offered).sorted { one, other in
            one.1 == other.1
                ? NaturalOrder.areInOrder(one.0, other.0) : NaturalOrder.areInOrder(one.1, other.1)
        }
        return DestinationList(
            all.map { Destination(account: Array($0.0.utf8), target: Array($0.1.utf8), isOnApproval: $0.2) })
    }

    /// Opens what was chosen as if the login name had said it: the policy decides now, whatever the menu showed.
    func openTarget(_ choice: Destination, for connection: Connection) {
        connection.login?.target = String(decoding: choice.target, as: UTF8.self)
        connection.login?.account = choice.account.isEmpty ? nil : String(decoding: choice.account, as: UTF8.self)
        self.openTarget(for: connection)
    }
}
