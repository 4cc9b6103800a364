import AdminAPI
import Glibc
import Logging
import Platform
import SessionStore
import Vault

/// Gives the vault a new key while the gateway runs. Blocks for the disk, and a second for a passphrase.
///
/// The order is what makes it safe: the new key is on the disk beside the old one before the database needs it, the
/// database changes over in one transaction, and the old key goes when that is on the disk.
struct VaultKeyChange {
    let store: SessionStore
    let vault: Vault
    let stateDirectory: String

    private struct Plan {
        var stored: StoredVaultKey
        var key: VaultKey
        /// Both keys were written to the key file in use.
        var sharesFile = false
        /// A key file that was made for it.
        var newFile: String?
    }

    /// - throws: `AdminError`, `VaultError`, `StoreError`; nothing has changed then.
    func run(_ request: RekeyVaultRequest, by actor: String) throws -> RekeyVaultResult {
        guard let current = try self.store.vaultKey() else {
            throw AdminError(.failed, "the database has no vault")
        }
        let former = self.vault.key
        let plan = try self.plan(request, current: current)
        do throws(VaultError) {
            try self.vault.prepare(plan.key)
        } catch {
            self.undo(plan, current)
            throw error
        }
        let entries: Int
        do {
            entries = try self.store.changeVaultKey(to: plan.stored, by: actor) {
                try self.vault.rewrap($0, under: plan.key)
            }
        } catch {
            // An error may come after the fact, such as from a disk that fails: the database knows.
            guard (try? self.store.vaultKey())?.keyID == plan.key.id else {
                self.vault.abandon(plan.key)
                self.undo(plan, current)
                throw error
            }
            self.vault.adopt(plan.key)
            throw AdminError(
                .failed, "the vault is under the new key \(plan.key.idText), but: \(error)",
                hint: "keep the old key until this is solved")
        }
        self.vault.adopt(plan.key)
        let remark = self.finish(plan)
        // Whoever has read a blob before the change opens it within this time.
        Task {
            try? await Task.sleep(for: .seconds(10))
            self.vault.forget(former)
        }
        return RekeyVaultResult(
            kind: VaultKeyKind(plan.stored.kind), key: plan.key.idText, place: self.shownPlace(plan.stored),
            entries: entries, remark: remark)
    }

    // MARK: Keys

    private func plan(_ request: RekeyVaultRequest, current: StoredVaultKey) throws -> Plan {
        switch request.kind ?? VaultKeyKind(current.kind) {
        case .keyFile: return try self.planFile(request.path, current: current)
        case .passphrase:
            guard let given = request.passphrase else {
                throw AdminError(.invalidInput, "a new passphrase is needed", hint: "use --passphrase")
            }
            let passphrase = SecretBytes(copying: given.bytes)
            try PassphraseStretching.validate(new: passphrase)
            let stretching = PassphraseStretching.fresh()
            let key = try stretching.key(from: passphrase)
            return Plan(
                stored: StoredVaultKey(
                    kind: .passphrase, keyID: key.id, salt: stretching.salt, passes: stretching.passes,
                    memoryBytes: stretching.memoryBytes, retiredFile: self.fileInUse(current)),
                key: key)
        case .systemdCredential:
            guard let name = request.credential else {
                throw AdminError(
                    .invalidInput, "the name of a systemd credential is needed", hint: "use --systemd-credential NAME")
            }
            let key = try SystemdCredential.vaultKey(name)
            guard key.id != current.keyID else {
                throw AdminError(
                    .invalidInput, "systemd credential \(name) holds the key that is in use",
                    hint: "pass a new key under another name and start sallyportd again")
            }
            return Plan(
                stored: StoredVaultKey(
                    kind: .systemdCredential, keyID: key.id, place: name, retiredFile: self.fileInUse(current)),
                key: key)
        }
    }

    private func planFile(_ path: String?, current: StoredVaultKey) throws -> Plan {
        let key = VaultKey.random()
        let inUse = self.fileInUse(current)
        let wanted =
            path ?? inUse ?? VaultOpening.path(VaultOpening.defaultKeyFile, in: self.stateDirectory)
        guard wanted.hasPrefix("/") else {
            throw AdminError(.invalidInput, "the path of a key file must be absolute: \(wanted)")
        }
        let prefix = self.stateDirectory + "/"
        let place = wanted.hasPrefix(prefix) ? String(wanted.dropFirst(prefix.count)) : wanted
        if wanted == inUse {
            try VaultKeyFile.replace(wanted, with: [self.vault.key, key])
            return Plan(
                stored: StoredVaultKey(kind: .keyFile, keyID: key.id, place: place), key: key, sharesFile: true)
        }
        try VaultKeyFile.create(key, at: wanted)
        return Plan(
            stored: StoredVaultKey(kind: .keyFile, keyID: key.id, place: place, retiredFile: inUse), key: key,
            newFile: wanted)
    }

    private func fileInUse(_ current: StoredVaultKey) -> String? {
        current.kind == .keyFile ? VaultOpening.path(current.place, in: self.stateDirectory) : nil
    }

    // MARK: Files

    private func undo(_ plan: Plan, _ current: StoredVaultKey) {
        if let file = plan.newFile { unlink(file) }
        if plan.sharesFile, let file = self.fileInUse(current) {
            // Should it fail, the next start tidies up.
            try? VaultKeyFile.replace(file, with: [self.vault.key])
        }
    }

    /// - returns: what could not be done.
    private func finish(_ plan: Plan) -> String? {
        if plan.sharesFile {
            let path = VaultOpening.path(plan.stored.place, in: self.stateDirectory)
            do {
                try VaultKeyFile.replace(path, with: [plan.key])
            } catch {
                return "the old key is still in its file, until the next start: \(error)"
            }
        }
        if let retired = plan.stored.retiredFile {
            guard unlink(retired) == 0 || errno == ENOENT else {
                return "the old key file \(retired) can't be removed: \(String(cString: strerror(errno)))"
            }
            _ = try? self.store.forgetRetiredKeyFile()
        }
        return nil
    }

    private func shownPlace(_ stored: StoredVaultKey) -> String? {
        switch stored.kind {
        case .keyFile: VaultOpening.path(stored.place, in: self.stateDirectory)
        case .systemdCredential: stored.place
        case .passphrase: nil
        }
    }
}

extension VaultKeyKind {
    init(_ kind: StoredVaultKey.Kind) {
        self =
            switch kind {
            case .keyFile: .keyFile
            case .passphrase: .passphrase
            case .systemdCredential: .systemdCredential
            }
    }
}
