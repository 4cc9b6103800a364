import Foundation
import Testing

/// What an end-to-end test works with: a target, a client, and between them a gateway that has been told about both.
///
/// With `SALLYPORT_TEST_ROUTE=direct` there is no gateway, and the client reaches the target by itself: what the tests
/// expect of the gateway must hold there too.
public final class Laboratory {
    /// A password of `alice`, who also has one key of each kind.
    public static let alicePassword = "planted-login-password-of-alice"

    public let scratch: Scratch
    public let target: TargetServer
    public let client: StockClient
    public let keys: [SSHKey.Kind: SSHKey]
    private let optionalGateway: TestGateway?

    public static let isDirect = ProcessInfo.processInfo.environment["SALLYPORT_TEST_ROUTE"] == "direct"

    public init(startGateway: Bool = true, recordingsOn options: String? = nil) throws {
        self.scratch = try Scratch()
        do {
            self.target = try TargetServer(in: self.scratch)
            self.client = try StockClient(in: self.scratch)
            var keys: [SSHKey.Kind: SSHKey] = [:]
            for kind in SSHKey.Kind.allCases { keys[kind] = try SSHKey(kind, named: "alice-\(kind)", in: self.scratch) }
            self.keys = keys
            try self.client.trust(port: self.target.port, publicLine: self.target.hostKey.publicLine)
            if Self.isDirect {
                self.optionalGateway = nil
            } else {
                let gateway = try TestGateway(in: self.scratch)
                self.optionalGateway = gateway
                if startGateway {
                    try gateway.start(recordingsOn: options)
                    try self.introduce(to: gateway)
                }
                try self.client.trust(port: gateway.port, publicLine: gateway.hostKeyLine())
            }
        } catch {
            self.scratch.dispose()
            throw error
        }
    }

    public func dispose() {
        self.optionalGateway?.stop()
        self.target.stop()
        self.scratch.dispose()
    }

    public var gateway: TestGateway {
        guard let gateway = self.optionalGateway else {
            preconditionFailure("suites that look into the gateway are disabled on the direct route")
        }
        return gateway
    }

    /// Tells the gateway about alice, her keys and password, `web1` (by key) and `web2` (by password).
    public func introduce(to gateway: TestGateway) throws {
        let account = self.target.login
        let keys = self.keys.values.flatMap { ["--key", $0.publicPath] }
        let added = try gateway.command(
            ["user", "add", "alice"] + keys + ["--password-stdin"], input: Self.alicePassword + "\n")
        guard added.code == 0 else { throw HarnessError("sallyport user add: \(added.errorText)") }
        try self.addTarget("web1", port: self.target.port, hostKey: self.target.hostKey, to: gateway)
        if TargetServer.hasOwnLogin {
            try gateway.administer(
                "target", "add", "web2", "--address", "127.0.0.1:\(self.target.port)", "--host-key",
                self.target.hostKey.publicPath)
            try gateway.administer(
                "credential", "set", "web2/\(account)", "--password-stdin", input: self.target.password + "\n")
            try self.grant("web2", on: gateway)
        }
    }

    /// Adds a target with the usual key for a credential, and lets alice use it.
    public func addTarget(_ name: String, port: Int, hostKey: SSHKey, to gateway: TestGateway? = nil) throws {
        let gateway = gateway ?? self.gateway
        try gateway.administer(
            "target", "add", name, "--address", "127.0.0.1:\(port)", "--host-key", hostKey.publicPath)
        try gateway.administer(
            "credential", "set", "\(name)/\(self.target.login)", "--key", self.target.key.path)
        try self.grant(name, on: gateway)
    }

    public func grant(_ target: String, on gateway: TestGateway? = nil, user: String = "alice") throws {
        try (gateway ?? self.gateway).administer(
            "grant", "add", "\(user)-\(target)", "--user", user, "--target", target, "--account", self.target.login,
            "--allow", "shell,exec,sftp,scp")
    }

    /// The key that alice uses unless a test says otherwise.
    public var identity: SSHKey {
        guard let key = self.keys[.ed25519] else { preconditionFailure("a key of each kind was made") }
        return key
    }

    /// alice's way to `target` through the gateway; on the direct route, to sshd itself.
    public func route(to target: String = "web1") -> Route {
        guard let gateway = self.optionalGateway else {
            return Route(port: self.target.port, login: self.target.login, identity: self.target.key)
        }
        return Route(port: gateway.port, login: "alice@\(self.target.login)@\(target)", identity: self.identity)
    }

    /// Runs `command` on the target to the end.
    public func ssh(
        _ command: String, flags: [String] = [], options: [String] = [], input: RunningProcess.Input = .null,
        environment: [String: String] = [:], within limit: Duration = .seconds(60)
    ) throws -> Outcome {
        var route = self.route()
        route.options += options
        return try self.client.runSSH(
            route, flags: flags, command, input: input, environment: environment, within: limit)
    }

    /// A login shell on a pseudo-terminal, at its first prompt.
    public func shell(columns: UInt16 = 80, rows: UInt16 = 24, options: [String] = []) throws -> TerminalProcess {
        var route = self.route()
        route.options += options
        // Where the login is a person's own, their start-up files must not decide what the prompt is.
        let words =
            TargetServer.hasOwnLogin
            ? self.client.ssh(route)
            : self.client.ssh(route, flags: ["-tt"], "PS1='ready> ' exec bash --noprofile --norc -i")
        let terminal = try TerminalProcess(words, in: self.scratch, columns: columns, rows: rows)
        try terminal.waitFor("ready> ")
        return terminal
    }

    // MARK: For suites

    /// The laboratory of the running suite.
    @TaskLocal private static var running: Shared?

    public static var current: Laboratory {
        guard let shared = self.running else { preconditionFailure("the suite has the trait .laboratory") }
        return shared.laboratory
    }

    static func whileRunning(_ body: () async throws -> Void) async throws {
        let laboratory = try Laboratory()
        defer { laboratory.dispose() }
        try await self.$running.withValue(Shared(laboratory), operation: body)
    }

    // @unchecked Sendable: suites with a laboratory are serialised, so one test at a time touches it, though each on a
    // thread of its own.
    private final class Shared: @unchecked Sendable {
        let laboratory: Laboratory
        init(_ laboratory: Laboratory) { self.laboratory = laboratory }
    }
}

/// Gives a suite one laboratory for all of its tests. The suite must be serialised.
public struct LaboratoryTrait: SuiteTrait, TestScoping {
    public func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
    ) async throws {
        try await Laboratory.whileRunning(function)
    }
}

extension Trait where Self == LaboratoryTrait {
    public static var laboratory: Self { LaboratoryTrait() }
}

extension Trait where Self == ConditionTrait {
    /// For tests that look into the gateway.
    public static var throughGateway: Self {
        .disabled(if: Laboratory.isDirect, "the direct route has no gateway")
    }
    /// For tests of what only root can set up.
    public static var asRoot: Self { .enabled(if: mayMount, "needs the right to make mount namespaces") }
}
