import CPlatform
import Glibc

/// A child process held by its pidfd, so that a signal can never reach a later process with the same number.
public final class ChildProcess: Sendable {
    public let pid: pid_t
    /// Readable when the child has ended.
    public let pidfd: OwnedDescriptor

    /// Starts `path` with exactly the given descriptors and an empty environment, in a session of its own.
    ///
    /// - parameter descriptors: (number in the parent, number in the child) pairs; child numbers start at 3, parent
    ///   numbers are those of duplicates (``OwnedDescriptor/duplicate()``).
    ///   Standard input and output are `/dev/null`; standard error is the parent's.
    /// - parameter program: what to run in place of the file that `path` names by now, as a duplicate; `path` is only
    ///   its name then. The child has it open too, at the number after all others. Needs `/proc`.
    /// - throws: the system's error: a missing binary, EMFILE, EAGAIN.
    public init(
        path: String, program: CInt? = nil, arguments: [String], descriptors: [(parent: CInt, child: CInt)]
    ) throws(SystemError) {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0)
        let programNumber = (descriptors.map(\.child).max() ?? 2) + 1
        let all = descriptors + (program.map { [(parent: $0, child: programNumber)] } ?? [])
        for pair in all {
            // A parent number that equals some child number would be overwritten before its turn.
            precondition(
                pair.parent >= lowestDuplicateNumber, "callers pass duplicates, which start above child numbers")
            posix_spawn_file_actions_adddup2(&actions, pair.parent, pair.child)
        }
        // Whatever this process was itself started with stays here.
        sp_spawn_close_from(&actions, (all.map(\.child).max() ?? 2) + 1)

        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        var every = sigset_t()
        sigemptyset(&none)
        sigfillset(&every)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setsigdefault(&attributes, &every)
        posix_spawnattr_setflags(
            &attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF) | sp_spawn_own_session)

        var argv: [UnsafeMutablePointer<CChar>?] = ([path] + arguments).map { strdup($0) } + [nil]
        defer { for pointer in argv { free(pointer) } }
        var environment: [UnsafeMutablePointer<CChar>?] = [nil]
        var pid: pid_t = 0
        let file = program == nil ? path : "/proc/self/fd/\(programNumber)"
        let result = posix_spawn(&pid, file, &actions, &attributes, &argv, &environment)
        guard result == 0 else { throw SystemError(code: result, attempt: "start \(path)") }
        self.pid = pid
        let pidfd = sp_pidfd_open(pid)
        guard pidfd >= 0 else {
            let code = errno
            Glibc.kill(pid, SIGKILL)
            waitpid(pid, nil, 0)
            throw SystemError(code: code, attempt: "open a handle of process \(pid)")
        }
        self.pidfd = OwnedDescriptor(takingOwnershipOf: pidfd)
    }

    /// Sends SIGKILL. Does nothing when the child has ended.
    public func kill() { _ = sp_pidfd_send_signal(self.pidfd.rawValue, SIGKILL) }

    public enum Ending: Hashable, Sendable {
        case exited(code: CInt)
        case signalled(CInt)
        /// It has ended, and the kernel has forgotten how: its status was fetched before, or this process ignores
        /// SIGCHLD.
        case forgotten
    }

    /// How the child ended, and lets the kernel forget it; nil while it runs.
    public func reap() -> Ending? {
        var code: CInt = 0
        var signal: CInt = 0
        switch sp_pidfd_wait(self.pidfd.rawValue, &code, &signal) {
        case 0: return nil
        case 1: return signal == 0 ? .exited(code: code) : .signalled(signal)
        // ECHILD. Of a handle that is open there is no other error; and for one that stays readable, nil would be
        // asked about for ever.
        default: return .forgotten
        }
    }
}
