import AdminAPI
import Foundation
import Platform
import SessionStore
import Vault

extension GatewayAdministration {
    /// Longest password that is kept for a target, in bytes.
    static let maximumPasswordBytes = 1024

    func setCredential(_ request: SetCredentialRequest, by actor: AdminActor) async throws -> CredentialInfo {
        try await self.refuseWhileRotating(target: request.target, account: request.account)
        switch request.kind {
        case .baoPassword, .baoPrivateKey, .baoCertificate:
            return try await self.setExternalCredential(request, by: actor)
        case .password, .privateKey, .certificate: break
        }
        let (store, vault) = (self.store, self.vault)
        let (target, account) = (request.target, request.account)
        return try await self.perform {
            let secret = SecretBytes(copying: request.secret.bytes)
            let passphrase = request.passphrase.map { SecretBytes(copying: $0.bytes) }
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
                    text: secret, passphrase: passphrase, for: .privateKey(target: target, account: account))
                try store.setCredential(
                    target: target, account: account, kind: .privateKey, sealed: sealed,
                    publicKey: StoredKey(publicKey), by: actor.name)
            case .certificate:
                try Self.setCertificate(request, secret, passphrase, store, vault, by: actor)
            case .baoPassword, .baoPrivateKey, .baoCertificate: preconditionFailure("these went another way above")
            }
            return try Self.credential(target: target, account: account, in: store)
        }
    }

    func listCredentials(by actor: AdminActor) async throws -> [CredentialInfo] {
        let store = self.store
        return try await self.perform { try store.credentials().map(CredentialInfo.init) }
    }

    func showCredential(target: String, account: String, by actor: AdminActor) async throws -> CredentialInfo {
        let store = self.store
        return try await self.perform { try Self.credential(target: target, account: account, in: store) }
    }

    func credentialHistory(
        target: String, account: String, by actor: AdminActor
    ) async throws -> [CredentialChangeInfo] {
        let store = self.store
        return try await self.perform {
            try store.credentialHistory(target: target, account: account).map(CredentialChangeInfo.init)
        }
    }

    func removeCredential(target: String, account: String, by actor: AdminActor) async throws {
        try await self.refuseWhileRotating(target: target, account: account)
        let store = self.store
        try await self.perform { try store.removeCredential(target: target, account: account, by: actor.name) }
    }

    /// With its answers and rotation.
    static func credential(target: String, account: String, in store: SessionStore) throws -> CredentialInfo {
        guard let stored = try store.credential(target: target, account: account) else {
            throw AdminError(.notFound, "there is no credential for \(target)/\(account)")
        }
        var info = CredentialInfo(stored)
        info.answers = try store.answers(target: target, account: account).map(AnswerInfo.init)
        info.rotation = try store.rotationSchedule(target: target, account: account).map(RotationSchedule.init)
        info.unsettled = try store.rotation(target: target, account: account).map(UnsettledRotation.init)
        return info
    }
}

extension CredentialKind {
    init(_ kind: StoredCredentialKind) {
        self =
            switch kind {
            case .password: .password
            case .privateKey: .privateKey
            case .certificate: .certificate
            case .baoPassword: .baoPassword
            case .baoPrivateKey: .baoPrivateKey
            case .baoCertificate: .baoCertificate
            }
    }
}

extension CredentialInfo {
    fileprivate init(_ credential: StoredCredential) {
        self.init(
            target: credential.target, account: credential.account, kind: CredentialKind(credential.kind),
            publicKey: credential.publicKey.map { PublicKeyInfo($0) },
            certificate: credential.details.flatMap {
                try? AdminJSON.decode(CertificateOptions.self, from: Array($0.utf8))
            },
            place: [.baoPassword, .baoPrivateKey].contains(credential.kind) ? credential.details : nil,
            changed: Timestamp(nanosecondsSince1970: credential.changedNanoseconds), version: credential.version)
    }
}

extension CredentialChangeInfo {
    fileprivate init(_ change: CredentialChange) {
        self.init(
            change: Change(change.change), kind: CredentialKind(change.kind),
            fingerprint: change.fingerprint, actor: change.actor,
            time: Timestamp(nanosecondsSince1970: change.timeNanoseconds), version: change.version, kept: change.isKept)
    }
}

extension CredentialChangeInfo.Change {
    fileprivate init(_ change: CredentialChange.Change) {
        self =
            switch change {
            case .set: .set
            case .removed: .removed
            case .rotated: .rotated
            case .restored: .restored
            case .unproved: .unproved
            }
    }
}
