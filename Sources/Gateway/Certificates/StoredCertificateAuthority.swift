import SessionStore
import Vault

/// The certificate authority whose key is in the vault and whose serial numbers are the database's.
struct StoredCertificateAuthority: CertificateAuthority {
    let name: String
    let authority: VaultAuthority
    let store: SessionStore
    /// Where it may block: keys of RSA take milliseconds to sign.
    let pool: BlockingPool

    func certificate(
        for request: UserCertificateRequest, over pair: SessionKeyPair
    ) async throws(VaultError) -> UserCertificate {
        let (name, authority, store) = (self.name, self.authority, self.store)
        do {
            return try await self.pool.run {
                try authority.certificate(for: request, over: pair, serial: store.nextSerial(ofAuthority: name))
            }
        } catch let error as VaultError {
            throw error
        } catch {
            throw VaultError(.system, "certificate authority \(name) has no serial number: \(error)")
        }
    }
}
