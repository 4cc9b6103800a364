import AdminAPI

/// What the gateway does on targets by itself, in sessions of its own. Throws `AdminError`.
protocol TargetUpkeep: Sendable {
    /// Whether the account's secret is being changed just now.
    func isRotating(target: String, account: String) async -> Bool

    /// Returns when the new secret is proved.
    func rotate(target: String, account: String, via: String?, by actor: String) async throws -> RotationOutcome

    /// Makes a former secret the account's again; unless `unproved` after a login with it.
    func restore(target: String, account: String, version: Int, unproved: Bool, by actor: String) async throws

    /// Takes a password back that somebody has. - returns: whether the account has a new one.
    func checkIn(target: String, account: String, by actor: String) async throws -> Bool

    /// What the account can see of the accounts of its target.
    func discover(target: String, account: String, by actor: String) async throws -> AccountDiscovery
}

extension Broker: TargetUpkeep {
    func isRotating(target: String, account: String) -> Bool {
        self.rotations.gate(of: AccountPlace(target: target, account: account)) != nil
    }

    func checkIn(target: String, account: String, by actor: String) async throws -> Bool {
        try await self.returnCheckout(
            AccountPlace(target: target, account: account), cause: "operator", by: actor)
    }

    func rotate(target: String, account: String, via: String?, by actor: String) async throws -> RotationOutcome {
        try await self.rotate(AccountPlace(target: target, account: account), .demand, via: via, by: actor)
    }
}
