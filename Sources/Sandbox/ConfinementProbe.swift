import CPlatform
import Glibc

/// Forbidden acts, for the test that confines a real worker process and lets it try one.
public enum ConfinementProbe: String, CaseIterable, Sendable {
    case open, exec, fork, socket, connect, ptrace, ftruncate, lseek, kill
    case mapFile = "map-file"
    case mapExecutable = "map-executable"

    /// Tries the act. Call after ``WorkerConfinement/apply(userID:groupID:broker:)``.
    /// - parameter recording: a descriptor as the broker would hand over: write-only, append-only.
    /// - returns: whether the kernel let it happen.
    public func attempt(recording: CInt) -> Bool {
        switch self {
        case .open: return sp_open_at(AT_FDCWD, "/etc/hostname", O_RDONLY, 0) >= 0
        case .exec:
            var arguments: [UnsafeMutablePointer<CChar>?] = [nil]
            return execve("/bin/true", &arguments, &arguments) == 0
        case .fork:
            var child: pid_t = 0
            var arguments: [UnsafeMutablePointer<CChar>?] = [nil]
            return posix_spawn(&child, "/bin/true", nil, nil, &arguments, &arguments) == 0
        case .socket: return Glibc.socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0) >= 0
        case .connect:
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            return withUnsafePointer(to: &address) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    Glibc.connect(recording, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
                }
            } == 0
        case .ptrace: return sp_trace_parent() == 0
        case .ftruncate: return Glibc.ftruncate(recording, 0) == 0
        case .lseek: return Glibc.lseek(recording, 0, SEEK_SET) >= 0
        case .kill: return Glibc.kill(getppid(), 0) == 0
        case .mapFile: return mmap(nil, 4096, PROT_READ, MAP_PRIVATE, recording, 0) != MAP_FAILED
        case .mapExecutable:
            return mmap(nil, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED
        }
    }
}
