import AdminAPI
import SessionStore
import Vault

/// What sets a rotation off. The words stand in the audit log.
enum RotationTrigger: String, Sendable {
    case demand, schedule, session, checkin
}

/// What a rotation has led to.
struct RotationOutcome: Sendable {
    var version: Int
    /// How the secret was set: `chpasswd`, `sudo chpasswd`, `passwd` or `authorized_keys`; empty when it was found to be
    /// set already.
    var method: String
    /// What is left to do, for people; nil for nothing.
    var leftover: String?
}

/// Everything that is known when a rotation begins.
struct RotationPlan: Sendable {
    var place: AccountPlace
    var credential: StoredCredential
    /// Who sets a password: the account itself unless its schedule, or the request, names another.
    var executor: AccountPlace
    var keysFile: String?
}

extension StoredRotation {
    var place: AccountPlace { AccountPlace(target: self.target, account: self.account) }
}

extension Vault {
    /// What a target is to take, out of a sealed password or private key. Throws `sealed`.
    func targetSecret(
        _ sealed: [UInt8], kind: StoredCredentialKind, of place: AccountPlace
    ) throws(VaultError) -> TargetSecret {
        switch kind {
        case .password:
            return .password(
                try self.openPassword(sealed, for: .password(target: place.target, account: place.account)))
        case .privateKey:
            return .key(
                try self.agentIdentity(sealed, for: .privateKey(target: place.target, account: place.account)))
        case .certificate, .baoPassword, .baoPrivateKey, .baoCertificate:
            throw VaultError(.sealed, "a secret of this kind is not kept here")
        }
    }
}

extension StoredCredentialKind {
    /// Why the gateway can't change secrets of this kind; nil when it can.
    func refusal(at place: AccountPlace) -> AdminError? {
        switch self {
        case .password, .privateKey: nil
        case .certificate, .baoCertificate:
            AdminError(
                .invalidInput, "\(place) logs in with a certificate for each session: there is nothing to rotate",
                hint: "replace the authority instead, see docs/credentials.md")
        case .baoPassword, .baoPrivateKey:
            AdminError(
                .invalidInput, "the secret of \(place) is on the OpenBao server, which the gateway only reads",
                hint: "rotate it there, or set the credential in the gateway's own vault")
        }
    }
}
