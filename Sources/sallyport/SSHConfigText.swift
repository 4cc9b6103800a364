import AdminAPI

/// The lines for an `ssh_config` (ssh_config(5)) that lead one user's clients through the gateway.
struct SSHConfigText {
    enum Way: String, CaseIterable {
        /// `ProxyJump`: the client ends two connections, and names accounts as it always did.
        case jump
        /// The gateway's own login names.
        case direct
    }

    /// The `Host` of the gateway, and the name of its key in known_hosts.
    var alias: String
    var host: String
    var port: UInt16
    var user: String
    var knownHostsFile: String
    /// By target, then account.
    var destinations: [DestinationInfo]

    /// The lines for `knownHostsFile`: the same keys answer for the gateway and for every inner connection.
    static func knownHosts(alias: String, keys: [PublicKeyInfo]) -> String {
        keys.map { key in
            let words = key.line.split(separator: " ").prefix(2).joined(separator: " ")
            return "\(alias) \(words)\n"
        }.joined()
    }

    func lines(way: Way) -> String {
        let gateway = self.block([self.alias], self.reaching(user: self.user))
        let targets = Dictionary(grouping: self.destinations, by: \.target).sorted { $0.key < $1.key }
        let blocks = targets.flatMap { target, accounts in
            self.blocks(for: target, accounts.map(\.account), way: way)
        }
        return ([gateway] + blocks).joined(separator: "\n")
    }

    /// With one account the target's name is enough. With several, each has a name of its own.
    private func blocks(for target: String, _ accounts: [String], way: Way) -> [String] {
        let isOnly = accounts.count == 1
        var blocks = accounts.map { account in
            let name = isOnly ? target : "\(account).\(target)"
            switch way {
            case .direct: return self.block([name], self.reaching(user: "\(self.user)@\(account)@\(target)"))
            case .jump:
                let host = isOnly ? [] : ["HostName \(target)"]
                return self.block([name], host + ["User \(Self.quoted(account))"] + self.jumping)
            }
        }
        if !isOnly, way == .jump { blocks.append(self.block([target], self.jumping)) }
        return blocks
    }

    private func block(_ names: [String], _ lines: [String]) -> String {
        "Host \(names.map(Self.quoted).joined(separator: " "))\n" + lines.map { "    \($0)\n" }.joined()
    }

    private func reaching(user: String) -> [String] {
        ["HostName \(self.host)", "Port \(self.port)", "User \(Self.quoted(user))"] + self.trust
    }

    private var jumping: [String] { ["ProxyJump \(self.alias)"] + self.trust }

    private var trust: [String] {
        ["HostKeyAlias \(self.alias)", "UserKnownHostsFile \(self.knownHostsFile)", "StrictHostKeyChecking yes"]
    }

    /// A backslash (domain accounts) stands for itself only when it is doubled.
    private static func quoted(_ word: String) -> String {
        word.split(separator: "\\", omittingEmptySubsequences: false).joined(separator: "\\\\")
    }
}
