import Glibc
import Platform

/// A file that is read in parts.
struct SessionFile {
    private static let pieceBytes = 256 * 1024

    private let descriptor: SharedDescriptor

    /// Nil if it can't be opened; `errno` says why.
    init?(path: String) {
        let number = Glibc.open(path, O_RDONLY | O_CLOEXEC)
        guard number >= 0 else { return nil }
        self.descriptor = SharedDescriptor(OwnedDescriptor(takingOwnershipOf: number))
    }

    private init(_ descriptor: SharedDescriptor) { self.descriptor = descriptor }

    /// A new file for this user alone, without a name, gone with the process.
    static func temporary() throws -> SessionFile {
        let directory = getenv("TMPDIR").map { String(cString: $0) } ?? "/var/tmp"
        var path = (directory + "/sallyport-XXXXXX").utf8CString
        let number = path.withUnsafeMutableBufferPointer { path in
            // utf8CString ends with a zero, so there is an address.
            guard let start = path.baseAddress else { return CInt(-1) }
            let number = mkstemp(start)
            if number >= 0 {
                unlink(start)
                _ = fcntl(number, F_SETFD, FD_CLOEXEC)
            }
            return number
        }
        guard number >= 0 else {
            throw CommandFailure(
                "cannot make a temporary file in \(directory): \(String(cString: strerror(errno)).lowercased())",
                hint: "set TMPDIR to a directory with room for the recording")
        }
        return SessionFile(SharedDescriptor(OwnedDescriptor(takingOwnershipOf: number)))
    }

    /// Adds to the end of a temporary file.
    func append(_ bytes: some Collection<UInt8>) throws {
        var rest = Array(bytes)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { write(self.descriptor.rawValue, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw Self.failure("keep a copy of the recording") }
            rest = rest.dropFirst(count)
        }
    }

    /// Up to `count` bytes from `offset` on; fewer at the end of the file.
    func read(_ offset: UInt64, _ count: Int) throws -> [UInt8] {
        guard let offset = off_t(exactly: offset) else { return [] }
        var result = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
            repeat {
                result = pread(self.descriptor.rawValue, buffer.baseAddress, count, offset)
            } while result < 0 && errno == EINTR
            initialized = max(result, 0)
        }
        guard result >= 0 else { throw Self.failure("read the recording") }
        return bytes
    }

    /// Hands over the whole file in pieces.
    func readAll(_ take: ([UInt8]) throws -> Void) throws {
        var offset: UInt64 = 0
        while true {
            let bytes = try self.read(offset, Self.pieceBytes)
            if bytes.isEmpty { return }
            try take(bytes)
            offset += UInt64(bytes.count)
        }
    }

    private static func failure(_ action: String) -> CommandFailure {
        CommandFailure("cannot \(action): \(String(cString: strerror(errno)).lowercased())")
    }
}
