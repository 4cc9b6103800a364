import AccessPolicy
import Identity
import Platform
import SessionStore
import Vault

/// Certificates of the authorities for users.
extension LoginJudge {
    /// What a certificate is, whomever it is for.
    enum CertificateFinding {
        case trusted(LoginCertificate, StoredUserAuthority)
        case refused(cause: String)
    }

    /// The same work for everybody, whether there is such a user or not.
    func find(certificate blob: [UInt8]) throws -> CertificateFinding {
        let certificate: LoginCertificate
        do {
            certificate = try LoginCertificate(blob: blob)
        } catch {
            return .refused(cause: "the certificate \(Self.words(for: error))")
        }
        guard let authority = try self.store.userAuthorities().first(where: { $0.key.blob == certificate.signer.blob })
        else { return .refused(cause: "certificate of an authority that is not trusted") }
        guard certificate.isSigned else { return .refused(cause: "the certificate was altered") }
        return .trusted(certificate, authority)
    }

    /// Every condition that a certificate sets is known and met, or the certificate is refused.
    func candidate(
        _ finding: CertificateFinding, _ algorithm: String, _ user: StoredUser, _ revoked: RevocationList?,
        _ facts: Case
    ) -> Finding {
        let (certificate, authority): (LoginCertificate, StoredUserAuthority)
        switch finding {
        case .refused(let cause): return .refused(cause: cause)
        case .trusted(let found, let signer): (certificate, authority) = (found, signer)
        }
        guard !certificate.principals.isEmpty else { return .refused(cause: "the certificate names no principal") }
        guard certificate.principals.contains(where: { authority.principals.permits($0, toBe: user.name) }) else {
            return .refused(cause: "the certificate is for somebody else")
        }
        let now = UInt64(max(0, Clock.wallNanoseconds() / 1_000_000_000))
        guard now >= certificate.validAfter else { return .refused(cause: "the certificate is not valid yet") }
        guard now < certificate.validBefore else { return .refused(cause: "the certificate has expired") }
        guard revoked?.revokes(certificate) != true else { return .refused(cause: "the certificate is revoked") }
        if let cause = Self.objection(toOptionsOf: certificate, from: facts.peer) { return .refused(cause: cause) }
        guard let signatureAlgorithm = LoginCertificate.signatureAlgorithm(of: algorithm),
            PublicKeySignature.algorithms(ofKeyType: certificate.key.type).contains(signatureAlgorithm)
        else { return .refused(cause: "the signature would be of a kind that is not accepted") }
        return .found(
            Candidate(
                key: certificate.key, signatureAlgorithm: signatureAlgorithm, method: .certificate,
                proof: .certificate(certificate),
                fingerprint:
                    "\(certificate.key.fingerprint) id \(certificate.keyID) serial \(certificate.serial) by \(authority.name)",
                restrictions: LoginRestrictions(extensions: certificate.extensions),
                requiresVerification: certificate.criticalOptions["verify-required"] != nil))
    }

    /// - returns: why one of the critical options (PROTOCOL.certkeys) forbids the login; nil when none does.
    static func objection(toOptionsOf certificate: LoginCertificate, from peer: PeerAddress) -> String? {
        for name in certificate.criticalOptions.keys.sorted() {
            switch name {
            case "source-address":
                let words = certificate.optionText(name)?.split(separator: ",", omittingEmptySubsequences: false) ?? []
                let ranges = words.map { try? IPNetwork(parsing: String($0)) }
                // As sshd does, a list with a mistake in it is no list.
                guard !ranges.isEmpty, !ranges.contains(nil) else {
                    return "the certificate's source addresses can't be read"
                }
                guard ranges.contains(where: { $0?.contains(peer.host) == true }) else {
                    return "the certificate is not for this source address"
                }
            case "verify-required": break
            // A session of the gateway is recorded as what the user asks for: nothing is put in its place.
            default: return "the certificate has a critical option that is not served: \(name.prefix(64))"
            }
        }
        return nil
    }

    private static func words(for failure: LoginCertificate.Failure) -> String {
        switch failure {
        case .malformed: "can't be read"
        case .notOfUser: "is none of a user"
        case .nestedSigner: "was signed by a certificate"
        }
    }
}
