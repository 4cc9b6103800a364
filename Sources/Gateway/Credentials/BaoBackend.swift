import OpenBao
import Platform
import SessionStore
import Vault

/// Secrets that an OpenBao or HashiCorp Vault server keeps. The database holds where, sealed, so that nobody who can
/// only write to it leads a credential to another's secret.
struct BaoBackend: CredentialBackend {
    let client: BaoClient
    let vault: Vault

    func secret(of credential: StoredCredential) async throws(CredentialFailure) -> TargetSecret {
        do {
            return try await self.fetch(credential)
        } catch {
            throw CredentialFailure(error)
        }
    }

    private func fetch(_ credential: StoredCredential) async throws -> TargetSecret {
        let (target, account) = (credential.target, credential.account)
        switch credential.kind {
        case .baoPassword:
            let password = try await self.client.secret(try self.reference(credential)).withoutNewline
            guard (1...Self.maximumPasswordBytes).contains(password.count) else {
                throw BaoError(.unusable, "the password of \(target)/\(account) is empty or too long")
            }
            return .password(password)
        case .baoPrivateKey:
            let text = try await self.client.secret(try self.reference(credential))
            do {
                return .key(try AgentIdentity(privateKeyText: text))
            } catch {
                throw BaoError(.unusable, "the private key of \(target)/\(account): \(error.message)")
            }
        case .baoCertificate:
            let terms = try self.vault.openTerms(
                credential.sealed, for: .certificateTerms(target: target, account: account))
            // So that a server that can't be reached refuses before there is a session.
            try await self.client.check()
            return .certificate(
                CertificatePlan(
                    authority: BaoCertificateAuthority(client: self.client, role: terms.authority), terms: terms))
        case .password, .privateKey, .certificate:
            preconditionFailure("CredentialBackends has chosen another back end for these")
        }
    }

    static let maximumPasswordBytes = 1024

    private func reference(_ credential: StoredCredential) throws -> BaoReference {
        let text = try self.vault.openReference(
            credential.sealed, for: .reference(target: credential.target, account: credential.account))
        guard let reference = BaoReference(text, defaultField: "") else {
            throw VaultError(.sealed, "a stored reference is damaged", hint: "set the credential again")
        }
        return reference
    }
}

/// The certificate authority of a server's SSH engine.
struct BaoCertificateAuthority: CertificateAuthority {
    let client: BaoClient
    let role: String

    /// For clocks that differ: the certificate must not outlive what was asked for.
    private static let marginSeconds: UInt64 = 30

    func certificate(
        for request: UserCertificateRequest, over pair: SessionKeyPair
    ) async throws(VaultError) -> UserCertificate {
        let now = UInt64(Clock.wallNanoseconds() / 1_000_000_000)
        let remaining = request.validBefore > now ? request.validBefore - now : 0
        let seconds = max(1, remaining > 2 * Self.marginSeconds ? remaining - Self.marginSeconds : remaining / 2)
        let line: String
        do throws(BaoError) {
            line = try await self.client.sign(
                BaoClient.SigningRequest(
                    publicKey: pair.publicKey.line, principals: request.principals, keyID: request.keyID,
                    validSeconds: Int(seconds), sourceAddresses: request.sourceAddresses,
                    extensions: request.extensions.map(\.rawValue).sorted()), role: self.role)
        } catch {
            throw VaultError(.signing, error.message)
        }
        return try UserCertificate(line: line)
    }
}
