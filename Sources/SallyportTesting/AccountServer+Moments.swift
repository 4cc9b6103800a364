import Foundation
import Glibc

/// Changes of secrets, and logins, can be made to stop at a point until the test says how they go on.
extension AccountServer {
    public enum Moment: Hashable, Sendable {
        /// Of a change of a password by root's chpasswd: before it is made, and after.
        case before, after
        /// The file of keys of an account is about to be replaced by one with more lines, and was.
        case adding, added
        /// By one with fewer lines.
        case removing, removed
        /// The account's secret was right, and the server has not said so yet.
        case login(String)

        fileprivate var name: String {
            if case .login(let account) = self { "login-\(account)" } else { "\(self)" }
        }
    }

    /// What comes to `moment` next stops there.
    public func hold(_ moment: Moment) throws {
        try self.forget("at-\(moment.name)")
        try self.forget("die-\(moment.name)")
        try self.note("hold-\(moment.name)")
    }

    public func waitUntilHeld(_ moment: Moment) throws {
        try waitUntil("it has come to \(moment): \(self.log.suffix(500))") { self.exists("at-\(moment.name)") }
    }

    /// What is held goes on, and the next one too.
    public func release(_ moment: Moment) throws { try self.forget("hold-\(moment.name)") }

    /// What is held goes on, and has ended when this returns.
    public func finish(_ moment: Moment) throws {
        try self.release(moment)
        try waitUntil("the held program has ended") { !self.exists("at-\(moment.name)") }
    }

    /// What is held ends there as failed.
    public func abort(_ moment: Moment) throws {
        try self.note("die-\(moment.name)")
        try waitUntil("the held program is gone") { !self.exists("at-\(moment.name)") }
        try self.release(moment)
    }

    /// Root's chpasswd shows on both of its outputs what it was given, from now on.
    public func tellAll() throws { try self.note("tell") }

    /// What root's chpasswd was given last: `account:password`.
    public var lastGiven: String { (try? String(contentsOfFile: self.control + "/given", encoding: .utf8)) ?? "" }

    func forgetMoments() throws {
        for name in try FileManager.default.contentsOfDirectory(atPath: self.control) where name.contains("-") {
            try self.forget(name)
        }
    }

    private func exists(_ name: String) -> Bool { FileManager.default.fileExists(atPath: self.control + "/" + name) }

    private func note(_ name: String) throws { try Data().write(to: URL(fileURLWithPath: self.control + "/" + name)) }

    private func forget(_ name: String) throws { unlink(self.control + "/" + name) }

    /// Programs that stand before the system's on every account's path, and `login`, which PAM runs.
    static func programs(_ control: String) -> [String: String] {
        let waiting = """
            #!/bin/sh
            control=\(control)
            wait_at() {
              [ -f "$control/hold-$1" ] || return 0
              moment="$control/at-$1"
              trap 'rm -f "$moment"' EXIT
              : > "$control/at-$1"
              while [ -f "$control/hold-$1" ]; do [ ! -f "$control/die-$1" ] || exit 1; sleep 0.02; done
            }

            """
        return [
            "chpasswd": waiting + """
                cat > "$control/given"
                if [ -f "$control/tell" ]; then cat "$control/given"; cat "$control/given" >&2; fi
                wait_at before
                /usr/sbin/chpasswd < "$control/given"
                status=$?
                wait_at after
                exit $status

                """,
            // mv -f -- COPY FILE
            "mv": waiting + """
                if [ "$(wc -l < "$3")" -gt "$(wc -l < "$4")" ]; then
                  wait_at adding
                  /bin/mv "$@"
                  status=$?
                  wait_at added
                else
                  wait_at removing
                  /bin/mv "$@"
                  status=$?
                  wait_at removed
                fi
                exit $status

                """,
            "login": waiting + """
                PATH=/usr/bin:/bin
                wait_at "login-$PAM_USER"

                """,
        ]
    }
}
