/// What may not see what, directly or through others. Design: docs/architecture.md.
enum ImportRules {
    struct Rule {
        var target: String
        /// What `target` may not reach.
        var forbidden: [String]
        var reason: String
    }

    static let rules = [
        Rule(
            target: "Gateway", forbidden: ["SSHTransport", "CLibSSH", "SessionWorker"],
            reason: "the process with the secrets never parses SSH"),
        Rule(
            target: "sallyportd", forbidden: ["SSHTransport", "CLibSSH", "SessionWorker"],
            reason: "the process with the secrets never parses SSH"),
        Rule(
            target: "SessionWorker", forbidden: workerForbidden,
            reason: "the process that parses SSH has no secrets, no files and no decisions"),
        Rule(
            target: "sallyport-session", forbidden: workerForbidden,
            reason: "the process that parses SSH has no secrets, no files and no decisions"),
        Rule(
            target: "RecordingFormat", forbidden: ours.filter { $0 != "RecordingFormat" } + ["Foundation"],
            reason: "the format is bytes and events, and stands by itself"),
        Rule(
            target: "AccessPolicy", forbidden: ["SessionStore", "Vault", "Gateway", "GRDB", "Platform"],
            reason: "decisions do no input or output"),
        Rule(target: "AdminServer", forbidden: ["Vault", "SessionStore"], reason: "routes never touch secrets"),
        Rule(
            target: "WebConsole", forbidden: ["Vault", "SessionStore", "Gateway", "SSHTransport", "SessionWorker"],
            reason: "pages ask what the API asks"),
        Rule(
            target: "sallyport", forbidden: ["SessionStore", "Gateway", "Vault", "GRDB", "SSHTransport", "CLibSSH"],
            reason: "the command line goes through the daemon"),
    ]

    private static let workerForbidden = [
        "Vault", "SessionStore", "AccessPolicy", "AuditLog", "Gateway", "GatewayConfiguration", "RecordingKeys",
        "AdminAPI", "AdminServer", "ServerRequests", "OpenBao", "Directory", "CLDAP", "OpenIDConnect", "GRDB", "Crypto",
        "NIOCore",
        "Foundation", "FoundationEssentials",
    ]

    private static let ours = [
        "Platform", "CPlatform", "Sandbox", "SSHTransport", "WorkerProtocol", "SessionWorker", "FileAudit",
        "RecordingFormat",
        "RecordingKeys", "TerminalModel", "Playback", "TerminalPlayer", "AccessPolicy", "AuditLog", "Vault",
        "SessionStore", "GatewayConfiguration", "ServerRequests", "OpenBao", "Directory", "OpenIDConnect", "AdminAPI",
        "AdminServer", "WebConsole", "Gateway",
    ]

    private static let executables = ["sallyport", "sallyportd", "sallyport_session"]

    /// One line for each broken rule, with the chain of imports that breaks it.
    static func violations(in tree: SourceTree) -> [String] {
        let imports = tree.imports
        var found: [String] = []
        for rule in self.rules {
            for forbidden in rule.forbidden {
                guard let chain = self.chain(from: rule.target, to: forbidden, imports) else { continue }
                found.append("\(chain.joined(separator: " → ")): \(rule.reason)")
            }
        }
        for (target, modules) in imports.sorted(by: { $0.key < $1.key }) {
            for (module, file) in modules.sorted(by: { $0.key < $1.key }) {
                if ["CLibSSH", "CSSHPackets"].contains(module), target != "SSHTransport" {
                    found.append("\(file) imports \(module): only SSHTransport does")
                }
                if module == "CLDAP", target != "Directory" {
                    found.append("\(file) imports CLDAP: only Directory does")
                }
                if module == "SallyportTesting" {
                    found.append("\(file) imports SallyportTesting: no product links the harness")
                }
                if self.executables.contains(module) {
                    found.append("\(file) imports \(module): nothing depends on an executable")
                }
            }
        }
        return found
    }

    /// The shortest chain of imports between the two, if there is one.
    private static func chain(
        from start: String, to end: String, _ imports: [String: [String: String]]
    ) -> [String]? {
        var waiting = [[start]]
        var seen: Set = [start]
        while !waiting.isEmpty {
            let chain = waiting.removeFirst()
            for next in (imports[chain[chain.count - 1]] ?? [:]).keys.sorted() {
                if next == end { return chain + [next] }
                if seen.insert(next).inserted { waiting.append(chain + [next]) }
            }
        }
        return nil
    }
}
