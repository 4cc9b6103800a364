/// Who may do what, declared: what `sallyport apply` reads and `sallyport export-config` writes. No secret is in it.
///
/// Each list is by name; one that is nil is not spoken of. What an entry of a user, a group or a target leaves out stays
/// as it is, and is the default in a new one. A grant is always whole.
public struct AccessDocument: Codable, Hashable, Sendable {
    /// Of the form of the document.
    public static let version = 1
    /// Largest document, in bytes of JSON.
    public static let maximumBytes = 16 * 1024 * 1024

    public var version: Int
    public var users: [String: UserEntry]?
    public var groups: [String: GroupEntry]?
    public var targets: [String: TargetEntry]?
    public var grants: [String: GrantEntry]?

    public init(
        users: [String: UserEntry]? = nil, groups: [String: GroupEntry]? = nil, targets: [String: TargetEntry]? = nil,
        grants: [String: GrantEntry]? = nil
    ) {
        self.version = Self.version
        self.users = users
        self.groups = groups
        self.targets = targets
        self.grants = grants
    }

    public struct UserEntry: Codable, Hashable, Sendable {
        public var enabled: Bool?
        public var keys: [KeyEntry]?
        /// Combinations of factors; empty for the usual rule.
        public var require: [String]?

        public init(enabled: Bool? = nil, keys: [KeyEntry]? = nil, require: [String]? = nil) {
            self.enabled = enabled
            self.keys = keys
            self.require = require
        }
    }

    /// A public key by which a user signs in.
    public struct KeyEntry: Codable, Hashable, Sendable {
        /// An OpenSSH public key line.
        public var key: String
        public var expires: Timestamp?
        /// Of a security key: nil means that a touch is required, and no PIN.
        public var requireTouch: Bool?
        public var requireVerification: Bool?

        public init(
            key: String, expires: Timestamp? = nil, requireTouch: Bool? = nil, requireVerification: Bool? = nil
        ) {
            self.key = key
            self.expires = expires
            self.requireTouch = requireTouch
            self.requireVerification = requireVerification
        }

        public enum CodingKeys: String, CodingKey, CaseIterable {
            case key, expires
            case requireTouch = "require_touch"
            case requireVerification = "require_verification"
        }
    }

    public struct GroupEntry: Codable, Hashable, Sendable {
        public var comment: String?
        public var members: [String]?
        public var require: [String]?

        public init(comment: String? = nil, members: [String]? = nil, require: [String]? = nil) {
            self.comment = comment
            self.members = members
            self.require = require
        }
    }

    public struct TargetEntry: Codable, Hashable, Sendable {
        /// As `target add --address` takes it.
        public var address: String?
        /// OpenSSH public key lines.
        public var hostKeys: [String]?
        public var labels: [String: String]?
        public var algorithms: String?
        /// Empty for the usual prompts.
        public var passwordPrompt: String?
        public var prompts: String?
        /// Accounts that are to have a credential: one that has none is told, and can't be made here.
        public var accounts: [String]?

        public init(
            address: String? = nil, hostKeys: [String]? = nil, labels: [String: String]? = nil,
            algorithms: String? = nil, passwordPrompt: String? = nil, prompts: String? = nil, accounts: [String]? = nil
        ) {
            self.address = address
            self.hostKeys = hostKeys
            self.labels = labels
            self.algorithms = algorithms
            self.passwordPrompt = passwordPrompt
            self.prompts = prompts
            self.accounts = accounts
        }

        public enum CodingKeys: String, CodingKey, CaseIterable {
            case address, labels, algorithms, prompts, accounts
            case hostKeys = "host_keys"
            case passwordPrompt = "password_prompt"
        }
    }
}
