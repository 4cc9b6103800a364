import Foundation

/// A throw-away SSH server that is not OpenSSH, with the login `ops` as ``TargetServer`` makes it. Needs root.
public final class ForeignServer {
    public enum Kind: String, Sendable, CaseIterable {
        case dropbear, tinysshd
    }

    public let port: Int
    public let login = "ops"
    /// A directory that the login can write to; its home.
    public let home: String
    /// OpenSSH public key files, one for each host key.
    public let hostKeyPaths: [String]
    public let key: SSHKey
    public let password: String
    private let process: RunningProcess

    public init(_ kind: Kind, named name: String, in scratch: Scratch) throws {
        self.port = try freePort()
        self.home = scratch.path("\(name)-home")
        self.password = "planted-\(UInt64.random(in: .min ... .max))"
        try scratch.makeDirectory("\(name)-home", mode: 0o700)
        try scratch.makeDirectory("\(name)-home/.ssh", mode: 0o700)
        self.key = try SSHKey(.ed25519, named: "\(name)-login", in: scratch)
        try scratch.write(self.key.publicLine + "\n", to: "\(name)-home/.ssh/authorized_keys", mode: 0o600)
        let server: [String]
        switch kind {
        case .dropbear: (server, self.hostKeyPaths) = try Self.dropbear(port: self.port, named: name, in: scratch)
        case .tinysshd: (server, self.hostKeyPaths) = try Self.tinysshd(port: self.port, named: name, in: scratch)
        }
        let script = try TargetServer.namespaceScript(
            for: self.home, password: self.password, name: name, place: "/home/ops", in: scratch)
        self.process = try RunningProcess(
            ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc", "sh", "-e", script] + server,
            in: scratch)
        do {
            try waitForBanner(port: self.port)
        } catch {
            throw HarnessError("\(error): \(self.process.errorText)")
        }
    }

    /// What it logged.
    public var log: String { self.process.errorText }

    public func stop() { self.process.kill() }

    deinit { self.stop() }

    private static func dropbear(port: Int, named name: String, in scratch: Scratch) throws -> ([String], [String]) {
        var words = ["/usr/sbin/dropbear", "-F", "-E", "-p", "127.0.0.1:\(port)", "-P", scratch.path("\(name).pid")]
        var lines: [String] = []
        for type in ["ed25519", "ecdsa", "rsa"] {
            let path = scratch.path("\(name)-\(type)")
            let said = try output(of: ["dropbearkey", "-t", type, "-f", path], in: scratch)
            guard
                let line = said.split(separator: "\n").first(where: { $0.hasPrefix("ssh-") || $0.hasPrefix("ecdsa-") })
            else { throw HarnessError("dropbearkey printed no public key: \(said)") }
            lines.append(try scratch.write(line + "\n", to: "\(name)-\(type).pub"))
            words += ["-r", path]
        }
        return (words, lines)
    }

    private static func tinysshd(port: Int, named name: String, in scratch: Scratch) throws -> ([String], [String]) {
        let folder = scratch.path("\(name)-keys")
        try output(of: ["tinysshd-makekey", "-q", folder], in: scratch)
        let line = try output(of: ["tinysshd-printkey", folder], in: scratch)
        let path = try scratch.write(line, to: "\(name).pub")
        // It speaks on its standard streams only.
        let listen = "TCP-LISTEN:\(port),bind=127.0.0.1,fork,reuseaddr"
        return (["socat", listen, "EXEC:tinysshd -v -- \(folder)"], [path])
    }
}
