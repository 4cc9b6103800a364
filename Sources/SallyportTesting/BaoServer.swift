import Foundation
import Glibc

/// A throw-away OpenBao server on 127.0.0.1, in memory, with a KV engine (version 2) at `secret`.
public final class BaoServer {
    public let port: Int
    /// Given for TLS: the authority that its certificate comes from.
    public let caFile: String?
    private let scratch: Scratch
    private var process: RunningProcess?
    private static let binary = ForeignTools.bao
    private static let rootToken = "root-token-of-the-test"

    public var address: String { "\(self.caFile == nil ? "http" : "https")://127.0.0.1:\(self.port)" }

    public init(in scratch: Scratch, tls: Bool = false, port: Int? = nil) throws {
        self.scratch = scratch
        self.port = try port ?? freePort()
        let certificates = scratch.freshPath("bao-tls")
        mkdir(certificates, 0o700)
        self.caFile = tls ? certificates + "/vault-ca.pem" : nil
        let process = try RunningProcess(
            [
                Self.binary, "server", tls ? "-dev-tls" : "-dev", "-dev-no-store-token",
                "-dev-root-token-id=\(Self.rootToken)", "-dev-listen-address=127.0.0.1:\(self.port)",
            ] + (tls ? ["-dev-tls-cert-dir=\(certificates)"] : []), in: scratch)
        self.process = process
        try process.waitForOutput("Root Token: ", within: .seconds(60))
        try waitUntil("the server answers", within: .seconds(60), every: .milliseconds(100)) {
            try self.run("status").code == 0
        }
    }

    deinit { self.stop() }

    public func stop() {
        self.process?.signal(SIGCONT)
        self.process?.kill()
        self.process = nil
    }

    /// From its return on it takes connections and never answers.
    public func freeze() throws {
        guard let process = self.process else { return }
        process.signal(SIGSTOP)
        try waitUntil("the server stands still") { ProcessTable.isStopped(process.pid) }
    }

    public func thaw() { self.process?.signal(SIGCONT) }

    public func seal() throws { try self.administer("operator", "seal") }

    public func unseal() throws {
        let line = self.process?.text.split(separator: "\n").first { $0.hasPrefix("Unseal Key: ") }
        guard let key = line?.split(separator: " ").last else { throw HarnessError("bao printed no unseal key") }
        try self.administer("operator", "unseal", String(key))
    }

    private func run(_ words: [String], input: String) throws -> Outcome {
        var environment = ["BAO_ADDR": self.address, "BAO_TOKEN": Self.rootToken, "HOME": self.scratch.directory.path]
        if let caFile { environment["BAO_CACERT"] = caFile }
        let file = self.scratch.freshPath("bao-input")
        try Data(input.utf8).write(to: URL(fileURLWithPath: file))
        return try SallyportTesting.run(
            [Self.binary] + words, in: self.scratch, environment: environment, input: .file(file))
    }

    public func run(_ words: String...) throws -> Outcome { try self.run(words, input: "") }

    /// `bao WORD…` as root, which must succeed.
    @discardableResult
    public func administer(_ words: String..., input: String = "") throws -> String {
        let outcome = try self.run(words, input: input)
        guard outcome.code == 0 else {
            throw HarnessError("bao \(words.joined(separator: " ")): \(outcome.ending): \(outcome.errorText)")
        }
        return outcome.text.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// The same for words in a list.
    @discardableResult
    public func administer(_ words: [String]) throws -> String {
        let outcome = try self.run(words, input: "")
        guard outcome.code == 0 else {
            throw HarnessError("bao \(words.joined(separator: " ")): \(outcome.ending): \(outcome.errorText)")
        }
        return outcome.text
    }

    /// A policy that lets the gateway read secrets and have certificates signed.
    public func addPolicy(_ name: String = "sallyport") throws {
        try self.administer(
            "policy", "write", name, "-",
            input: """
                path "secret/data/linux/*" { capabilities = ["read"] }
                path "ssh/sign/sallyport" { capabilities = ["update"] }
                """)
    }

    /// A file for its owner alone, in the scratch directory.
    public func privateFile(_ name: String, _ content: String) throws -> String {
        let path = self.scratch.path(name)
        unlink(path)
        guard
            FileManager.default.createFile(
                atPath: path, contents: Data(content.utf8), attributes: [.posixPermissions: 0o600])
        else { throw HarnessError("\(path) can't be written") }
        return path
    }

    /// A token of ``addPolicy(_:)``, in a file.
    public func tokenFile(named name: String = "bao-token", ttl: String = "1h") throws -> String {
        let token = try self.administer(
            "token", "create", "-orphan", "-policy=sallyport", "-ttl=\(ttl)", "-field=token")
        return try self.privateFile(name, token + "\n")
    }

    /// An AppRole of ``addPolicy(_:)`` whose tokens live so many seconds.
    public func addAppRole(
        tokenSeconds: Int = 3600, maximumSeconds: Int = 3600
    ) throws -> (roleID: String, secretIDFile: String) {
        if try !self.administer("auth", "list").contains("approle/") {
            try self.administer("auth", "enable", "approle")
        }
        try self.administer(
            "write", "auth/approle/role/sallyport", "token_policies=sallyport", "token_ttl=\(tokenSeconds)",
            "token_max_ttl=\(maximumSeconds)")
        let roleID = try self.administer("read", "-field=role_id", "auth/approle/role/sallyport/role-id")
        let secretID = try self.administer(
            "write", "-f", "-field=secret_id", "auth/approle/role/sallyport/secret-id")
        return (roleID, try self.privateFile("bao-secret-id", secretID))
    }
}
