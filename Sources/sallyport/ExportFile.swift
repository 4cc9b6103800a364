import Glibc

/// Where an export goes. Collects what is written, since exports come in many small pieces.
final class ExportFile {
    private static let bufferBytes = 64 * 1024

    /// Nil for standard output.
    private let path: String?
    private let descriptor: Int32
    private var buffer: [UInt8] = []

    private init(path: String?, descriptor: Int32) {
        self.path = path
        self.descriptor = descriptor
    }

    deinit { if self.path != nil { close(self.descriptor) } }

    static var standardOutput: ExportFile { ExportFile(path: nil, descriptor: STDOUT_FILENO) }

    /// A file for its owner alone, since it holds in the clear what the recording holds encrypted; one that is there
    /// is replaced. Throws `CommandFailure`.
    static func create(_ path: String) throws -> ExportFile {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw Self.failure(path) }
        return ExportFile(path: path, descriptor: descriptor)
    }

    func write(_ bytes: [UInt8]) throws {
        self.buffer += bytes
        if self.buffer.count >= Self.bufferBytes { try self.flush() }
    }

    /// Writes what is left; to be called once, since an error would be lost otherwise.
    func finish() throws {
        try self.flush()
        // A disk that is full may say so only now.
        guard let path = self.path, fsync(self.descriptor) != 0, errno == EIO || errno == ENOSPC else { return }
        throw Self.failure(path)
    }

    private func flush() throws {
        defer { self.buffer.removeAll(keepingCapacity: true) }
        guard let path = self.path else { return StandardOutput.write(self.buffer) }
        var remaining = self.buffer[...]
        while !remaining.isEmpty {
            let written = remaining.withUnsafeBytes { Glibc.write(self.descriptor, $0.baseAddress, $0.count) }
            if written >= 0 {
                remaining = remaining.dropFirst(written)
            } else if errno != EINTR {
                throw Self.failure(path)
            }
        }
    }

    private static func failure(_ path: String) -> CommandFailure {
        CommandFailure("cannot write \(path): \(String(cString: strerror(errno)).lowercased())")
    }
}
