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

    public init(name: String, address: String, hostKeys: HostKeySource) {
        self.name = name
        self.address = address
        self.hostKeys = hostKeys
    }

    private enum CodingKeys: String, CodingKey {
        case name, address
        case hostKeys = "host_keys"
    }
}

/// Replaces every pinned host key of a target.
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

    public init(address: String) {
        self.address = address
    }
}

public struct TargetInfo: Codable, Hashable, Sendable {
    public var name: String
    /// `host:port`.
    public var address: String
    public var hostKeys: [PublicKeyInfo]
    /// Accounts that have a credential, in order of name.
    public var accounts: [String]
    public var added: Timestamp

    public init(name: String, address: String, hostKeys: [PublicKeyInfo], accounts: [String], added: Timestamp) {
        self.name = name
        self.address = address
        self.hostKeys = hostKeys
        self.accounts = accounts
        self.added = added
    }

    private enum CodingKeys: String, CodingKey {
        case name, address, accounts, added
        case hostKeys = "host_keys"
    }
}
