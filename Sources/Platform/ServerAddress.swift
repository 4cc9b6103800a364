/// Where requests may go that carry a secret.
public enum ServerAddress {
    /// By TLS anywhere, in clear to this machine alone; and nothing in it that clients read differently.
    public static func mayGetSecrets(_ address: String) -> Bool {
        guard address.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "\\") }) else { return false }
        for (scheme, isSafe) in [("https://", true), ("http://", false)] where address.hasPrefix(scheme) {
            let authority = address.dropFirst(scheme.count).prefix { !"/?#".contains($0) }
            guard !authority.isEmpty, !authority.contains("@") else { return false }
            if isSafe { return true }
            let host = authority.hasPrefix("[") ? authority.prefix { $0 != "]" } + "]" : authority.prefix { $0 != ":" }
            return ["127.0.0.1", "[::1]", "localhost"].contains(String(host))
        }
        return false
    }
}
