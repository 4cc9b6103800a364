/// Reads the fields of an sftp packet, big endian (RFC 4251 section 5).
struct FieldReader {
    private var rest: ArraySlice<UInt8>

    init(_ bytes: ArraySlice<UInt8>) { self.rest = bytes }

    mutating func uint32() throws(FileAuditFailure) -> UInt32 {
        try self.take(4).reduce(0) { $0 << 8 | UInt32($1) }
    }

    mutating func uint64() throws(FileAuditFailure) -> UInt64 {
        try self.take(8).reduce(0) { $0 << 8 | UInt64($1) }
    }

    mutating func string() throws(FileAuditFailure) -> [UInt8] {
        Array(try self.take(Int(self.uint32())))
    }

    /// A name that the server gave an open file.
    mutating func handle() throws(FileAuditFailure) -> [UInt8] {
        let handle = try self.string()
        guard handle.count <= SFTPPackets.maximumHandle else {
            throw FileAuditFailure(reason: "an sftp handle is too long")
        }
        return handle
    }

    /// What no field has taken.
    var remainder: [UInt8] { Array(self.rest) }

    private mutating func take(_ count: Int) throws(FileAuditFailure) -> ArraySlice<UInt8> {
        guard count <= self.rest.count else { throw FileAuditFailure(reason: "an sftp packet is too short") }
        defer { self.rest = self.rest.dropFirst(count) }
        return self.rest.prefix(count)
    }
}
