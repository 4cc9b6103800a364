import RecordingFormat

/// Follows an sftp channel: which handle means which file, and which answer belongs to which request.
final class SFTPAuditor {
    /// A request that waits for its answer.
    private enum Pending {
        case open(path: [UInt8], flags: UInt32)
        case close(handle: [UInt8])
        case read(handle: [UInt8], offset: UInt64)
        case write(handle: [UInt8])
        case fstat(handle: [UInt8])
        case truncate(handle: [UInt8], size: UInt64)
    }

    private struct OpenFile {
        let path: [UInt8]
        let flags: UInt32
        var read = MovedBytes()
        var written = MovedBytes()
        /// The server said that nothing follows the bytes read.
        var hasReadEnd = false
        /// What the server says the size is; or what the client has set it to.
        var statedSize: UInt64?
        var setSize: UInt64?
    }

    /// Names are long, so fewer of them may wait.
    private static let maximumPendingOpens = 256

    /// `SSH_FXF_` flags (draft section 6.3).
    private enum Flags {
        static let read: UInt32 = 0x01
        static let write: UInt32 = 0x02
        static let append: UInt32 = 0x04
        static let truncate: UInt32 = 0x10
        static let exclusive: UInt32 = 0x20
    }
    private static let statusOK: UInt32 = 0
    private static let statusEndOfFile: UInt32 = 1

    private var requests = SFTPPackets(.toTarget)
    private var replies = SFTPPackets(.toClient)
    private var pending: [UInt32: Pending] = [:]
    private var pendingOpens = 0
    private var files: [[UInt8]: OpenFile] = [:]
    /// Where the content that comes now belongs.
    private var writing: [UInt8]?
    private var reading: [UInt8]?

    func received(
        _ bytes: UnsafeRawBufferPointer, _ direction: Direction, _ events: inout [EventBody]
    ) throws(FileAuditFailure) {
        var rest = bytes[...]
        switch direction {
        case .toTarget:
            while let piece = try self.requests.next(&rest) {
                switch piece {
                case .head(let head): try self.requested(head)
                case .content(let content): if let handle = self.writing { self.files[handle]?.written.append(content) }
                }
            }
        case .toClient:
            while let piece = try self.replies.next(&rest) {
                switch piece {
                case .head(let head): try self.replied(head, &events)
                case .content(let content): if let handle = self.reading { self.files[handle]?.read.append(content) }
                }
            }
        }
    }

    // MARK: Requests

    private func requested(_ head: ArraySlice<UInt8>) throws(FileAuditFailure) {
        self.writing = nil
        var fields = FieldReader(head.dropFirst())
        switch head.first {
        case SFTPType.open:
            let id = try fields.uint32()
            let path = try fields.string()
            try self.await(.open(path: path, flags: try fields.uint32()), id)
            self.pendingOpens += 1
            guard self.pendingOpens <= Self.maximumPendingOpens else {
                throw FileAuditFailure(reason: "too many sftp requests wait for an answer")
            }
        case SFTPType.close:
            let id = try fields.uint32()
            try self.await(.close(handle: try fields.handle()), id)
        case SFTPType.read:
            let id = try fields.uint32()
            let handle = try fields.handle()
            try self.await(.read(handle: handle, offset: try fields.uint64()), id)
        case SFTPType.write:
            let id = try fields.uint32()
            let handle = try fields.handle()
            let offset = try fields.uint64()
            try self.await(.write(handle: handle), id)
            // A server that appends puts the bytes elsewhere.
            if let flags = self.files[handle]?.flags, flags & Flags.append == 0 {
                self.files[handle]?.written.begin(at: offset)
            } else {
                self.files[handle]?.written.spoil()
            }
            self.writing = handle
        case SFTPType.fstat:
            let id = try fields.uint32()
            try self.await(.fstat(handle: try fields.handle()), id)
        case SFTPType.fsetstat:
            let id = try fields.uint32()
            let handle = try fields.handle()
            // SSH_FILEXFER_ATTR_SIZE (draft section 5)
            guard try fields.uint32() & 1 != 0 else { return }
            try self.await(.truncate(handle: handle, size: try fields.uint64()), id)
        default: break
        }
    }

