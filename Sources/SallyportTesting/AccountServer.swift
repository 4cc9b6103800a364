import Foundation
import Glibc

/// A throw-away OpenSSH server with accounts of its own, whose passwords and keys can be changed: it has a copy of /etc
/// for itself. Needs root.
///
/// `root`, `ops` (no rights), `deploy` (may run chpasswd by sudo) and `keyed` (authorized keys) have their homes in the
/// scratch directory; `toor` has user id 0 as well. Changes and logins can be made to hold still, see ``hold(_:)``.
public final class AccountServer {
    public let port: Int
    public let hostKey: SSHKey
    /// What `keyed` is let in with.
    public let key: SSHKey
    /// The first password of `root`, `ops` and `deploy`.
    public let password: String
    /// Where the moments are kept.
    let control: String
    private let homes: String
    private let scratch: Scratch
    /// What starts it, again and again.
    private let command: [String]
    private var process: RunningProcess

    public init(named name: String, in scratch: Scratch) throws {
        self.scratch = scratch
        self.port = try freePort()
        self.password = "planted-\(UInt64.random(in: .min ... .max))"
        self.hostKey = try SSHKey(.ed25519, named: "\(name)-host", in: scratch)
        self.key = try SSHKey(.ed25519, named: "\(name)-keyed", in: scratch)
        self.control = try scratch.makeDirectory("\(name)-control")
        // Whatever the umask says: programs of every account note there how far they are.
        guard chmod(self.control, 0o777) == 0 else { throw HarnessError.system("chmod \(self.control)") }
        self.homes = try scratch.makeDirectory("\(name)-homes")
        let bin = try scratch.makeDirectory("\(name)-bin")
        for (program, text) in Self.programs(self.control) { try writeProgram(text, to: "\(bin)/\(program)") }
        let configuration = """
            ListenAddress 127.0.0.1:\(self.port)
            HostKey \(self.hostKey.path)
            PidFile none
            StrictModes no
            UsePAM yes
            PasswordAuthentication yes
            KbdInteractiveAuthentication no
            PermitRootLogin yes
            PrintMotd no
            PrintLastLog no
            SetEnv PATH=\(bin):/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin
            LogLevel VERBOSE
            MaxStartups 1000
            MaxAuthTries 20
            PerSourceMaxStartups none
            PerSourcePenalties no
            Subsystem sftp internal-sftp

            """
        // Versions of sshd before 9.8 know nothing of penalties.
        let text = configuration.replacingOccurrences(of: "PerSourcePenalties no\n", with: "")
        let file = try scratch.write(text, to: "\(name)-sshd.conf")
        let etc = scratch.path("\(name)-etc")
        _ = try output(
            of: [
                "sh", "-e",
                try Self.accounts(
                    name: name, etc: etc, homes: self.homes, bin: bin, password: self.password,
                    keyLine: self.key.publicLine, in: scratch),
            ], in: scratch)
        self.command = [
            "unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc", "sh", "-e",
            try scratch.write(Self.namespace(etc), to: "\(name)-namespace.sh"), "/usr/sbin/sshd", "-D", "-e", "-f",
            file,
        ]
        self.process = try RunningProcess(self.command, in: scratch)
        try self.awaitBanner()
    }

    private func awaitBanner() throws {
        do {
            try waitForBanner(port: self.port)
        } catch {
            throw HarnessError("\(error): \(self.process.errorText)")
        }
    }

    /// Since its last start.
    public var log: String { self.process.errorText }

    /// It dies as a machine does whose power fails: with everything that runs on it. Its files stay.
    public func crash() { self.process.kill() }

    /// Comes up again after ``crash()``; nothing is held any more.
    public func restart() throws {
        try self.forgetMoments()
        self.process = try RunningProcess(self.command, in: self.scratch)
        try self.awaitBanner()
    }

    public func stop() { self.process.kill() }

    deinit { self.stop() }

    // MARK: Accounts

    /// A file in the home of an account.
    public func path(_ account: String, _ name: String) -> String { "\(self.homes)/\(account)/\(name)" }

    /// Lines around the gateway's own in `keyed`'s authorized keys: odd ones, to be kept as they are.
    public static let otherLines = [
        "# keys of people \t", "",
        "from=\"10.0.0.0/8\",command=\"echo \\\"no\\\"\" ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOther\r",
    ]
    public static let keyOptions = "no-port-forwarding,environment=\"WHO=gateway\""

    /// Makes the copy of /etc, and the homes.
    private static func accounts(
        name: String, etc: String, homes: String, bin: String, password: String, keyLine: String, in scratch: Scratch
    ) throws -> String {
        let hash = try run(["openssl", "passwd", "-6", "-stdin"], in: scratch, typing: password).text
            .trimmingCharacters(in: .whitespacesAndNewlines)
        let words = keyLine.split(separator: " ").map(String.init)
        // The last line without its end.
        let keys =
            Self.otherLines.joined(separator: "\n") + "\n"
            + "\(Self.keyOptions)  \(words[0])\t\(words[1])  the gateway's  key"
        let keysFile = try scratch.write(keys, to: "\(name)-keyed-authorized-keys")
        var script = """
            cp -a /etc \(etc)
            sed -i 's|^root:[^:]*:0:0:[^:]*:[^:]*:.*|root:x:0:0:root:\(homes)/root:/bin/bash|' \(etc)/passwd
            sed -i '/^root:/d' \(etc)/shadow
            printf '%s\\n' 'root:\(hash):19000:0:99999:7:::' >> \(etc)/shadow
            mkdir -p \(homes)/root

            """
        for (index, account) in ["ops", "deploy", "keyed"].enumerated() {
            let id = 61_873 + index
            script += """
                echo '\(account):x:\(id):\(id)::\(homes)/\(account):/bin/bash' >> \(etc)/passwd
                echo '\(account):x:\(id):' >> \(etc)/group
                printf '%s\\n' '\(account):\(account == "keyed" ? "*" : hash):19000:0:99999:7:::' >> \(etc)/shadow
                mkdir -p \(homes)/\(account)

                """
        }
        script += """
            echo 'toor:x:0:0::\(homes)/root:/bin/bash' >> \(etc)/passwd
            echo 'toor:*:19000:0:99999:7:::' >> \(etc)/shadow
            mkdir -p \(etc)/sudoers.d \(homes)/keyed/.ssh
            echo 'deploy ALL=(root) NOPASSWD: /usr/sbin/chpasswd' > \(etc)/sudoers.d/deploy
            chmod 440 \(etc)/sudoers.d/deploy
            cp \(keysFile) \(homes)/keyed/.ssh/authorized_keys
            chmod 640 \(homes)/keyed/.ssh/authorized_keys
            for account in ops deploy keyed; do : > \(homes)/$account/.hushlogin; done
            chown -R 61873:61873 \(homes)/ops
            chown -R 61874:61874 \(homes)/deploy
            chown -R 61875:61875 \(homes)/keyed
            printf '%s\\n' 'auth required pam_unix.so nodelay' 'account required pam_exec.so quiet \(bin)/login' \
                'account required pam_unix.so' 'session required pam_permit.so' > \(etc)/pam.d/sshd

            """
        return try scratch.write(script, to: "\(name)-accounts.sh")
    }

    private static func namespace(_ etc: String) -> String {
        """
        mount --bind \(etc) /etc
        mount -t tmpfs -o mode=755 tmpfs /run
        mkdir /run/sshd
        mount -t tmpfs -o mode=755 tmpfs /var/log
        touch /var/log/lastlog
        exec "$@"

        """
    }
}
