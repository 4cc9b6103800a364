extension AuthorizedTarget {
    /// Something may be done over a connection to the target, which is more than being shown its password.
    public var permitsSessions: Bool { self.channels.contains { $0 != .checkout } }

    /// Whom sessions of the gateway's own are listed and recorded for. No user can have this name: see ``ObjectName``.
    public static let gatewayUser = "(gateway)"

    /// For the gateway's own upkeep of a target, such as the rotation of its secrets: no user's request, so no grant
    /// decides. Programs only; what is typed into them is masked.
    /// - parameter purpose: a word that stands, in parentheses, in the place of a grant's name.
    public static func gatewayOwn(account: String, target: String, purpose: String) -> AuthorizedTarget {
        AuthorizedTarget(
            user: Self.gatewayUser, account: account, target: target, channels: [.exec], forwards: [],
            keystrokes: .maskSecrets, fileContent: .omit, secondFactorSeconds: nil, limits: .none,
            supervision: .none, grants: ["(\(purpose))"])
    }
}
