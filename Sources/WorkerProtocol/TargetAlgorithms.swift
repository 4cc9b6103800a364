/// The algorithms that one target may be spoken to with, each kind in order of preference.
///
/// As text: `modern`, `legacy`, or `legacy kex=A,B ciphers=C`: a profile, and lists in place of some of its own.
public struct TargetAlgorithms: Hashable, Sendable {
    /// The kinds of algorithm; raw values are the words of the text form.
    public enum Kind: String, Hashable, Sendable, CaseIterable {
        case keyExchange = "kex"
        case ciphers
        case macs
        /// Signatures of the target's host key.
        case hostKeys = "host-keys"
        /// Signatures of the gateway's key for the account.
        case userKeys = "user-keys"
    }

    public enum Profile: String, Hashable, Sendable, CaseIterable {
        /// Nothing with SHA-1, CBC, or keys below 2048 bits.
        case modern
        /// The modern ones first, then what old devices need.
        case legacy
    }

    /// What is wrong with a text; `message` is one line, `hint` says what would be right.
    public struct Problem: Error, Hashable, Sendable {
        public let message: String
        public let hint: String
    }

    public let profile: Profile
    /// Lists in place of the profile's.
    public let lists: [Kind: [String]]

    public static let modern = TargetAlgorithms(profile: .modern, lists: [:])
    public static let legacy = TargetAlgorithms(profile: .legacy, lists: [:])

    private init(profile: Profile, lists: [Kind: [String]]) {
        self.profile = profile
        self.lists = lists
    }

    /// Longest text, in bytes.
    public static let maximumTextBytes = 2048

    /// Reads the text form.
    public init(_ text: String) throws(Problem) {
        guard text.utf8.count <= Self.maximumTextBytes else {
            throw Problem(
                message: "the list of algorithms is longer than \(Self.maximumTextBytes) bytes", hint: Self.formHint)
        }
        var words = text.split(separator: " ").map(String.init)
        guard !words.isEmpty else { throw Problem(message: "no algorithms are named", hint: Self.formHint) }
        var profile = Profile.modern
        if let named = Profile(rawValue: words[0]) {
            profile = named
            words.removeFirst()
        }
        var lists: [Kind: [String]] = [:]
        for word in words {
            let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            guard parts.count == 2, let kind = Kind(rawValue: parts[0]) else {
                throw Problem(message: "\(word) is neither a profile nor a list of algorithms", hint: Self.formHint)
            }
            guard lists[kind] == nil else {
                throw Problem(message: "\(kind.rawValue) is given twice", hint: "separate the names with commas")
            }
            lists[kind] = try Self.names(parts[1], of: kind)
        }
        self.init(profile: profile, lists: lists)
    }

    private static let formHint = "give modern, legacy, or lists such as \"legacy kex=A,B ciphers=C\""

    private static func names(_ text: String, of kind: Kind) throws(Problem) -> [String] {
        let names = text.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        let served = Self.names(of: kind, in: .legacy)
        for name in names where !served.contains(name) {
            let reason =
                name.hasPrefix("ssh-dss") ? "DSA keys can't be served: libssh has no DSA" : "\(name) can't be served"
            throw Problem(
                message: "\(kind.rawValue): \(reason)", hint: "\(kind.rawValue) knows \(served.joined(separator: ","))")
        }
        return names
    }

    /// The text form, which ``init(_:)`` reads back.
    public var text: String {
        let lists = Kind.allCases.compactMap { kind in
            self.lists[kind].map { "\(kind.rawValue)=\($0.joined(separator: ","))" }
        }
        return ([self.profile.rawValue] + lists).joined(separator: " ")
    }

    /// The names of one kind, the preferred one first; never empty.
    public func names(of kind: Kind) -> [String] { self.lists[kind] ?? Self.names(of: kind, in: self.profile) }

    /// Whether the account's RSA key may sign with SHA-1.
    public var signsWithSHA1: Bool { self.names(of: .userKeys).contains("ssh-rsa") }

    /// Shortest RSA host key of the target, in bits: where its signatures may use SHA-1, its keys are as old.
    public var minimumRSABits: Int { self.names(of: .hostKeys).contains("ssh-rsa") ? 1024 : 2048 }

    // MARK: The profiles

    private static func names(of kind: Kind, in profile: Profile) -> [String] {
        switch profile {
        case .modern: self.modernNames(of: kind)
        case .legacy: self.modernNames(of: kind) + self.oldNames(of: kind)
        }
    }

    private static func modernNames(of kind: Kind) -> [String] {
        switch kind {
        case .keyExchange:
            [
                "curve25519-sha256", "curve25519-sha256@libssh.org", "ecdh-sha2-nistp256", "ecdh-sha2-nistp384",
                "ecdh-sha2-nistp521", "diffie-hellman-group18-sha512", "diffie-hellman-group16-sha512",
                "diffie-hellman-group14-sha256",
            ]
        case .ciphers:
            // The cheapest strong cipher first, as the gateway's choice decides towards targets.
            [
                "aes128-gcm@openssh.com", "aes256-gcm@openssh.com", "chacha20-poly1305@openssh.com", "aes256-ctr",
                "aes192-ctr", "aes128-ctr",
            ]
        case .macs:
            ["hmac-sha2-256-etm@openssh.com", "hmac-sha2-512-etm@openssh.com", "hmac-sha2-256", "hmac-sha2-512"]
        case .hostKeys:
            [
                "ssh-ed25519", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521", "rsa-sha2-512",
                "rsa-sha2-256",
            ]
        case .userKeys:
            [
                "ssh-ed25519", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521", "rsa-sha2-512",
                "rsa-sha2-256",
            ]
        }
    }

    /// What libssh 0.10 still can and nobody should need.
    private static func oldNames(of kind: Kind) -> [String] {
        switch kind {
        case .keyExchange:
            [
                "diffie-hellman-group-exchange-sha256", "diffie-hellman-group14-sha1",
                "diffie-hellman-group-exchange-sha1", "diffie-hellman-group1-sha1",
            ]
        case .ciphers: ["aes256-cbc", "aes192-cbc", "aes128-cbc", "3des-cbc"]
        case .macs: ["hmac-sha1-etm@openssh.com", "hmac-sha1"]
        case .hostKeys, .userKeys: ["ssh-rsa"]
        }
    }
}
