import Glibc

extension SystemCallFilter {
    /// Everything that a session worker may still ask of the kernel once it has met the network.
    ///
    /// No call here opens, makes, or finds anything by name; none reaches another process; a file descriptor comes
    /// only through the broker's socket, and the recording can only grow.
    static let worker = SystemCallFilter(rules: [
        // Descriptors that the process holds already.
        .permit("read", "sockets"),
        .permit("write", "sockets and the recording; the recording is append-only"),
        .permit("writev", "sockets"),
        .permit("recvfrom", "sockets"),
        .permit("recvmsg", "the broker's socket, with descriptors"),
        .permit("sendto", "sockets"),
        .permit("sendmsg", "the broker's socket"),
        .permit("poll", "the relay's loop, libssh"),
        .permit("ppoll", "the same, as some C libraries spell it"),
        .permit("close", "descriptors that are done with"),
        .permit("shutdown", "libssh closes its socket so"),
        .permit("dup", "libssh closes the agent's socket itself"),
        .permit("getsockopt", "libssh asks for pending errors"),
        .permit(
            "setsockopt", "fast handshakes",
            when: Condition(argument: 1, mask: .max, value: UInt64(IPPROTO_TCP)),
            Condition(argument: 2, mask: .max, value: UInt64(TCP_QUICKACK))),
        .permit(
            "setsockopt", "libssh sends keystrokes at once",
            when: Condition(argument: 1, mask: .max, value: UInt64(IPPROTO_TCP)),
            Condition(argument: 2, mask: .max, value: UInt64(TCP_NODELAY))),
        .permit("fcntl", "O_NONBLOCK: read flags", when: Condition(argument: 1, mask: .max, value: UInt64(F_GETFL))),
        .permit("fcntl", "O_NONBLOCK: set flags", when: Condition(argument: 1, mask: .max, value: UInt64(F_SETFL))),
        .permit("fcntl", "close-on-exec", when: Condition(argument: 1, mask: .max, value: UInt64(F_SETFD))),
        .permit("fcntl", "close-on-exec", when: Condition(argument: 1, mask: .max, value: UInt64(F_GETFD))),

        // Memory: never executable, never a file's.
        .permit("brk", "malloc"),
        .permit(
            "mmap", "malloc: anonymous, not executable",
            when: Condition(argument: 2, mask: UInt64(PROT_EXEC), value: 0),
            Condition(argument: 3, mask: UInt64(MAP_ANONYMOUS), value: UInt64(MAP_ANONYMOUS))),
        .permit("munmap", "malloc"),
        .permit("mremap", "malloc"),
        .permit("madvise", "malloc"),
        .permit("mprotect", "malloc: not executable", when: Condition(argument: 2, mask: UInt64(PROT_EXEC), value: 0)),
        .permit("mlock", "the target's password is never swapped"),
        .permit("munlock", "the same"),

        // The process itself.
        .permit("clock_gettime", "time of events, where the vDSO has none"),
        .permit("gettimeofday", "libssh"),
        .permit("time", "libssh"),
        .permit("getrandom", "libcrypto"),
        .permit("getpid", "libcrypto's random generator looks for forks"),
        .permit("gettid", "abort"),
        .permit("futex", "locks of libcrypto"),
        .permit("sched_yield", "locks"),
        .permit("rt_sigreturn", "end of a signal handler"),
        .permit("rt_sigprocmask", "abort"),
        .permit("rt_sigaction", "abort"),
        .permit("restart_syscall", "poll after a stop"),
        .permit(
            "tgkill", "abort, this process only",
            when: Condition(argument: 0, mask: .max, value: UInt64(getpid()))),
        .permit("exit", "the end"),
        .permit("exit_group", "the end"),

        // Tried by libraries, done without.
        .fail("openat", EACCES, "libcrypto and the C library look for files and do without"),
        .fail("open", EACCES, "the same"),
        .fail("newfstatat", EACCES, "the same"),
        .fail("stat", EACCES, "the same"),
        .fail("access", EACCES, "the same"),
        .fail("readlink", EACCES, "the same"),
        .fail("fstat", EACCES, "buffers of standard streams"),
        .fail("ioctl", ENOTTY, "terminals"),
        .fail("getpeername", EACCES, "libssh's log"),
        .fail("getsockname", EACCES, "libssh's log"),
        .fail("socket", EACCES, "the C library looks for a name service"),
        .fail("getuid", EACCES, "libssh looks for a home directory"),
        .fail("geteuid", EACCES, "the same"),
        .fail("sysinfo", EACCES, "malloc sizes its arenas"),
        .fail("uname", EACCES, "libssh's log"),
    ])
}
