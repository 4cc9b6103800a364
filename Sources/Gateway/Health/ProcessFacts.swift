import Glibc

/// What the kernel says of this process and its disks.
enum ProcessFacts {
    /// Resident memory, in bytes.
    static var residentBytes: UInt64 {
        let pages = Self.text("/proc/self/statm").split(separator: " ").dropFirst().first.flatMap { UInt64($0) }
        return (pages ?? 0) * UInt64(sysconf(Int32(_SC_PAGESIZE)))
    }

    /// User and system time so far, of this process alone, in seconds.
    static var cpuSeconds: Double {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1_000_000 }
        return seconds(usage.ru_utime) + seconds(usage.ru_stime)
    }

    static var openDescriptors: Int {
        guard let directory = opendir("/proc/self/fd") else { return 0 }
        defer { closedir(directory) }
        var count = 0
        while readdir(directory) != nil { count += 1 }
        // Without `.`, `..` and the descriptor that reads them.
        return max(0, count - 3)
    }

    static var descriptorLimit: UInt64 {
        var limit = rlimit()
        getrlimit(CInt(RLIMIT_NOFILE.rawValue), &limit)
        return UInt64(limit.rlim_cur)
    }

    /// Of the disk that holds `path`, in bytes: what may still be written, and all; nil when the kernel doesn't say.
    static func disk(of path: String) -> (free: UInt64, total: UInt64)? {
        var info = statvfs()
        guard statvfs(path, &info) == 0 else { return nil }
        let block = UInt64(info.f_frsize)
        return (UInt64(info.f_bavail) * block, UInt64(info.f_blocks) * block)
    }

    /// Whether something keeps the clock right (adjtimex(2)); nil when the kernel doesn't say.
    static var isClockSynchronised: Bool? {
        typealias Question = @convention(c) (UnsafeMutableRawPointer) -> CInt
        guard let symbol = dlsym(nil, "adjtimex") else { return nil }
        var structure = [UInt64](repeating: 0, count: 64)
        let state = structure.withUnsafeMutableBytes { bytes in
            // By its name, since Swift's module of the C library leaves <sys/timex.h> out; its type is that of the manual.
            // All zero, the structure asks and sets nothing, and it has 208 bytes.
            bytes.baseAddress.map { unsafeBitCast(symbol, to: Question.self)($0) } ?? -1
        }
        return state < 0 ? nil : state != Self.clockIsWrong
    }

    /// `TIME_ERROR`
    private static let clockIsWrong: CInt = 5

    private static func text(_ path: String) -> String {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return "" }
        defer { close(descriptor) }
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = read(descriptor, &buffer, buffer.count)
        return String(decoding: buffer.prefix(max(0, count)), as: UTF8.self)
    }
}
