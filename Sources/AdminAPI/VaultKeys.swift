/// Where the vault's key-encryption key comes from.
public enum VaultKeyKind: String, Codable, CaseIterable, Sendable {
    case keyFile = "key-file"
    case passphrase
    case systemdCredential = "systemd-credential"
}

/// The vault: which key opens it, and whether everything in it can be opened.
public struct VaultStatus: Codable, Hashable, Sendable {
    public var kind: VaultKeyKind
    /// Hexadecimal; tells keys apart.
    public var key: String
    /// Path of the key file, or name of the credential; nil for a passphrase.
    public var place: String?
    public var changed: Timestamp
    /// Number of stored secrets.
    public var entries: Int
    /// What can't be opened, a line each.
    public var damaged: [String]
    /// The key can't reach the swap space.
    public var isLocked: Bool
    /// The OpenBao server of the configuration, nil for none.
    public var server: Server?

    public struct Server: Codable, Hashable, Sendable {
        public var address: String
        /// Why it can't serve now; nil when it can.
        public var trouble: String?

        public init(address: String, trouble: String?) {
            self.address = address
            self.trouble = trouble
        }
    }

    public init(
        kind: VaultKeyKind, key: String, place: String?, changed: Timestamp, entries: Int, damaged: [String],
        isLocked: Bool, server: Server? = nil
    ) {
        self.server = server
        self.kind = kind
        self.key = key
        self.place = place
        self.changed = changed
        self.entries = entries
        self.damaged = damaged
        self.isLocked = isLocked
    }

    private enum CodingKeys: String, CodingKey {
        case kind, key, place, changed, entries, damaged, server
        case isLocked = "locked_in_memory"
    }
}

/// Gives the vault a new key.
public struct RekeyVaultRequest: Codable, Hashable, Sendable {
    /// Nil keeps the kind.
    public var kind: VaultKeyKind?
    /// Of a key file: absolute path; nil for the file that is in use, or the default one.
    public var path: String?
    /// Of a systemd credential.
    public var credential: String?
    public var passphrase: SecretField?

    public init(
        kind: VaultKeyKind? = nil, path: String? = nil, credential: String? = nil, passphrase: SecretField? = nil
    ) {
        self.kind = kind
        self.path = path
        self.credential = credential
        self.passphrase = passphrase
    }
}

public struct RekeyVaultResult: Codable, Hashable, Sendable {
    public var kind: VaultKeyKind
    /// Of the new key.
    public var key: String
    public var place: String?
    /// Number of stored secrets that are under it.
    public var entries: Int
    /// What is left for the administrator to do, in one line.
    public var remark: String?

    public init(kind: VaultKeyKind, key: String, place: String?, entries: Int, remark: String?) {
        self.kind = kind
        self.key = key
        self.place = place
        self.entries = entries
        self.remark = remark
    }
}
