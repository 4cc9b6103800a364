import Foundation
import Glibc

/// A throw-away OpenSSH server with accounts of its own, whose passwords and keys can be changed: it has a copy of /etc
/// for itself. Needs root.
///
/// `root`, `ops` (no rights), `deploy` (may run chpasswd by sudo) and `keyed` (authorized keys) have their homes in the
/// scratch directory; `toor` has user id 0 as well. Its `chpasswd` for root can be made to hold still, see ``hold(_:)``.
public final class AccountServer {
    public let port: Int
    public let hostKey: SSHKey
    /// What `keyed` is let in with.
    public let key: SSHKey
    /// The first password of `root`, `ops` and `deploy`.
    public let password: String
    private let control: String
    private let homes: String
    private let scratch: Scratch
    private let process: RunningProcess

    /// Where ``hold(_:)`` stops the change of a password.
    public enum Moment: String, CaseIterable, Sendable {
        case before, after
    }

    public init(named name: String, in scratch: Scratch) throws {
        self.scratch = scratch
        self.port = try freePort()
        self.password = "planted-\(UInt64.random(in: .min ... .max))"
        self.hostKey = try SSHKey(.ed25519, named: "\(name)-host", in: scratch)
        self.key = try SSHKey(.ed25519, named: "\(name)-keyed", in: scratch)
        self.control = try scratch.makeDirectory("\(name)-control", mode: 0o777)
        self.homes = try scratch.makeDirectory("\(name)-homes")
        let bin = try scratch.makeDirectory("\(name)-bin")
        try writeProgram(Self.wrapper(self.control), to: bin + "/chpasswd")
        let configuration = """
            ListenAddress 127.0.0.1:\(self.port)
            HostKey \(self.hostKey.path)
            PidFile none
            StrictModes no
            UsePAM no
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
        let script = try Self.script(
            name: name, homes: self.homes, password: self.password, keyLine: self.key.publicLine, in: scratch)
        self.process = try RunningProcess(
            [
                "unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc", "sh", "-e", script,
                "/usr/sbin/sshd", "-D", "-e", "-f", file,
            ], in: scratch)
        do {
            try waitForBanner(port: self.port)
        } catch {
            throw HarnessError("\(error): \(self.process.errorText)")
        }
    }

    public var log: String { self.process.errorText }

    public func stop() { self.process.kill() }

    deinit { self.stop() }

    // MARK: chpasswd of root

    /// The next change of a password by root stops before it is made, or after.
    public func hold(_ moment: Moment) throws {
        try self.forget("at-\(moment.rawValue)")
        try self.note("hold-\(moment.rawValue)")
    }

    public func waitUntilHeld(_ moment: Moment) throws {
        try waitUntil("the change of a password has come to \(moment)") { self.exists("at-\(moment.rawValue)") }
    }

    /// What is held goes on.
    public func release() throws { for moment in Moment.allCases { try self.forget("hold-\(moment.rawValue)") } }

    /// What is held ends there.
    public func abort() throws {
        try self.note("die")
        try waitUntil("the held program is gone") { !self.exists("running") }
        try self.release()
        try self.forget("die")
    }

    /// Root's chpasswd shows on both of its outputs what it was given, from now on.
    public func tellAll() throws { try self.note("tell") }

    /// What root's chpasswd was given last: `account:password`.
    public var lastGiven: String { (try? String(contentsOfFile: self.control + "/given", encoding: .utf8)) ?? "" }

    private func exists(_ name: String) -> Bool { FileManager.default.fileExists(atPath: self.control + "/" + name) }

    private func note(_ name: String) throws { try Data().write(to: URL(fileURLWithPath: self.control + "/" + name)) }

    private func forget(_ name: String) throws { unlink(self.control + "/" + name) }

    private static func wrapper(_ control: String) -> String {
        """
        #!/bin/sh
        cd \(control)
        : > running
        trap 'rm -f running' EXIT
        cat > given
        if [ -f tell ]; then cat given; cat given >&2; fi
        wait_at() {
          [ -f "hold-$1" ] || return 0
          : > "at-$1"
          while [ -f "hold-$1" ]; do [ ! -f die ] || exit 1; sleep 0.02; done
        }
        wait_at before
        /usr/sbin/chpasswd < given
        status=$?
        wait_at after
        exit $status

        """
    }

    // MARK: Accounts

    /// A file in the home of an account.
    public func path(_ account: String, _ name: String) -> String { "\(self.homes)/\(account)/\(name)" }

    /// Lines around the gateway's own in `keyed`'s authorized keys: odd ones, to be kept as they are.
    public static let otherLines = [
        "# keys of people \t", "",
        "from=\"10.0.0.0/8\",command=\"echo \\\"no\\\"\" ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOther\r",
    ]
    public static let keyOptions = "no-port-forwarding,environment=\"WHO=gateway\""

    private static func script(
        name: String, homes: String, password: String, keyLine: String, in scratch: Scratch
    ) throws -> String {
        let hash = try run(["openssl", "passwd", "-6", "-stdin"], in: scratch, typing: password).text
            .trimmingCharacters(in: .whitespacesAndNewlines)
        let words = keyLine.split(separator: " ").map(String.init)
        // The last line without its end.
        let keys =
            Self.otherLines.joined(separator: "\n") + "\n"
            + "\(Self.keyOptions)  \(words[0])\t\(words[1])  the gateway's  key"
        let keysFile = try scratch.write(keys, to: "\(name)-keyed-authorized-keys")
        let etc = scratch.path("\(name)-etc")
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
            mount --bind \(etc) /etc
            for account in ops deploy keyed; do chown -R $account:$account \(homes)/$account; done
            mount -t tmpfs -o mode=755 tmpfs /run
            mkdir /run/sshd
            mount -t tmpfs -o mode=755 tmpfs /var/log
            touch /var/log/lastlog
            exec "$@"

            """
        return try scratch.write(script, to: "\(name)-namespace.sh")
    }
}
