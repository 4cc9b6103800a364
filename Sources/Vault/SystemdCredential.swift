import Glibc
import Platform

/// What the service manager hands to a service, decrypted, in `$CREDENTIALS_DIRECTORY`
/// (systemd.exec(5), LoadCredentialEncrypted=).
public enum SystemdCredential {
    private static let maximumBytes = 4096

    /// Whether the process was started with credentials, and one of this name is among them.
    public static func isThere(_ name: String) -> Bool {
        guard let path = try? Self.path(of: name) else { return false }
        return access(path, F_OK) == 0
    }

    /// The content of the credential, a final newline included. Throws `credential`.
    public static func read(_ name: String) throws(VaultError) -> SecretBytes {
        let path = try Self.path(of: name)
        let raw = Glibc.open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY)
        guard raw >= 0 else {
            throw VaultError(
                .credential, "systemd credential \(name): \(SystemText.ofErrno())",
                hint: "add LoadCredentialEncrypted=\(name):FILE to the unit and start it again")
        }
        let descriptor = OwnedDescriptor(takingOwnershipOf: raw)
        var status = stat()
        // Group bits are an access list's mask here, so only others' bits tell.
        guard fstat(descriptor.rawValue, &status) == 0, status.st_mode & S_IFMT == S_IFREG,
            status.st_mode & 0o007 == 0
        else {
            throw VaultError(
                .credential, "systemd credential \(name) is open to others or not a file",
                hint: "let systemd pass it, with LoadCredentialEncrypted=")
        }
        do {
            return try SecretBytes(readingFrom: descriptor.rawValue, limitBytes: Self.maximumBytes)
        } catch {
            throw VaultError(.credential, "systemd credential \(name) can't be read or is too long")
        }
    }

    /// The vault key in the credential. Throws `credential` or `keyFile`.
    public static func vaultKey(_ name: String) throws(VaultError) -> VaultKey {
        let keys = try VaultKeyFile.keys(in: try Self.read(name), name: "systemd credential \(name)")
        guard let key = keys.first, keys.count == 1 else {
            throw VaultError(.credential, "systemd credential \(name) holds more than one key")
        }
        return key
    }

    private static func path(of name: String) throws(VaultError) -> String {
        guard !name.isEmpty, name.utf8.count <= 255, name != ".", name != "..", !name.utf8.contains(UInt8(ascii: "/"))
        else { throw VaultError(.credential, "'\(name)' can't be the name of a systemd credential") }
        guard let folder = getenv("CREDENTIALS_DIRECTORY"), folder.pointee == UInt8(ascii: "/") else {
            throw VaultError(
                .credential, "systemd credential \(name) isn't there: CREDENTIALS_DIRECTORY is not set",
                hint: "start sallyportd by systemd, with LoadCredentialEncrypted=\(name):FILE in its unit")
        }
        return String(cString: folder) + "/" + name
    }
}
