/// Where the pinned host keys of a target come from.
public enum HostKeySource: Hashable, Sendable {
    /// OpenSSH public key lines, `type base64 [comment]`.
    case lines([String])
    /// The gateway connects to the target and pins what it shows.
    case scan
}

extension HostKeySource: Codable {
    private enum CodingKeys: String, CodingKey { case lines, scan }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        let lines = try container.decodeIfPresent([String].self, forKey: .lines)
        let scan = try container.decodeIfPresent(Bool.self, forKey: .scan) ?? false
        switch (lines, scan) {
        case (let lines?, false): self = .lines(lines)
        case (nil, true): self = .scan
        case (nil, false), (.some, true):
            throw DecodingError.dataCorrupted(
                .init(codingPath: decoder.codingPath, debugDescription: "needs either lines or scan"))
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        switch self {
        case .lines(let lines): try container.encode(lines, forKey: .lines)
        case .scan: try container.encode(true, forKey: .scan)
        }
    }
}

public struct AddTargetRequest: Codable, Hashable, Sendable {
    public var name: String
    /// `host:port`, `[ipv6]:port`, or a host alone for port 22.
    public var address: String
    public var hostKeys: HostKeySource
    /// `modern`, `legacy`, or lists such as `legacy kex=A,B ciphers=C`; nil means modern.
    public var algorithms: String?
    /// Which prompts get the password, with `*` and `?`; nil means the usual ones.
    public var passwordPrompt: String?
    /// What becomes of prompts that no stored answer fits: `refuse` or `pass`; nil means refuse.
    public var prompts: String?
    /// Each `key=value`; nil means none.
    public var labels: [String]?

    public init(
        name: String, address: String, hostKeys: HostKeySource, algorithms: String? = nil,
        passwordPrompt: String? = nil, prompts: String? = nil, labels: [String]? = nil
    ) {
        self.labels = labels
        self.name = name
        self.address = address
        self.hostKeys = hostKeys
        self.algorithms = algorithms
        self.passwordPrompt = passwordPrompt
        self.prompts = prompts
    }

    private enum CodingKeys: String, CodingKey {
        case name, address, algorithms, prompts, labels
        case hostKeys = "host_keys"
        case passwordPrompt = "password_prompt"
    }
}

/// Changes what is given of a target.
public struct ChangeTargetRequest: Codable, Hashable, Sendable {
    /// As in `AddTargetRequest`.
    public var algorithms: String?
    /// As in `AddTargetRequest`; empty for the usual ones.
    public var passwordPrompt: String?
    /// As in `AddTargetRequest`.
    public var prompts: String?
    /// In place of those there are, each `key=value`.
    public var labels: [String]?

    public init(algorithms: String?, passwordPrompt: String?, prompts: String? = nil, labels: [String]? = nil) {
        self.labels = labels
        self.algorithms = algorithms
        self.passwordPrompt = passwordPrompt
        self.prompts = prompts
    }

    private enum CodingKeys: String, CodingKey {
        case algorithms, prompts, labels
        case passwordPrompt = "password_prompt"
    }
}

/// What an administrator decides about one host key of a target.
public struct JudgeHostKeyRequest: Codable, Hashable, Sendable {
    public enum Verdict: String, Codable, CaseIterable, Hashable, Sendable {
        /// Pins a pending key.
        case approve
        /// Forgets a pending key.
        case drop
        /// Takes a pinned key away.
        case remove
    }

    /// `SHA256:…`
    public var fingerprint: String
    public var verdict: Verdict
    /// An approved key stands beside the pinned ones of its type, not in their place.
    public var keepsOthers: Bool

    public init(fingerprint: String, verdict: Verdict, keepsOthers: Bool = false) {
        self.fingerprint = fingerprint
        self.verdict = verdict
        self.keepsOthers = keepsOthers
    }

    private enum CodingKeys: String, CodingKey {
        case fingerprint, verdict
        case keepsOthers = "keeps_others"
    }
}

/// Replaces every pinned host key of a target, or adds to them, as the route says.
public struct PinHostKeysRequest: Codable, Hashable, Sendable {
    public var hostKeys: HostKeySource

    public init(hostKeys: HostKeySource) {
        self.hostKeys = hostKeys
    }

    private enum CodingKeys: String, CodingKey {
        case hostKeys = "host_keys"
    }
}

public struct ScanHostKeysRequest: Codable, Hashable, Sendable {
    /// As in `AddTargetRequest`.
    public var address: String
    /// As in `AddTargetRequest`.
    public var algorithms: String?

    public init(address: String, algorithms: String? = nil) {
        self.address = address
        self.algorithms = algorithms
    }
}

public struct TargetInfo: Codable, Hashable, Sendable {
    public var name: String
    /// `host:port`.
    public var address: String
    public var hostKeys: [PublicKeyInfo]
    /// Keys that the target presented, not pinned, for an administrator to judge.
    public var pendingHostKeys: [PublicKeyInfo]
    /// As in `AddTargetRequest`.
    public var algorithms: String
    /// As in `AddTargetRequest`.
    public var passwordPrompt: String?
    /// As in `AddTargetRequest`.
    public var prompts: String
    /// Accounts that have a credential, in order of name.
    public var accounts: [String]
    /// Each `key=value`, in order.
    public var labels: [String]
    public var added: Timestamp

    public init(
        name: String, address: String, hostKeys: [PublicKeyInfo], pendingHostKeys: [PublicKeyInfo] = [],
        algorithms: String = "modern", passwordPrompt: String? = nil, prompts: String = "refuse",
        accounts: [String], labels: [String] = [], added: Timestamp
    ) {
        self.labels = labels
        self.name = name
        self.address = address
        self.hostKeys = hostKeys
        self.pendingHostKeys = pendingHostKeys
        self.algorithms = algorithms
        self.passwordPrompt = passwordPrompt
        self.prompts = prompts
        self.accounts = accounts
        self.added = added
    }

    private enum CodingKeys: String, CodingKey {
        case name, address, algorithms, prompts, accounts, labels, added
        case hostKeys = "host_keys"
        case pendingHostKeys = "pending_host_keys"
        case passwordPrompt = "password_prompt"
    }
}
