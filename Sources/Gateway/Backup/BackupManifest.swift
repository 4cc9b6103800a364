import Foundation

/// The first entry of a backup: what it is of, and what its files must hash to.
struct BackupManifest: Codable, Hashable {
    static let name = "sallyport-backup.json"
    static let format = 1

    struct File: Codable, Hashable {
        var name: String
        var bytes: UInt64
        /// SHA-256, hexadecimal.
        var sha256: String
    }

    var format = BackupManifest.format
    /// Of the gateway that made it.
    var version: String
    /// ISO 8601, UTC.
    var made: String
    /// `key-file`, `passphrase` or `systemd-credential`.
    var vaultKind: String
    /// Id of the key that opens the secrets in the backup; the key itself is not in it.
    var vaultKey: String
    /// In the order in which they follow.
    var files: [File]

    private enum CodingKeys: String, CodingKey {
        case format, version, made, files
        case vaultKind = "vault_kind"
        case vaultKey = "vault_key"
    }

    /// Which names a backup may have.
    static func isPermitted(_ name: String) -> Bool {
        if name == "sallyport.toml" || name == "sallyport.db" { return true }
        guard name.hasPrefix("keys/"), name.hasSuffix(".pub") else { return false }
        let stem = name.dropFirst(5).dropLast(4)
        return !stem.isEmpty
            && stem.utf8.allSatisfy { byte in
                (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || byte == UInt8(ascii: "_")
                    || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
            }
    }
}