    private func await(_ request: Pending, _ id: UInt32) throws(FileAuditFailure) {
        self.take(id)
        guard self.pending.count < FileAuditor.maximumPending else {
            throw FileAuditFailure(reason: "too many sftp requests wait for an answer")
        }
        self.pending[id] = request
    }

    /// The request that this answers.
    @discardableResult
    private func take(_ id: UInt32) -> Pending? {
        let request = self.pending.removeValue(forKey: id)
        if case .open = request { self.pendingOpens -= 1 }
        return request
    }

    // MARK: Replies

    private func replied(_ head: ArraySlice<UInt8>, _ events: inout [EventBody]) throws(FileAuditFailure) {
        self.reading = nil
        var fields = FieldReader(head.dropFirst())
        switch head.first {
        case SFTPType.version:
            guard try fields.uint32() <= 3 else { throw FileAuditFailure(reason: "a later sftp version is spoken") }
        case SFTPType.handle:
            guard case .open(let path, let flags) = self.take(try fields.uint32()) else { return }
            let handle = try fields.handle()
            guard self.files.count < FileAuditor.maximumOpenFiles else {
                throw FileAuditFailure(reason: "too many files are open at once")
            }
            self.files[handle] = OpenFile(path: path, flags: flags)
        case SFTPType.data:
            guard case .read(let handle, let offset) = self.take(try fields.uint32()) else { return }
            self.files[handle]?.read.begin(at: offset)
            self.reading = handle
        case SFTPType.attributes:
            guard case .fstat(let handle) = self.take(try fields.uint32()) else { return }
            if try fields.uint32() & 1 != 0 { self.files[handle]?.statedSize = try fields.uint64() }
        case SFTPType.status:
            let id = try fields.uint32()
            self.answered(id, status: try fields.uint32(), &events)
        default: break
        }
    }

    private func answered(_ id: UInt32, status: UInt32, _ events: inout [EventBody]) {
        switch self.take(id) {
        case .read(let handle, let offset):
            guard status == Self.statusEndOfFile, let file = self.files[handle] else { return }
            if offset == file.read.count { self.files[handle]?.hasReadEnd = true }
        case .write(let handle): if status != Self.statusOK { self.files[handle]?.written.spoil() }
        case .truncate(let handle, let size): if status == Self.statusOK { self.files[handle]?.setSize = size }
        case .close(let handle):
            guard let file = self.files.removeValue(forKey: handle) else { return }
            events += Self.operations(of: file, isClosed: status == Self.statusOK)
        case .open, .fstat, nil: break
        }
    }

    private static func operations(of file: OpenFile, isClosed: Bool) -> [EventBody] {
        var events: [EventBody] = []
        let count = file.written.count
        let wasEmpty = file.flags & (Flags.truncate | Flags.exclusive) != 0
        if file.flags & Flags.write != 0, count > 0 || wasEmpty || file.setSize != nil {
            let isWhole = isClosed && (file.setSize.map { $0 == count } ?? wasEmpty)
            events.append(file.written.operation(path: file.path, direction: .toTarget, isWhole: isWhole))
        }
        if file.flags & Flags.read != 0, file.read.count > 0 || file.hasReadEnd {
            let isWhole = isClosed && (file.hasReadEnd || file.statedSize == file.read.count)
            events.append(file.read.operation(path: file.path, direction: .toClient, isWhole: isWhole))
        }
        return events
    }

    /// The files that were not closed, in order of their paths.
    var unfinished: [EventBody] {
        self.files.values.sorted { $0.path.lexicographicallyPrecedes($1.path) }
            .flatMap { Self.operations(of: $0, isClosed: false) }
    }
}
