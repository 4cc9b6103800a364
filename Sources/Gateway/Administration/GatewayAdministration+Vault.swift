import AdminAPI
import AuditLog
import OpenBao
import SessionStore
import Vault

extension GatewayAdministration {
    func vaultStatus(by actor: AdminActor) async throws -> VaultStatus {
        let (store, vault, stateDirectory) = (self.store, self.vault, self.stateDirectory)
        let server = await self.serverStatus()
        return try await self.perform {
            guard let stored = try store.vaultKey() else { throw AdminError(.failed, "the database has no vault") }
            let examination = try VaultExamination(store, vault)
            let place: String? =
                switch stored.kind {
                case .keyFile: VaultOpening.path(stored.place, in: stateDirectory)
                case .systemdCredential: stored.place
                case .passphrase: nil
                }
            return VaultStatus(
                kind: VaultKeyKind(stored.kind), key: stored.keyIDText, place: place,
                changed: Timestamp(nanosecondsSince1970: stored.changedNanoseconds), entries: examination.entries,
                damaged: examination.damaged.map { AuditField.printable($0.line) }, isLocked: vault.key.isLocked,
                server: server)
        }
    }

    private func serverStatus() async -> VaultStatus.Server? {
        guard let client = self.bao?.client else { return nil }
        let address = client.settings.address
        do throws(BaoError) {
            try await client.check()
            return VaultStatus.Server(address: address, trouble: nil)
        } catch {
            return VaultStatus.Server(address: address, trouble: AuditField.printable(error.message))
        }
    }

    func rekeyVault(_ request: RekeyVaultRequest, by actor: AdminActor) async throws -> RekeyVaultResult {
        let change = VaultKeyChange(store: self.store, vault: self.vault, stateDirectory: self.stateDirectory)
        return try await self.perform { try change.run(request, by: actor.name) }
    }

    func backup(by actor: AdminActor) async throws -> AsyncThrowingStream<[UInt8], any Error> {
        let (store, stateDirectory) = (self.store, self.stateDirectory)
        let archive = try await self.perform {
            guard let key = try store.vaultKey() else { throw AdminError(.failed, "the database has no vault") }
            // Before the copy, so that the copy says of itself that it is one.
            try store.audit(.backupMade(key: key.keyIDText), actor: actor.name)
            return try BackupArchive(store: store, stateDirectory: stateDirectory, key: key)
        }
        let pieces = BackupPieces(archive, pool: self.pool)
        return AsyncThrowingStream { try await pieces.next() }
    }
}
