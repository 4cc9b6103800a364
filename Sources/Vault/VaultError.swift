/// Why the vault refused. `message` is one line without secrets; `hint` says what to do.
public struct VaultError: Error, Hashable, Sendable, CustomStringConvertible {
    public enum Code: Hashable, Sendable {
        /// The key file is missing, unreadable, open to others or malformed.
        case keyFile
        /// A systemd credential is missing or unreadable.
        case credential
        /// The vault's passphrase is wrong, unusable, or can't be had.
        case passphrase
        /// The key is being changed already.
        case changing
        /// A sealed blob is malformed, was altered, belongs elsewhere, or was sealed under another key.
        case sealed
        /// A private key's text can't be read.
        case unreadableKey
        /// A private key is protected by a passphrase.
        case protectedKey
        /// The passphrase of a private key is wrong.
        case wrongPassphrase
        /// A key type or size that isn't supported.
        case unsupportedKey
        /// A public key's line can't be read.
        case unreadablePublicKey
        /// A signature could not be made.
        case signing
        /// The seed of one-time codes can't be read or used.
        case seed
        /// A password is empty or too long.
        case password
        /// The file system or memory failed.
        case system
    }

    public let code: Code
    public let message: String
    public let hint: String?

    public init(_ code: Code, _ message: String, hint: String? = nil) {
        self.code = code
        self.message = message
        self.hint = hint
    }

    public var description: String { self.message }
}
