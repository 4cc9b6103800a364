/// What an OpenSSH user certificate is to say (OpenSSH's PROTOCOL.certkeys), but for its key, serial number and signature.
public struct UserCertificateRequest: Hashable, Sendable {
    /// What the holder of a certificate may do with it, where sshd's own configuration permits it too.
    public enum Extension: String, CaseIterable, Hashable, Sendable {
        case x11Forwarding = "permit-X11-forwarding"
        case agentForwarding = "permit-agent-forwarding"
        case portForwarding = "permit-port-forwarding"
        case terminal = "permit-pty"
        /// ~/.ssh/rc of the account is run.
        case startFile = "permit-user-rc"
    }

    /// For people: sshd writes it to its log at each login.
    public var keyID: String
    /// Whom it may log in as; never empty, since none would mean everybody.
    public var principals: [String]
    /// Unix time, in seconds. The first second at which it is valid, and the first at which it isn't any more.
    public var validAfter: UInt64
    public var validBefore: UInt64
    /// Where it may be used from, in CIDR notation; empty for anywhere.
    public var sourceAddresses: [String]
    public var extensions: Set<Extension>

    public init(
        keyID: String, principals: [String], validAfter: UInt64, validBefore: UInt64, sourceAddresses: [String] = [],
        extensions: Set<Extension> = []
    ) {
        self.keyID = keyID
        self.principals = principals
        self.validAfter = validAfter
        self.validBefore = validBefore
        self.sourceAddresses = sourceAddresses
        self.extensions = extensions
    }
}
