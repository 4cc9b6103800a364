import Foundation

/// Where a client connects to, and as whom.
public struct Route: Sendable {
    public var port: Int
    public var login: String
    public var identity: SSHKey?
    public var options: [String] = []

    public init(port: Int, login: String, identity: SSHKey?) {
        self.port = port
        self.login = login
        self.identity = identity
    }

    /// The same with more `-o` options.
    public func with(_ options: String...) -> Route {
        var route = self
        route.options += options
        return route
    }

    public func logging(inAs login: String) -> Route {
        var route = self
        route.login = login
        return route
    }

    public func identifying(with key: SSHKey?) -> Route {
        var route = self
        route.identity = key
        return route
    }
}

/// Command lines of the stock OpenSSH clients with a configuration of their own: no agent, no user files, host keys
/// pinned.
public struct StockClient: Sendable {
    public let scratch: Scratch
    private let configuration: String
    private let knownHosts: String

    public init(in scratch: Scratch) throws {
        self.scratch = scratch
        self.knownHosts = try scratch.write("", to: "known_hosts")
        self.configuration = try scratch.write(
            """
            Host *
                UserKnownHostsFile \(self.knownHosts)
                GlobalKnownHostsFile /dev/null
                StrictHostKeyChecking yes
                IdentitiesOnly yes
                EscapeChar none
                ConnectTimeout 30
                LogLevel ERROR

            """, to: "ssh_config")
    }

    /// - parameter publicLine: `ssh-ed25519 AAAA…`.
    public func trust(port: Int, publicLine: String) throws {
        let existing = try String(contentsOfFile: self.knownHosts, encoding: .utf8)
        try self.scratch.write(existing + "[127.0.0.1]:\(port) \(publicLine)\n", to: "known_hosts")
    }

    /// `ssh [FLAG…] host [COMMAND]`.
    public func ssh(_ route: Route, flags: [String] = [], _ command: String? = nil) -> [String] {
        ["ssh"] + self.options(of: route) + flags + ["127.0.0.1"] + (command.map { [$0] } ?? [])
    }

    /// - parameter legacy: the scp protocol of old, instead of sftp.
    public func scp(_ route: Route, from source: String, to destination: String, legacy: Bool = false) -> [String] {
        ["scp", "-q"] + (legacy ? ["-O"] : []) + self.options(of: route) + [source, destination]
    }

    /// `sftp` in batch mode, with commands on standard input.
    public func sftp(_ route: Route) -> [String] {
        ["sftp", "-q", "-b", "-"] + self.options(of: route) + ["127.0.0.1"]
    }

    private func options(of route: Route) -> [String] {
        var words = ["-F", self.configuration, "-o", "Port=\(route.port)", "-o", "User=\(route.login)"]
        let more = route.options.flatMap { ["-o", $0] }
        if let identity = route.identity {
            // The first value of an option is the one that counts.
            words += ["-o", "IdentityFile=\(identity.path)"] + more + ["-o", "BatchMode=yes"]
        } else {
            words += more + ["-o", "PubkeyAuthentication=no", "-o", "NumberOfPasswordPrompts=1"]
        }
        return words
    }

    /// Runs `ssh` to the end.
    public func runSSH(
        _ route: Route, flags: [String] = [], _ command: String? = nil, input: RunningProcess.Input = .null,
        environment: [String: String] = [:], within limit: Duration = .seconds(60)
    ) throws -> Outcome {
        try run(
            self.ssh(route, flags: flags, command), in: self.scratch, environment: environment, input: input,
            within: limit)
    }

    /// Runs `ssh` to the end with an answer to each prompt that holds the word; every prompt is noted.
    /// - returns: also the prompts that were shown, in order.
    public func runSSH(
        _ route: Route, flags: [String] = [], _ command: String? = nil, answers: [(word: String, answer: String)],
        within limit: Duration = .seconds(60)
    ) throws -> (outcome: Outcome, prompts: [String]) {
        let program = self.scratch.freshPath("askpass")
        let shown = self.scratch.freshPath("prompts")
        let cases = answers.map { "*\($0.word)*) echo '\($0.answer)';;" }.joined(separator: " ")
        try self.scratch.write(
            "#!/bin/sh\nprintf '%s\\n' \"$1\" >>'\(shown)'\ncase \"$1\" in \(cases) *) exit 1;; esac\n",
            to: URL(fileURLWithPath: program).lastPathComponent, mode: 0o700)
        let outcome = try self.runSSH(
            route.with("BatchMode=no", "NumberOfPasswordPrompts=1"), flags: flags, command,
            environment: ["SSH_ASKPASS": program, "SSH_ASKPASS_REQUIRE": "force"], within: limit)
        let prompts = (try? String(contentsOfFile: shown, encoding: .utf8)) ?? ""
        return (outcome, prompts.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) })
    }

    /// Runs `ssh` to the end with `password` for an answer to its one prompt.
    public func runSSH(
        _ route: Route, _ command: String? = nil, password: String, within limit: Duration = .seconds(60)
    ) throws -> Outcome {
        let answer = self.scratch.freshPath("askpass")
        try writeProgram("#!/bin/sh\nprintf '%s\\n' '\(password)'\n", to: answer, mode: 0o700)
        return try self.runSSH(
            route.identifying(with: nil), command,
            environment: ["SSH_ASKPASS": answer, "SSH_ASKPASS_REQUIRE": "force"], within: limit)
    }
}
