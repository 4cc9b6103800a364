import AccessPolicy
import AdminAPI
import AuditLog
import Platform
import Vault

/// What a certificate for one session is made by.
struct CertificatePlan: Sendable {
    var authority: any CertificateAuthority
    var terms: CertificateTerms
}

extension Broker {
    /// A key pair for this session alone, with the certificate that lets it log in: its signer.
    /// - parameter target: the connected socket to the target.
    /// - throws: `VaultError`.
    func certificateIdentity(
        by plan: CertificatePlan, session: String, for destination: AuthorizedTarget, target: SharedDescriptor
    ) async throws -> AgentIdentity {
        let now = UInt64(Clock.wallNanoseconds() / 1_000_000_000)
        let sources: [String]
        switch plan.terms.source {
        case .anywhere: sources = []
        case .networks(let networks): sources = networks
        case .outgoing:
            guard let address = SocketAddress(localOf: target.rawValue)?.host else {
                throw VaultError(.system, "the address of the connection to the target can't be found out")
            }
            sources = [address]
        }
        let request = UserCertificateRequest(
            keyID: "sallyport \(session) \(destination.user)", principals: plan.terms.principals,
            validAfter: now - CertificateTerms.backdatedSeconds, validBefore: now + UInt64(plan.terms.validSeconds),
            sourceAddresses: sources, extensions: Self.extensions(for: destination.channels))
        let pair = SessionKeyPair()
        let certificate = try await plan.authority.certificate(for: request, over: pair)
        let identity = try pair.identity(certificate, as: request)
        let content = certificate.content
        self.audit(
            .certificateIssued(
                session: session, target: destination.target, account: destination.account,
                authority: plan.terms.authority, serial: certificate.serial, keyID: content.keyID,
                principals: content.principals, sources: content.sourceAddresses,
                validUntil: Timestamp(nanosecondsSince1970: Int64(clamping: content.validBefore) * 1_000_000_000)
                    .description,
                key: pair.publicKey.fingerprint),
            actor: destination.user)
        return identity
    }

    /// No more than the grant's channels need. ~/.ssh/rc is never run: it is no business of a session's.
    private static func extensions(for channels: Set<ChannelKind>) -> Set<UserCertificateRequest.Extension> {
        var extensions: Set<UserCertificateRequest.Extension> = []
        for channel in channels {
            switch channel {
            // A command may have a terminal too (ssh -t).
            case .shell, .exec: extensions.insert(.terminal)
            case .localForward, .remoteForward: extensions.insert(.portForwarding)
            case .agent: extensions.insert(.agentForwarding)
            case .x11: extensions.insert(.x11Forwarding)
            case .sftp, .scp, .checkout: break
            }
        }
        return extensions
    }
}
