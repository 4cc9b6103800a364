import Glibc

/// A TCP port of 127.0.0.1 that was free a moment ago.
public func freePort() throws -> Int {
    // A child that another thread starts now must not keep the port.
    let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    guard listener >= 0 else { throw HarnessError.system("socket") }
    defer { close(listener) }
    var address = loopback(port: 0)
    let size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let bound = withUnsafePointer(to: &address) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(listener, $0, size) }
    }
    guard bound == 0 else { throw HarnessError.system("bind") }
    var length = size
    let named = withUnsafeMutablePointer(to: &address) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(listener, $0, &length) }
    }
    guard named == 0 else { throw HarnessError.system("getsockname") }
    return Int(UInt16(bigEndian: address.sin_port))
}

func loopback(port: Int) -> sockaddr_in {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = UInt16(port).bigEndian
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    return address
}

/// A connected TCP socket to 127.0.0.1, or nil when nobody listens.
func connectLoopback(port: Int) -> CInt? {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    guard descriptor >= 0 else { return nil }
    var address = loopback(port: port)
    let connected = withUnsafePointer(to: &address) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
            connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
        }
    }
    guard connected == 0 else {
        close(descriptor)
        return nil
    }
    return descriptor
}

/// Waits until an SSH server greets on 127.0.0.1:`port`.
func waitForBanner(port: Int, within limit: Duration = .seconds(20)) throws {
    try waitUntil("an SSH server greets on port \(port)", within: limit, every: .milliseconds(20)) {
        guard let connection = connectLoopback(port: port) else { return false }
        defer { close(connection) }
        guard let greeting = try? readSome(connection, atMost: 4, within: .seconds(2), of: "port \(port)") else {
            return false
        }
        return greeting.elementsEqual("SSH-".utf8)
    }
}
