/// One account on one target: a line of the menu, and the choice from it.
public struct Destination: Hashable, Sendable {
    /// Empty, in a choice, for the only permitted one.
    public var account: [UInt8]
    public var target: [UInt8]
    /// Others have to approve first. Of no meaning in a choice.
    public var isOnApproval: Bool

    public init(account: [UInt8], target: [UInt8], isOnApproval: Bool = false) {
        self.account = account
        self.target = target
        self.isOnApproval = isOnApproval
    }
}

/// Where a user may go, as far as it fits into one message.
public struct DestinationList: Hashable, Sendable {
    /// By target, then account. At most ``WireLimits/destinations``.
    public private(set) var entries: [Destination]
    /// How many more there are.
    public private(set) var unlisted: UInt32

    /// The first of `destinations`, as many as one message takes; the others are counted.
    public init(_ destinations: [Destination]) {
        var room = WireLimits.message - Self.overhead
        self.entries = []
        for destination in destinations.prefix(WireLimits.destinations) {
            room -= destination.account.count + destination.target.count + Self.overheadOfEntry
            guard room >= 0 else { break }
            self.entries.append(destination)
        }
        self.unlisted = UInt32(clamping: destinations.count - self.entries.count)
    }

    init(entries: [Destination], unlisted: UInt32) {
        self.entries = entries
        self.unlisted = unlisted
    }

    /// Bytes of a message beside its entries: its kind and two numbers.
    private static let overhead = 1 + 4 + 4
    /// Bytes of an entry beside its names: their lengths, and a flag.
    private static let overheadOfEntry = 4 + 4 + 1
}

extension WireWriter {
    mutating func write(_ destination: Destination) {
        self.write(destination.account)
        self.write(destination.target)
        self.write(UInt8(destination.isOnApproval ? 1 : 0))
    }
}

extension WireReader {
    mutating func readDestination() throws(WireError) -> Destination {
        let (account, target) = (try self.read(limit: WireLimits.name), try self.read(limit: WireLimits.name))
        let flag = try self.read(UInt8.self)
        guard flag <= 1 else { throw .unknownKind }
        return Destination(account: account, target: target, isOnApproval: flag == 1)
    }

    mutating func readDestinations() throws(WireError) -> DestinationList {
        let count = try self.readCount(limit: WireLimits.destinations)
        var entries: [Destination] = []
        for _ in 0..<count { entries.append(try self.readDestination()) }
        return DestinationList(entries: entries, unlisted: try self.read(UInt32.self))
    }
}
