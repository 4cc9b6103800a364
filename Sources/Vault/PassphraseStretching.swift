import CSodium
import Platform

/// How a vault key is made of a passphrase: argon2id (RFC 9106) with its stored parameters.
public struct PassphraseStretching: Hashable, Sendable {
    /// Fewest bytes of a new passphrase.
    public static let minimumPassphraseBytes = 12
    public static let maximumPassphraseBytes = 1024
    private static let saltBytes = 16
    /// What stored parameters may ask for; beyond it they were altered.
    private static let memoryRange: ClosedRange<UInt64> = 8 << 20...4 << 30
    private static let passesRange: ClosedRange<UInt64> = 1...64

    /// 16 bytes.
    public let salt: [UInt8]
    public let passes: UInt64
    public let memoryBytes: UInt64

    /// Throws `passphrase` for values that no version has written.
    public init(salt: [UInt8], passes: UInt64, memoryBytes: UInt64) throws(VaultError) {
        guard salt.count == Self.saltBytes, Self.memoryRange.contains(memoryBytes), Self.passesRange.contains(passes)
        else {
            throw VaultError(
                .passphrase, "the stored parameters of the vault's passphrase are damaged",
                hint: "restore the database from a backup")
        }
        self.salt = salt
        self.passes = passes
        self.memoryBytes = memoryBytes
    }

    /// A fresh salt and today's cost: 256 MiB and 3 passes (libsodium's "moderate"), a second or so.
    public static func fresh() -> PassphraseStretching {
        let salt = SecretBytes.random(count: Self.saltBytes).withUnsafeBytes { Array($0) }
        do {
            return try PassphraseStretching(
                salt: salt, passes: UInt64(crypto_pwhash_opslimit_moderate()),
                memoryBytes: UInt64(crypto_pwhash_memlimit_moderate()))
        } catch {
            preconditionFailure("libsodium's moderate cost lies within the ranges above")
        }
    }

    /// Takes a second and ``memoryBytes``. Throws `passphrase` for an empty or too long one, `system` without memory.
    public func key(from passphrase: SecretBytes) throws(VaultError) -> VaultKey {
        guard (1...Self.maximumPassphraseBytes).contains(passphrase.count) else {
            throw VaultError(
                .passphrase, "the passphrase is empty or longer than \(Self.maximumPassphraseBytes) bytes")
        }
        precondition(sodium_init() >= 0, "libsodium starts on every system with a random source")
        let secret = try SecretBytes(capacity: 32) { buffer throws(VaultError) in
            let result = passphrase.withUnsafeBytes { text in
                guard let output = buffer.baseAddress, let input = text.baseAddress else {
                    preconditionFailure("SecretBytes maps at least one page, so its buffer has an address")
                }
                return crypto_pwhash(
                    output.assumingMemoryBound(to: UInt8.self), UInt64(buffer.count),
                    input.assumingMemoryBound(to: CChar.self), UInt64(text.count), self.salt, self.passes,
                    Int(self.memoryBytes), crypto_pwhash_alg_argon2id13())
            }
            guard result == 0 else {
                throw VaultError(
                    .system, "no memory for the vault's passphrase: it takes \(self.memoryBytes >> 20) MiB")
            }
            return buffer.count
        }
        return VaultKey(secret)
    }

    /// Refuses what is too short to withstand guessing by whoever has the database.
    public static func validate(new passphrase: SecretBytes) throws(VaultError) {
        guard (Self.minimumPassphraseBytes...Self.maximumPassphraseBytes).contains(passphrase.count) else {
            throw VaultError(
                .passphrase, "the passphrase has less than \(Self.minimumPassphraseBytes) bytes or too many",
                hint: "use five random words or more")
        }
    }
}
