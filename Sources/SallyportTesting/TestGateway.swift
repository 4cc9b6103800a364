import Foundation
import Glibc

/// A throw-away gateway: state directory, `sallyportd` on a free port, and the `sallyport` command line for it.
public final class TestGateway {
    public let port: Int
    public let state: String
    public let scratch: Scratch
    private var daemon: RunningProcess?

    /// Makes the state directory. ``start(recordingsOn:)`` starts the daemon.
    public init(named name: String = "gateway", in scratch: Scratch) throws {
        self.scratch = scratch
        self.port = try freePort()
        self.state = scratch.path(name)
        try self.administer("init", "--listen", "127.0.0.1:\(self.port)")
    }

    /// A state directory of its own, made of a backup of `other`, whose port it takes over; `other` must have stopped.
    public init(
        restoring backup: String, of other: TestGateway, named name: String, vaultKey: String, in scratch: Scratch
    ) throws {
        self.scratch = scratch
        self.port = other.port
        self.state = scratch.path(name)
        try self.administer("restore", backup, "--vault-key", vaultKey)
    }

    public var configuration: String { self.state + "/sallyport.toml" }

    /// Starts the daemon and waits until it says that it is ready.
    /// - parameters:
    ///   - recordingsOn: options of a tmpfs to keep the recordings on, such as `size=256k`; needs root.
    ///   - daemonArguments: more of them, beside `--config`.
    ///   - environment: more for its environment.
    public func start(
        recordingsOn options: String? = nil, daemonArguments: [String] = [], environment: [String: String] = [:],
        input: RunningProcess.Input = .null
    ) throws {
        // The daemon is given a descriptor that it did not ask for, which nothing it starts may see, and the will to
        // ignore how its children end, as some supervisors pass it on.
        let settings = environment.map { "\($0)=\($1)" }
        let command =
            [
                "sh", "-c", "exec 9<\"$1\"; shift; exec env --ignore-signal=CHLD \"$@\"", "sh", self.configuration,
            ] + settings + [Binaries.daemon, "--config", self.configuration] + daemonArguments
        if let options {
            let script = "mount -t tmpfs -o \"$1\" tmpfs \"$2\"; shift 2; exec \"$@\""
            self.daemon = try RunningProcess(
                ["unshare", "--mount", "sh", "-ec", script, "sh", options, self.state + "/recordings"] + command,
                in: self.scratch)
        } else {
            self.daemon = try RunningProcess(command, in: self.scratch, input: input)
        }
        try self.daemon?.waitForOutput("sallyportd: ready on 127.0.0.1:\(self.port)\n")
    }

    /// Runs the daemon with this configuration in the expectation that it gives up.
    public func startInVain(
        within limit: Duration = .seconds(20), daemonArguments: [String] = [], environment: [String: String] = [:]
    ) throws -> Outcome {
        try run(
            [Binaries.daemon, "--config", self.configuration] + daemonArguments, in: self.scratch,
            environment: environment, within: limit)
    }

    /// Ends it as `kill -9` does, and lets its workers end. ``start(recordingsOn:daemonArguments:environment:input:)``
    /// starts it anew.
    public func crash() {
        self.daemon?.kill()
        self.daemon = nil
    }

    /// Sets keys of a section of the configuration; they count from the next start on.
    public func configure(_ section: String, _ lines: String) throws {
        let text = try String(contentsOfFile: self.configuration, encoding: .utf8)
        guard let heading = text.range(of: "[\(section)]\n") else {
            throw HarnessError("\(self.configuration) has no section [\(section)]")
        }
        let changed = text.replacingCharacters(in: heading, with: "[\(section)]\n\(lines)\n")
        try Data(changed.utf8).write(to: URL(fileURLWithPath: self.configuration))
    }

    public func stop() {
        self.daemon?.terminate()
        self.daemon = nil
    }

    deinit { self.stop() }

    public var pid: pid_t { self.daemon?.pid ?? -1 }
    /// Everything that daemon and workers said on standard error.
    public var log: String { self.daemon?.errorText ?? "" }
    public var isRunning: Bool { self.daemon?.poll() == nil && self.daemon != nil }
    /// The processes of all connections.
    public var workers: [pid_t] { ProcessTable.tree(of: self.pid).filter { $0 != self.pid } }

    /// `ssh-ed25519 AAAA…` of the gateway's host key.
    public func hostKeyLine() throws -> String { try SSHKey.line(at: self.state + "/keys/host_ed25519.pub") }

    /// A path as the daemon sees it: the recordings may be on a file system that is mounted for it alone.
    public func pathSeenByDaemon(_ path: String) -> String { "/proc/\(self.pid)/root\(path)" }

    // MARK: The command line

    /// `sallyport --state DIR VERB…` to the end.
    public func command(_ words: [String], input: String? = nil) throws -> Outcome {
        let arguments = [Binaries.commandLine, "--state", self.state] + words
        guard let input else { return try run(arguments, in: self.scratch) }
        return try run(arguments, in: self.scratch, typing: input)
    }

