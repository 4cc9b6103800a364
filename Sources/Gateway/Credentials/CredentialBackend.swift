import OpenBao
import Platform
import SessionStore
import Vault

/// What a session logs in to its target with.
enum TargetSecret: Sendable {
    case password(SecretBytes)
    case key(AgentIdentity)
    /// Made for this session.
    case issued(AgentIdentity)
    case certificate(CertificatePlan)
}

/// Where the secrets of credentials are kept.
protocol CredentialBackend: Sendable {
    /// The secret as it is now. Takes as long as the back end takes, and blocks no thread of the broker.
    func secret(of credential: StoredCredential) async throws(CredentialFailure) -> TargetSecret
}

/// Why a credential can't be had: in full for the operator, and so much of it as its user needs.
struct CredentialFailure: Error, Sendable, CustomStringConvertible {
    enum Kind: Sendable {
        /// What the database holds can't be opened.
        case damaged
        /// The back end doesn't give it, and won't by itself.
        case refused
        /// The back end can't be reached now, is sealed, or fails.
        case unreachable
    }

    let kind: Kind
    /// One line for the log and the audit log.
    let cause: String
    var description: String { self.cause }

    init(_ kind: Kind, _ cause: String) {
        self.kind = kind
        self.cause = cause
    }

    init(_ error: any Error) {
        switch error {
        case let error as CredentialFailure: self = error
        case let error as BaoError: self.init(error.isPassing ? .unreachable : .refused, error.message)
        case let error as VaultError: self.init(.damaged, error.message)
        case let error as StoreError: self.init(.damaged, error.message)
        default: self.init(.damaged, "unexpected failure")
        }
    }

    /// One line for the user, which tells nothing of how the vault is built.
    func line(account: String, target: String) -> String {
        switch self.kind {
        case .unreachable: "the vault can't be reached; try again later, or tell the gateway's operator"
        case .damaged: "the stored credential of \(account)@\(target) can't be used; tell the gateway's operator"
        case .refused: "the vault doesn't give the credential of \(account)@\(target); tell the gateway's operator"
        }
    }
}

/// The back ends of this gateway.
struct CredentialBackends: Sendable {
    let embedded: EmbeddedBackend
    /// Nil where `sallyport.toml` names no server.
    let bao: BaoBackend?

    func secret(of credential: StoredCredential) async throws(CredentialFailure) -> TargetSecret {
        switch credential.kind {
        case .password, .privateKey, .certificate: return try await self.embedded.secret(of: credential)
        case .baoPassword, .baoPrivateKey, .baoCertificate:
            guard let bao = self.bao else {
                throw CredentialFailure(.refused, "the secret is on an OpenBao server, and sallyport.toml names none")
            }
            return try await bao.secret(of: credential)
        }
    }
}

/// Secrets that are sealed in the database.
struct EmbeddedBackend: CredentialBackend {
    let store: SessionStore
    let vault: Vault
    /// Where opening may block.
    let pool: BlockingPool

    func secret(of credential: StoredCredential) async throws(CredentialFailure) -> TargetSecret {
        do {
            return try await self.pool.run { try self.open(credential) }
        } catch {
            throw CredentialFailure(error)
        }
    }

    private func open(_ credential: StoredCredential) throws -> TargetSecret {
        let (target, account) = (credential.target, credential.account)
        switch credential.kind {
        case .password:
            return .password(
                try self.vault.openPassword(credential.sealed, for: .password(target: target, account: account)))
        case .privateKey:
            return .key(
                try self.vault.agentIdentity(credential.sealed, for: .privateKey(target: target, account: account)))
        case .certificate:
            let terms = try self.vault.openTerms(
                credential.sealed, for: .certificateTerms(target: target, account: account))
            guard let stored = try self.store.authority(terms.authority) else {
                throw VaultError(
                    .sealed, "certificate authority \(terms.authority) is gone", hint: "set the credential again")
            }
            let authority = StoredCertificateAuthority(
                name: stored.name, authority: try self.vault.authority(stored.sealed, for: .authority(stored.name)),
                store: self.store, pool: self.pool)
            return .certificate(CertificatePlan(authority: authority, terms: terms))
        case .baoPassword, .baoPrivateKey, .baoCertificate:
            preconditionFailure("CredentialBackends has chosen another back end for these")
        }
    }
}
