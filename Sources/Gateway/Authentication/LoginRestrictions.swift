/// What a certificate, or being a service account, takes away from what the grants permit.
struct LoginRestrictions: OptionSet, Hashable, Sendable {
    let rawValue: UInt8

    static let noTerminal = LoginRestrictions(rawValue: 1 << 0)
    static let noForwards = LoginRestrictions(rawValue: 1 << 1)
    static let noAgent = LoginRestrictions(rawValue: 1 << 2)
    static let noDisplay = LoginRestrictions(rawValue: 1 << 3)
    /// A service account: no menu, no questions, and a terminal only where it is granted a shell.
    static let service = LoginRestrictions(rawValue: 1 << 4)

    /// By the extensions that a certificate lacks (PROTOCOL.certkeys).
    init(extensions: Set<String>) {
        self = []
        for (name, restriction) in [
            ("permit-pty", Self.noTerminal), ("permit-port-forwarding", .noForwards),
            ("permit-agent-forwarding", .noAgent), ("permit-X11-forwarding", .noDisplay),
        ] where !extensions.contains(name) { self.insert(restriction) }
    }

    init(rawValue: UInt8) { self.rawValue = rawValue }
}
