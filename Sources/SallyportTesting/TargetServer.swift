import Foundation
import Glibc

/// A throw-away OpenSSH sshd.
///
/// Root gets mount and process namespaces with the login `ops` that exists nowhere else; its processes end with the
/// server. Without that right the login is the current user's, and passwords can't be tested.
public final class TargetServer {
    public let port: Int
    /// The login that accepts ``key`` and ``password``.
    public let login: String
    /// A directory that the login can write to; its home where it has one of its own.
    public let home: String
    public let hostKey: SSHKey
    public let key: SSHKey
    /// Unique enough to be searched for where it must not be.
    public let password: String
    private let process: RunningProcess

    public static let hasOwnLogin = mayMount

    /// - parameters:
    ///   - settings: lines for sshd_config that go before the usual ones, and so win.
    ///   - wrapper: a program that runs sshd, such as `env`.
    ///   - pam: sshd's PAM stack, for servers with `UsePAM yes`; only with a login of its own.
    public init(
        named name: String = "target", in scratch: Scratch, key: SSHKey? = nil, hostKey: SSHKey? = nil,
        settings: [String] = [], pam: [String] = [], wrapper: [String] = []
    ) throws {
        self.port = try freePort()
        self.hostKey = try hostKey ?? SSHKey(.ed25519, named: "\(name)-host", in: scratch)
        self.key = try key ?? SSHKey(.ed25519, named: "\(name)-login", in: scratch)
        self.password = "planted-\(UInt64.random(in: .min ... .max))"
        self.home = scratch.path("\(name)-home")
        try scratch.makeDirectory("\(name)-home", mode: 0o700)
        self.login = Self.hasOwnLogin ? "ops" : NSUserName()
        try scratch.write(self.key.publicLine + "\n", to: "\(name)-authorized-keys")
        try Self.writeShellFiles(home: self.home)

        let configuration = """
            \(settings.joined(separator: "\n"))
            ListenAddress 127.0.0.1:\(self.port)
            HostKey \(self.hostKey.path)
            AuthorizedKeysFile \(scratch.path("\(name)-authorized-keys"))
            PidFile none
            StrictModes no
            UsePAM no
            PasswordAuthentication yes
            KbdInteractiveAuthentication no
            PermitRootLogin yes
            PrintMotd no
            PrintLastLog no
            AcceptEnv *
            LogLevel VERBOSE
            MaxStartups 1000
            MaxSessions 1000
            MaxAuthTries 20
            PerSourceMaxStartups none
            Subsystem sftp internal-sftp

            """
        let file = try scratch.write(configuration, to: "\(name)-sshd.conf")
        let server = wrapper + ["/usr/sbin/sshd", "-D", "-e", "-f", file]
        if Self.hasOwnLogin {
            let script = try Self.namespaceScript(
                for: self.home, password: self.password, name: name, pam: pam, in: scratch)
            self.process = try RunningProcess(
                ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc", "sh", "-e", script]
                    + server, in: scratch)
        } else {
            self.process = try RunningProcess(server, in: scratch)
        }
        do {
            try waitForBanner(port: self.port)
        } catch {
            throw HarnessError("\(error): \(self.process.errorText)")
        }
    }

    /// What sshd logged: who logged in and how, who was refused.
    public var log: String { self.process.errorText }

    public func stop() { self.process.kill() }

    deinit { self.stop() }

    /// A file in ``home``. Commands name it by its whole path, see ``path(_:)``.
    public func file(_ name: String) -> Data? { FileManager.default.contents(atPath: self.home + "/" + name) }

    public func path(_ name: String) -> String { self.home + "/" + name }

    private static func writeShellFiles(home: String) throws {
        for (name, text) in [(".hushlogin", ""), (".bash_profile", "PS1='ready> '\n")] {
            try Data(text.utf8).write(to: URL(fileURLWithPath: home + "/" + name))
        }
    }

    /// Adds the login to copies of the account files that only this server sees, with a /run and /var/log of its own.
    /// - parameter place: a path below /home at which the server sees `home`, for servers that trust no path below /tmp.
    static func namespaceScript(
        for home: String, password: String, name: String, pam: [String] = [], place: String? = nil,
        in scratch: Scratch
    ) throws -> String {
        let id = 61_873
        let hash = try run(["openssl", "passwd", "-6", "-stdin"], in: scratch, typing: password).text
            .trimmingCharacters(in: .whitespacesAndNewlines)
        let additions = [
            ("passwd", "ops:x:\(id):\(id)::\(place ?? home):/bin/bash"), ("group", "ops:x:\(id):"),
            ("shadow", "ops:\(hash):19000:0:99999:7:::"),
        ]
        var script = ""
        for (file, line) in additions {
            let existing = try String(contentsOfFile: "/etc/\(file)", encoding: .utf8)
            let copy = try scratch.write(
                existing + line + "\n", to: "\(name)-\(file)", mode: file == "shadow" ? 0o600 : 0o644)
            script += "mount --bind \(copy) /etc/\(file)\n"
        }
        if !pam.isEmpty {
            let copy = try scratch.write(pam.joined(separator: "\n") + "\n", to: "\(name)-pam")
            script += "mount --bind \(copy) /etc/pam.d/sshd\n"
        }
        script += """
            mount -t tmpfs -o mode=755 tmpfs /run
            mkdir /run/sshd
            mount -t tmpfs -o mode=755 tmpfs /var/log
            touch /var/log/lastlog
            chown -R \(id):\(id) \(home)

            """
        if let place {
            script += "mount -t tmpfs -o mode=755 tmpfs /home\nmkdir \(place)\nmount --bind \(home) \(place)\n"
        }
        script += """
            exec "$@"

            """
        return try scratch.write(script, to: "\(name)-namespace.sh")
    }
}