    /// A command that must succeed.
    /// - returns: its standard output.
    @discardableResult
    public func administer(_ words: String..., input: String? = nil) throws -> String {
        let outcome = try self.command(words, input: input)
        guard outcome.code == 0 else {
            throw HarnessError("sallyport \(words.joined(separator: " ")): \(outcome.ending): \(outcome.errorText)")
        }
        return outcome.text
    }

    private func rows<Row: Decodable>(_ words: String..., as type: Row.Type) throws -> [Row] {
        let outcome = try self.command(words)
        guard outcome.code == 0 else {
            throw HarnessError("sallyport \(words.joined(separator: " ")): \(outcome.ending): \(outcome.errorText)")
        }
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        do {
            return try decoder.decode([Row].self, from: outcome.output)
        } catch {
            throw HarnessError("sallyport \(words.joined(separator: " ")) printed \(outcome.text): \(error)")
        }
    }

    public func sessions() throws -> [LiveSession] {
        try self.rows("session", "list", "--json", as: LiveSession.self)
    }

    public func recordings() throws -> [CatalogueEntry] {
        try self.rows("recording", "list", "--json", as: CatalogueEntry.self)
    }

    public func audit() throws -> [AuditRow] {
        try self.rows("audit", "list", "--limit", "10000", "--json", as: AuditRow.self)
    }

    /// Events with `code` that come after the event numbered `sequence`; waits for the first.
    @discardableResult
    public func audited(_ code: String, after sequence: UInt64) throws -> [AuditRow] {
        var found: [AuditRow] = []
        try waitUntil("\(code) is audited", within: .seconds(10), every: .milliseconds(100)) {
            found = try self.audit().filter { $0.sequence > sequence && $0.code == code }
            return !found.isEmpty
        }
        return found
    }

    /// The number of the newest event.
    public func lastAuditSequence() throws -> UInt64 { try self.audit().map(\.sequence).max() ?? 0 }

    public func kill(_ session: String, reason: String) throws -> KillAnswer {
        let text = try self.administer("session", "kill", session, "--reason", reason, "--json")
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try decoder.decode(KillAnswer.self, from: Data(text.utf8))
    }

    /// The recordings that were made since `known` and are sealed; waits until there are `count`.
    public func sealedRecordings(since known: Set<String>, count: Int) throws -> [CatalogueEntry] {
        var found: [CatalogueEntry] = []
        try waitUntil("\(count) recordings are sealed; there are \(found)") {
            found = try self.recordings().filter { !known.contains($0.id) && $0.ended != nil }
            return found.count >= count
        }
        return found
    }
}

/// A row of `session list --json`.
public struct LiveSession: Decodable, Sendable {
    public let id: String
    public let user: String
    public let account: String
    public let target: String
    public let from: String
    public let started: String
    /// Of the worker.
    public let pid: pid_t
}

/// A row of `recording list --json`.
public struct CatalogueEntry: Decodable, Sendable {
    public let id: String
    public let path: String
    public let user: String
    public let account: String
    public let target: String
    public let started: String
    public let ended: String?
    public let how: String?
}

/// A row of `audit list --json`.
public struct AuditRow: Decodable, Sendable {
    public let sequence: UInt64
    public let time: String
    public let code: String
    public let actor: String
    public let text: String
    public let fields: [String: String]
}

/// Stable codes of `docs/audit-events.md` that tests look for. Written out, as an outside reader would.
public enum AuditCodes {
    public static let gatewayStarted = "SP1001I"
    public static let loginSucceeded = "SP2001I"
    public static let loginFailed = "SP2002W"
    public static let accessAllowed = "SP3001I"
    public static let accessDenied = "SP3002W"
    public static let sessionStarted = "SP4001I"
    public static let sessionEnded = "SP4002I"
    public static let sessionLocked = "SP4005W"
    public static let sessionUnlocked = "SP4006I"
    public static let sessionMessaged = "SP4007I"
    public static let sessionMessageAcknowledged = "SP4008I"
    public static let sessionKilled = "SP4003W"
    public static let sessionRecovered = "SP4004W"
    public static let targetUnreachable = "SP4101W"
    public static let targetHostKeyMismatch = "SP4102E"
    public static let targetCredentialRefused = "SP4103E"
    public static let certificateIssued = "SP4105I"
    public static let targetQuestionAnswered = "SP4106I"
    public static let channelRefused = "SP4201W"
    public static let nestedSSH = "SP4202W"
    public static let watcherJoined = "SP4301I"
    public static let watcherLeft = "SP4302I"
    public static let inputHeld = "SP4303W"
    public static let inputReleased = "SP4304I"
    public static let commandMatched = "SP4305W"
    public static let commandApproved = "SP4306I"
    public static let commandDenied = "SP4307W"
    public static let recordingFailed = "SP5001E"
    public static let recordingOpened = "SP5002I"
    public static let workerCrashed = "SP6002E"
    public static let userAdded = "SP7001I"
    public static let targetAdded = "SP7101I"
    public static let credentialSet = "SP7201I"
    public static let grantAdded = "SP7301I"
}

/// What `session kill --json` prints.
public struct KillAnswer: Decodable, Sendable {
    public let id: String
    public let closedMs: Double
    public let verified: Bool
}
