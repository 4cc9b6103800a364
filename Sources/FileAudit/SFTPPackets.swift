import RecordingFormat

/// Packet types of sftp version 3 (draft-ietf-secsh-filexfer-02 section 3) that say something about files.
enum SFTPType {
    static let initialize: UInt8 = 1
    static let version: UInt8 = 2
    static let open: UInt8 = 3
    static let close: UInt8 = 4
    static let read: UInt8 = 5
    static let write: UInt8 = 6
    static let fstat: UInt8 = 8
    static let setstat: UInt8 = 9
    static let fsetstat: UInt8 = 10
    static let remove: UInt8 = 13
    static let makeDirectory: UInt8 = 14
    static let removeDirectory: UInt8 = 15
    static let rename: UInt8 = 18
    static let symbolicLink: UInt8 = 20
    static let status: UInt8 = 101
    static let handle: UInt8 = 102
    static let data: UInt8 = 103
    static let attributes: UInt8 = 105
    static let extended: UInt8 = 200

    /// Requests for changes that name a path.
    static let changes: [UInt8: FileChange.Kind] = [
        Self.setstat: .attributes, Self.remove: .remove, Self.makeDirectory: .makeDirectory,
        Self.removeDirectory: .removeDirectory, Self.rename: .rename, Self.symbolicLink: .symbolicLink,
    ]
}

/// Cuts one direction of an sftp channel into packets. File content is handed through; of everything else it keeps
/// the fields that matter, at most ``maximumHead`` bytes.
struct SFTPPackets {
    enum Piece {
        /// A packet from its type on: whole, or up to its file content, or as far as it matters.
        case head(ArraySlice<UInt8>)
        /// A part of the file content that the last head announced. Valid until the fed bytes are gone.
        case content(UnsafeRawBufferPointer)
    }

    /// More than any path that a system takes.
    private static let maximumHead = 16 * 1024
    /// In bytes. Servers announce up to 256 KiB; content isn't kept, so there is room for others.
    private static let maximumPacket = 16 << 20
    /// In bytes (draft section 6.3).
    static let maximumHandle = 256

    private let direction: Direction
    /// Length field and what has come of the head.
    private var head: [UInt8] = []
    /// The head was handed out; so many bytes of its packet are still to come.
    private var rest = 0
    private var isContent = false

    init(_ direction: Direction) { self.direction = direction }

    /// Takes the next piece off the front of `bytes`; nil when more bytes are needed.
    mutating func next(_ bytes: inout Slice<UnsafeRawBufferPointer>) throws(FileAuditFailure) -> Piece? {
        while !bytes.isEmpty {
            if self.rest > 0 {
                let part = bytes.prefix(self.rest)
                bytes = bytes.dropFirst(part.count)
                self.rest -= part.count
                if self.isContent { return .content(UnsafeRawBufferPointer(rebasing: part)) }
                continue
            }
            let wanted = try self.headLength()
            let part = bytes.prefix(wanted - self.head.count)
            self.head.append(contentsOf: part)
            bytes = bytes.dropFirst(part.count)
            guard self.head.count == wanted, try self.headLength() == wanted else { continue }
            self.rest = try self.packetLength() - wanted
            let type = self.head[4]
            self.isContent = type == (self.direction == .toTarget ? SFTPType.write : SFTPType.data)
            let head = self.head[4...]
            self.head = []
            return .head(head)
        }
        return nil
    }

    /// With the length field.
    private func packetLength() throws(FileAuditFailure) -> Int {
        let length = self.field(at: 0)
        guard (1...Self.maximumPacket).contains(length) else {
            throw FileAuditFailure(reason: "an sftp packet has an impossible length")
        }
        return 4 + length
    }

    /// How many bytes the head has, with the length field, as far as that can be told by now.
    private func headLength() throws(FileAuditFailure) -> Int {
        guard self.head.count >= 5 else { return 5 }
        let packet = try self.packetLength()
        let wanted: Int
        switch (self.direction, self.head[4]) {
        case (.toTarget, SFTPType.write):
            // id, handle, offset, length of the content
            guard self.head.count >= 13 else { return try Self.require(13, of: packet) }
            let handle = self.field(at: 9)
            guard handle <= Self.maximumHandle else { throw FileAuditFailure(reason: "an sftp handle is too long") }
            wanted = try Self.require(13 + handle + 12, of: packet)
        case (.toClient, SFTPType.data): wanted = try Self.require(13, of: packet)
        case (.toTarget, SFTPType.open), (.toTarget, SFTPType.close), (.toTarget, SFTPType.read),
            (.toTarget, SFTPType.fstat), (.toTarget, SFTPType.fsetstat), (.toTarget, SFTPType.setstat),
            (.toTarget, SFTPType.remove), (.toTarget, SFTPType.makeDirectory), (.toTarget, SFTPType.removeDirectory),
            (.toTarget, SFTPType.rename), (.toTarget, SFTPType.symbolicLink), (.toClient, SFTPType.handle):
            guard packet <= Self.maximumHead else { throw FileAuditFailure(reason: "an sftp request is too long") }
            wanted = packet
        case (.toTarget, SFTPType.extended): wanted = min(packet, Self.maximumHead)
        case (.toTarget, SFTPType.initialize), (.toClient, SFTPType.version): wanted = min(packet, 9)
        case (.toClient, SFTPType.status): wanted = min(packet, 13)
        case (.toClient, SFTPType.attributes): wanted = min(packet, 21)
        default: wanted = 5
        }
        return wanted
    }

    private static func require(_ count: Int, of packet: Int) throws(FileAuditFailure) -> Int {
        guard count <= packet else { throw FileAuditFailure(reason: "an sftp packet is too short") }
        return count
    }

    /// The big endian number at this place of the head, which has come.
    private func field(at index: Int) -> Int {
        self.head[index..<(index + 4)].reduce(0) { $0 << 8 | Int($1) }
    }
}
