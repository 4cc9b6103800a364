import AdminAPI
import Platform
import SessionStore
import Vault

extension GatewayAdministration {
    /// Longest password that is kept for a target, in bytes.
    private static let maximumPasswordBytes = 1024

    func setCredential(_ request: SetCredentialRequest, by actor: AdminActor) async throws -> CredentialInfo {
        let (store, vault) = (self.store, self.vault)
        let (target, account) = (request.target, request.account)
        return try await self.perform {
            let secret = SecretBytes(copying: request.secret.bytes)
            switch request.kind {
            case .password:
                guard (1...Self.maximumPasswordBytes).contains(secret.count) else {
                    throw AdminError(
                        .invalidInput, "the password is empty or too long",
                        hint: "give 1 to \(Self.maximumPasswordBytes) bytes")
                }
                let sealed = try vault.seal(secret, for: .password(target: target, account: account))
                try store.setCredential(
                    target: target, account: account, kind: .password, sealed: sealed, publicKey: nil, by: actor.name)
            case .privateKey:
                let (sealed, publicKey) = try vault.sealPrivateKey(
                    text: secret, passphrase: request.passphrase.map { SecretBytes(copying: $0.bytes) }, for: .privateKey(target: target, account: account))
                try store.setCredential(
                    target: target, account: account, kind: .privateKey, sealed: sealed,
                    publicKey: StoredKey(publicKey), by: actor.name)
            }
            guard let stored = try store.credential(target: target, account: account) else {
                throw AdminError(.conflict, "target \(target) was removed just now")
            }
            return CredentialInfo(stored)
        }
    }

    func listCredentials(by actor: AdminActor) async throws -> [CredentialInfo] {
        let store = self.store
        return try await self.perform { try store.credentials().map(CredentialInfo.init) }
    }

    func removeCredential(target: String, account: String, by actor: AdminActor) async throws {
        let store = self.store
        try await self.perform { try store.removeCredential(target: target, account: account, by: actor.name) }
    }
}

extension CredentialInfo {
    fileprivate init(_ credential: StoredCredential) {
        let kind: CredentialKind =
            switch credential.kind {
            case .password: .password
            case .privateKey: .privateKey
            }
        self.init(
            target: credential.target, account: credential.account, kind: kind,
            publicKey: credential.publicKey.map { PublicKeyInfo($0) },
            changed: Timestamp(nanosecondsSince1970: credential.changedNanoseconds))
    }
}
