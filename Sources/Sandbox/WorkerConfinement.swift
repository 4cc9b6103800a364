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
    /// - throws: the system's error. The process must end then.
    public static func apply(userID: UInt32, groupID: UInt32) throws(SystemError) {
        try self.limitResources()
        if getuid() == 0 { try self.becomeUnprivileged(userID: userID, groupID: groupID) }
        // A worker without its broker could not be killed by anybody, and might write behind the seal.
        try SystemError.check(sp_die_with_parent(), "end with the broker")
        // Not before the change of user, which would set it again.
        try SystemError.check(sp_set_not_dumpable(), "forbid core dumps and tracing")
        try SystemError.check(sp_set_no_new_privileges(), "give up new privileges")
        // 1 where the kernel has no Landlock: the filter below stands alone then.
        try SystemError.check(sp_landlock_deny_all(), "give up the file system")
        try SystemCallFilter.worker.load()
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
