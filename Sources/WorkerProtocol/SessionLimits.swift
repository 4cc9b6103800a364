/// How much a session may do, as far as its worker sees to it.
public struct SessionLimits: Hashable, Sendable {
    /// Seconds without a sign of the user; 0 for any time.
    public var idleSeconds: UInt32
    public var bytes: [ChannelByteLimit]

    public static let none = SessionLimits()

    public init(idleSeconds: UInt32 = 0, bytes: [ChannelByteLimit] = []) {
        self.idleSeconds = idleSeconds
        self.bytes = bytes
    }

    func write(to writer: inout WireWriter) {
        writer.write(self.idleSeconds)
        writer.write(UInt32(self.bytes.count))
        for limit in self.bytes {
            writer.write(limit.kinds.rawValue)
            writer.write(limit.direction.rawValue)
            writer.write(limit.bytes)
        }
    }

    init(from reader: inout WireReader) throws(WireError) {
        self.idleSeconds = try reader.read(UInt32.self)
        self.bytes = []
        for _ in 0..<(try reader.readCount(limit: WireLimits.byteLimits)) {
            let kinds = ChannelKinds(rawValue: try reader.read(UInt32.self))
            guard let direction = ChannelByteLimit.Direction(rawValue: try reader.read(UInt8.self)) else {
                throw .unknownKind
            }
            self.bytes.append(
                ChannelByteLimit(kinds: kinds, direction: direction, bytes: try reader.read(UInt64.self)))
        }
    }
}

/// Most bytes that one channel whose program is of any of these kinds may carry in one direction.
public struct ChannelByteLimit: Hashable, Sendable {
    public enum Direction: UInt8, Hashable, Sendable, CaseIterable {
        case upload = 1
        case download = 2
    }

    public var kinds: ChannelKinds
    public var direction: Direction
    public var bytes: UInt64

    public init(kinds: ChannelKinds, direction: Direction, bytes: UInt64) {
        self.kinds = kinds
        self.direction = direction
        self.bytes = bytes
    }
}
