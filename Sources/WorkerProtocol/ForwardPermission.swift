/// One place that forwarded connections may reach, or be listened for at, as the grant has it.
public struct ForwardPermission: Hashable, Sendable {
    public enum Direction: UInt8, Hashable, Sendable, CaseIterable {
        /// From the client to a place that the target reaches.
        case local = 1
        /// From an address that the target listens at to the client.
        case remote = 2
    }

    public enum Host: Hashable, Sendable {
        case any
        /// A name in lower case, in which `*` and `?` stand for any characters.
        case pattern([UInt8])
        /// An address of 4 or 16 bytes and how many of its leading bits count.
        case network(address: [UInt8], bits: UInt8)
        /// A Unix socket: an absolute path, in which `*` and `?` stand for any characters but `/`, and a last part `**`
        /// for anything below.
        case path([UInt8])
    }

    public var direction: Direction
    public var host: Host
    public var firstPort: UInt16
    public var lastPort: UInt16
    /// Another SSH connection may run inside.
    public var allowsNestedSSH: Bool

    public init(
        direction: Direction, host: Host, firstPort: UInt16, lastPort: UInt16, allowsNestedSSH: Bool
    ) {
        self.direction = direction
        self.host = host
        self.firstPort = firstPort
        self.lastPort = lastPort
        self.allowsNestedSSH = allowsNestedSSH
    }

    private enum HostKind: UInt8 {
        case any = 1
        case pattern, network, path
    }

    func write(to writer: inout WireWriter) {
        writer.write(self.direction.rawValue)
        writer.write(self.firstPort)
        writer.write(self.lastPort)
        writer.write(UInt8(self.allowsNestedSSH ? 1 : 0))
        switch self.host {
        case .any: writer.write(HostKind.any.rawValue)
        case .pattern(let pattern):
            writer.write(HostKind.pattern.rawValue)
            writer.write(pattern)
        case .network(let address, let bits):
            writer.write(HostKind.network.rawValue)
            writer.write(address)
            writer.write(bits)
        case .path(let path):
            writer.write(HostKind.path.rawValue)
            writer.write(path)
        }
    }

    init(from reader: inout WireReader) throws(WireError) {
        guard let direction = Direction(rawValue: try reader.read(UInt8.self)) else { throw .unknownKind }
        self.direction = direction
        self.firstPort = try reader.read(UInt16.self)
        self.lastPort = try reader.read(UInt16.self)
        self.allowsNestedSSH = try reader.read(UInt8.self) == 1
        switch HostKind(rawValue: try reader.read(UInt8.self)) {
        case .any: self.host = .any
        case .pattern: self.host = .pattern(try reader.read(limit: WireLimits.hostPattern))
        case .path: self.host = .path(try reader.read(limit: WireLimits.hostPattern))
        case .network:
            self.host = .network(address: try reader.read(limit: 16), bits: try reader.read(UInt8.self))
        case nil: throw .unknownKind
        }
    }
}
