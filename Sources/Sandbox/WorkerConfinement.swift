import CPlatform
import Glibc
import Platform

/// The worker's empty room. There is no way to switch it off.
public enum WorkerConfinement {
    /// Takes away, for good, everything that a session worker doesn't need. Before the first byte from the network is
    /// read; after libssh and libcrypto have opened what they open.
    ///
    /// - parameters:
    ///   - userID: an unprivileged user to become; 0 keeps the present one, which must then be unprivileged already.
    ///   - broker: as for ``endWithBroker(_:)``; nil for a process that has none.
    /// - throws: the system's error. The process must end then.
    public static func apply(userID: UInt32, groupID: UInt32, broker: CInt?) throws(SystemError) {
        try self.limitResources()
        if getuid() == 0 { try self.becomeUnprivileged(userID: userID, groupID: groupID) }
        // Once more: the change of user has undone it.
        if let broker { try self.endWithBroker(broker) }
        // Not before the change of user, which would set it again.
        try SystemError.check(sp_set_not_dumpable(), "forbid core dumps and tracing")
        try SystemError.check(sp_set_no_new_privileges(), "give up new privileges")
        // 1 where the kernel has no Landlock: the filter below stands alone then.
        try SystemError.check(sp_landlock_deny_all(), "give up the file system")
        try SystemCallFilter.worker.load()
    }

    /// Has the kernel kill this process when its broker dies, in whatever state either is then: a worker that is stopped
    /// or spins could be killed by nobody, and might later write behind the seal.
    ///
    /// Rests on the broker's thread that starts workers living as long as the broker: the kernel means that thread.
    /// - parameter broker: the socket that the broker has made. Its maker must be the parent of this process.
    /// - throws: the system's error; ESRCH when the broker has died already.
    public static func endWithBroker(_ broker: CInt) throws(SystemError) {
        try SystemError.check(sp_die_with_parent(), "end with the broker")
        var (maker, user, group) = (pid_t(0), uid_t(0), gid_t(0))
        try SystemError.check(sp_peer_credentials(broker, &maker, &user, &group), "ask who the broker is")
        guard getppid() == maker else { throw SystemError(code: ESRCH, attempt: "serve: the broker is gone") }
    }

    private static func limitResources() throws(SystemError) {
        for (resource, limit) in [(RLIMIT_CORE, 0), (__RLIMIT_NPROC, 0), (RLIMIT_NOFILE, 32)]
            as [(__rlimit_resource, UInt)]
        {
            var value = rlimit(rlim_cur: limit, rlim_max: limit)
            try SystemError.check(setrlimit(CInt(resource.rawValue), &value), "limit resources")
        }
    }

    private static func becomeUnprivileged(userID: UInt32, groupID: UInt32) throws(SystemError) {
        guard userID != 0, groupID != 0 else {
            throw SystemError(code: EPERM, attempt: "serve the network as root: the configuration names no worker user")
        }
        try SystemError.check(sp_become_user(userID, groupID), "become user \(userID)")
        guard setuid(0) != 0, getuid() == userID else {
            throw SystemError(code: EPERM, attempt: "stay an unprivileged user")
        }
    }
}
