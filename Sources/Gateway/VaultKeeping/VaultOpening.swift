import AdminAPI
import Foundation
import Glibc
import Logging
import Platform
import SessionStore
import Vault

/// Where the passphrase of a vault comes from, when the vault is under one.
public struct VaultUnlocking: Sendable {
    /// Gives the passphrase, or nil when there is nobody to ask. Called again after a wrong one, `attempts` times at
    /// most.
    public var passphrase: @Sendable () throws -> SecretBytes?
    public var attempts: Int

    public init(attempts: Int, passphrase: @escaping @Sendable () throws -> SecretBytes?) {
        self.attempts = attempts
        self.passphrase = passphrase
    }

    /// From the systemd credential `sallyport-vault-passphrase`.
    public static let unattended = VaultUnlocking(attempts: 1) { try Self.credentialPassphrase() }

    public static let passphraseCredential = "sallyport-vault-passphrase"

    /// Nil when there is no such credential.
    public static func credentialPassphrase() throws -> SecretBytes? {
        guard SystemdCredential.isThere(self.passphraseCredential) else { return nil }
        return try SystemdCredential.read(self.passphraseCredential).withoutNewline
    }
}

extension SecretBytes {
    /// Without one newline at the end, as files and terminals add it.
    public var withoutNewline: SecretBytes {
        self.withUnsafeBytes { bytes in
            SecretBytes(copying: bytes.last == UInt8(ascii: "\n") ? bytes.dropLast() : bytes[...])
        }
    }
}

/// Opens the vault of a state directory at the start of the gateway.
struct VaultOpening {
    let store: SessionStore
    let stateDirectory: String
    let log: Logger

    static let defaultKeyFile = "keys/vault.key"

    /// - throws: `VaultError` or `GatewayError` when the key is missing, damaged or another one than the database needs.
    func open(_ unlocking: VaultUnlocking) throws -> Vault {
        guard let stored = try self.store.vaultKey() else {
            throw GatewayError(
                "the database has no vault: it is of an early build, or not of this gateway",
                hint: "make a new state directory with sallyport init")
        }
        let vault = Vault(try self.key(stored, unlocking))
        if let retired = stored.retiredFile { self.finishRetiring(retired) }
        return vault
    }

    private func key(_ stored: StoredVaultKey, _ unlocking: VaultUnlocking) throws -> VaultKey {
        switch stored.kind {
        case .keyFile: return try self.keyOfFile(stored)
        case .passphrase: return try Self.keyOfPassphrase(stored, unlocking)
        case .systemdCredential:
            let key = try SystemdCredential.vaultKey(stored.place)
            guard key.id == stored.keyID else {
                throw VaultError(
                    .credential,
                    "systemd credential \(stored.place) holds the vault key \(key.idText), "
                        + "the database is under \(stored.keyIDText)",
                    hint: "pass the credential with the right key")
            }
            return key
        }
    }

    private func keyOfFile(_ stored: StoredVaultKey) throws -> VaultKey {
        let path = Self.path(stored.place, in: self.stateDirectory)
        let keys = try VaultKeyFile.read(path)
        guard let key = keys.first(where: { $0.id == stored.keyID }) else {
            throw VaultError(
                .keyFile,
                "vault key file \(path) holds the key \(keys.map(\.idText).joined(separator: " and ")), "
                    + "the database is under \(stored.keyIDText)",
                hint: "put the right key file there; each backup names its key")
        }
        if keys.count > 1 {
            // A crash in the middle of a change of key: the database has decided which one counts.
            do {
                try VaultKeyFile.replace(path, with: [key])
            } catch {
                self.log.warning("the vault key that is out of use stays in its file: \(error)")
            }
        }
        return key
    }

    private static func keyOfPassphrase(_ stored: StoredVaultKey, _ unlocking: VaultUnlocking) throws -> VaultKey {
        let stretching = try PassphraseStretching(
            salt: stored.salt ?? [], passes: stored.passes, memoryBytes: stored.memoryBytes)
        for attempt in 1...unlocking.attempts {
            guard let passphrase = try unlocking.passphrase() else {
                throw VaultError(
                    .passphrase, "the vault is under a passphrase and there is no terminal to ask for it",
                    hint: "give it with --passphrase-fd, or as the systemd credential "
                        + VaultUnlocking.passphraseCredential)
            }
            let key = try stretching.key(from: passphrase)
            if key.id == stored.keyID { return key }
            if attempt < unlocking.attempts {
                FileHandle.standardError.write(Data("sallyportd: that is not the passphrase\n".utf8))
            }
        }
        throw VaultError(
            .passphrase, "the passphrase is not that of the vault", hint: "try again; nothing was changed")
    }

    /// Removes the file of a key that is out of use.
    private func finishRetiring(_ path: String) {
        guard unlink(path) == 0 || errno == ENOENT else {
            return self.log.warning(
                "the vault key file \(path) is out of use and can't be removed: \(String(cString: strerror(errno)))")
        }
        _ = try? self.store.forgetRetiredKeyFile()
    }

    /// - parameter place: relative to the state directory, or absolute.
    static func path(_ place: String, in stateDirectory: String) -> String {
        place.hasPrefix("/") ? place : "\(stateDirectory)/\(place)"
    }
}
