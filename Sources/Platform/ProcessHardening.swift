import CPlatform
import Glibc

/// What a process that will hold secrets does first.
public enum ProcessHardening {
    /// No core dump and no tracing from now on, and as much locked memory as the limits permit. Call it before the
    /// first secret is read.
    public static func apply() throws(SystemError) {
        var none = rlimit(rlim_cur: 0, rlim_max: 0)
        try SystemError.check(setrlimit(CInt(RLIMIT_CORE.rawValue), &none), "forbid core dumps")
        // A core_pattern that is a pipe asks for no size: this forbids those too, and ptrace.
        try SystemError.check(sp_set_not_dumpable(), "forbid core dumps and tracing")
        Self.raiseToMaximum(CInt(__RLIMIT_MEMLOCK.rawValue))
    }

    private static func raiseToMaximum(_ resource: CInt) {
        var limit = rlimit()
        guard getrlimit(resource, &limit) == 0 else { return }
        limit.rlim_cur = limit.rlim_max
        setrlimit(resource, &limit)
    }
}
