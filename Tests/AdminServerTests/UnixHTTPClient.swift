import Glibc

/// An HTTP client on a Unix socket, just enough for tests.
struct UnixHTTPClient {
    let descriptor: Int32

    struct Refused: Error {
        let number: Int32
    }

    init(_ path: String) throws {
        self.descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(path.utf8)) }
        let descriptor = self.descriptor
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard result == 0 else {
            let number = errno
            Glibc.close(self.descriptor)
            throw Refused(number: number)
        }
    }

    func request(_ method: String, _ path: String) {
        let text = "\(method) \(path) HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
        _ = text.withCString { write(self.descriptor, $0, strlen($0)) }
    }

    /// What came, or nil at the end of the stream (or after twenty seconds). Blocks no thread of the pool.
    func read() async throws -> String? {
        let deadline = ContinuousClock.now + .seconds(20)
        var waiting = pollfd(fd: self.descriptor, events: Int16(POLLIN), revents: 0)
        while poll(&waiting, 1, 0) == 0 {
            guard ContinuousClock.now < deadline else { return nil }
            try await Task.sleep(for: .milliseconds(2))
        }
        var buffer = [UInt8](repeating: 0, count: 65_536)
        let count = Glibc.read(self.descriptor, &buffer, buffer.count)
        return count > 0 ? String(decoding: buffer[..<count], as: UTF8.self) : nil
    }

    func readAll() async throws -> String {
        var text = ""
        while let piece = try await self.read() { text += piece }
        return text
    }

    func close() {
        Glibc.close(self.descriptor)
    }
}
