import CPlatform
import Glibc
import Platform

/// The program that workers run, held open: while a gateway runs, an upgrade of the files gives it no workers of
/// another version.
struct WorkerProgram: Sendable {
    let path: String
    let file: SharedDescriptor

    /// The configured one, or `sallyport-session` beside this one.
    /// - throws: ``GatewayError`` when it can't be run.
    init(configured: String?) throws {
        self.path = configured ?? Self.sibling("sallyport-session")
        let raw = sp_open_at(AT_FDCWD, self.path, O_RDONLY, 0)
        guard raw >= 0, access(self.path, X_OK) == 0 else {
            if raw >= 0 { close(raw) }
            throw GatewayError(
                "the worker \(self.path) can't be run",
                hint: "install sallyport-session beside sallyportd, or set worker")
        }
        self.file = SharedDescriptor(OwnedDescriptor(takingOwnershipOf: raw))
    }

    private static func sibling(_ name: String) -> String {
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
        let length = readlink("/proc/self/exe", &buffer, buffer.count)
        let path = String(decoding: buffer.prefix(max(0, length)).map(UInt8.init(bitPattern:)), as: UTF8.self)
        let folder = path.lastIndex(of: "/").map { path[..<$0] } ?? "."
        return "\(folder)/\(name)"
    }
}
