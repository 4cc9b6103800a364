import AdminAPI
import ArgumentParser

struct SSHConfigCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ssh-config",
        abstract: "Print the ssh_config that leads a user's clients to every permitted target.",
        discussion: """
            The lines make ssh, scp, sftp, rsync, git and whatever else reads ssh_config reach targets by their names.

            Examples:
              sallyport ssh-config --user alice --gateway gw.example.org:2222 > sallyport.conf
              sallyport ssh-config --user alice --known-hosts > sallyport_known_hosts
              ssh -F sallyport.conf web1
            """)

    @ParentCommand var root: Sallyport
    @Option(help: "Name of the user.") var user: String
    @Option(help: ArgumentHelp("The gateway as clients see it (default: where it listens).", valueName: "host:port"))
    var gateway: String?
    @Option(help: "What to call the gateway in the file and in known_hosts.") var alias = "sallyport"
    @Option(help: "jump (ProxyJump; several connections may share one way), or direct (login names of the gateway).")
    var way = "jump"
    @Option(help: ArgumentHelp("Where clients keep the gateway's host keys.", valueName: "file"))
    var knownHostsFile = "~/.ssh/sallyport_known_hosts"
    @Flag(help: "Print the lines for that file instead.") var knownHosts = false

    func validate() throws {
        guard SSHConfigText.Way(rawValue: self.way) != nil else { throw ValidationError("--way is jump or direct") }
        guard Self.isPlain(self.alias), !self.alias.hasPrefix("-") else {
            throw ValidationError("--alias is made of letters, digits and . _ -")
        }
        guard !self.knownHostsFile.isEmpty, !self.knownHostsFile.utf8.contains(where: { $0 <= 0x20 || $0 == 0x7f })
        else { throw ValidationError("--known-hosts-file must not hold blanks") }
    }

    func run() async throws {
        let status = try await self.root.client.get(AdminRoutes.status.path(), as: GatewayStatus.self)
        guard !self.knownHosts else {
            return StandardOutput.text(SSHConfigText.knownHosts(alias: self.alias, keys: status.hostKeys))
        }
        let address = self.gateway ?? status.listen
        guard let (host, port) = Self.address(address) else {
            throw CommandFailure("\(address) is not the address of a gateway", hint: "say --gateway HOST:PORT")
        }
        guard self.gateway != nil || !["0.0.0.0", "::"].contains(host) else {
            throw CommandFailure(
                "the gateway listens on every address, so it can't say which one clients use",
                hint: "say --gateway HOST:PORT")
        }
        let destinations: [DestinationInfo] = try await self.root.client.get(
            AdminRoutes.userDestinations.path(self.user))
        let text = SSHConfigText(
            alias: self.alias, host: host, port: port, user: self.user, knownHostsFile: self.knownHostsFile,
            destinations: destinations)
        StandardOutput.text(text.lines(way: SSHConfigText.Way(rawValue: self.way) ?? .jump))
    }

    /// `host`, `host:port`, `[ipv6]:port`; without a port, ssh's.
    private static func address(_ text: String) -> (host: String, port: UInt16)? {
        let bare: Substring
        let portText: Substring
        if text.hasPrefix("["), let end = text.lastIndex(of: "]") {
            bare = text[text.index(after: text.startIndex)..<end]
            portText = text[text.index(after: end)...]
        } else if let colon = text.lastIndex(of: ":") {
            bare = text[..<colon]
            portText = text[colon...]
        } else {
            bare = text[...]
            portText = ""
        }
        guard self.isPlain(bare.split(separator: ":").joined()), !bare.hasPrefix("-"),
            portText.isEmpty || portText.hasPrefix(":")
        else { return nil }
        guard !portText.isEmpty else { return (String(bare), 22) }
        guard let port = UInt16(portText.dropFirst()), port > 0 else { return nil }
        return (String(bare), port)
    }

    private static func isPlain(_ text: String) -> Bool {
        !text.isEmpty
            && text.utf8.allSatisfy {
                switch $0 {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
                    true
                default: false
                }
            }
    }
}
