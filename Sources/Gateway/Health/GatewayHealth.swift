import GatewayConfiguration
import Glibc
import SessionStore
import Synchronization

/// What a gateway knows of itself beside its database: how it was started, and counts that are dear to make anew.
final class GatewayHealth: Sendable {
    let configuration: GatewayConfiguration
    /// The programs that run, as they were at the start.
    let programs: [Program]
    private let counted = Mutex((counts: [String: UInt64](), last: UInt64(0)))

    struct Program: Hashable, Sendable {
        let path: String
        private let inode: UInt64
        private let seconds: Int

        init(_ path: String) {
            var info = stat()
            let isThere = stat(path, &info) == 0
            self.path = path
            self.inode = isThere ? UInt64(info.st_ino) : 0
            self.seconds = isThere ? info.st_mtim.tv_sec : 0
        }

        /// Another file has taken its place.
        var isReplaced: Bool { Program(self.path) != self }
    }

    init(configuration: GatewayConfiguration, programs: [String]) {
        self.configuration = configuration
        self.programs = programs.map(Program.init)
    }

    /// Rows of the audit log by their code. Counts only what is new since the last call.
    func auditCounts(_ store: SessionStore) throws -> [String: UInt64] {
        try self.counted.withLock { counted in
            let (new, last) = try store.auditCounts(after: counted.last)
            counted.counts.merge(new) { $0 + $1 }
            counted.last = last
            return counted.counts
        }
    }

    /// The path of this program.
    static var ownPath: String {
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
        let length = readlink("/proc/self/exe", &buffer, buffer.count)
        return String(decoding: buffer.prefix(max(0, length)).map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
}

/// How busy the broker is.
struct BrokerLoad: Hashable, Sendable {
    var connections = 0
    /// Of them, those that have not signed in yet.
    var unauthenticated = 0
    /// Recordings whose seal is under way.
    var sealing = 0
}
