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
        case change(FileChange)

        /// It keeps names, which are long.
        var isNamed: Bool {
            switch self {
            case .open, .change: true
            case .close, .read, .write, .fstat, .truncate: false
            }
        }
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

    /// Requests with names that may wait.
    private static let maximumPendingNames = 256

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
    private var pendingNames = 0
    private var files: [[UInt8]: OpenFile] = [:]
    /// Where the content that comes now belongs.
    private var writing: [UInt8]?
    private var reading: [UInt8]?

    func received(
        _ bytes: UnsafeRawBufferPointer, _ direction: Direction, _ ranges: inout [Range<Int>],
        _ events: inout [EventBody]
    ) throws(FileAuditFailure) {
        var rest = bytes[...]
        switch direction {
        case .toTarget:
            while let piece = try self.requests.next(&rest) {
                switch piece {
                case .head(let head): try self.requested(head)
                case .content(let content):
                    guard let handle = self.writing, self.files[handle] != nil else { continue }
                    self.files[handle]?.written.append(content)
                    ranges.append((rest.startIndex - content.count)..<rest.startIndex)
                }
            }
        case .toClient:
            while let piece = try self.replies.next(&rest) {
                switch piece {
                case .head(let head): try self.replied(head, &events)
                case .content(let content):
                    guard let handle = self.reading, self.files[handle] != nil else { continue }
                    self.files[handle]?.read.append(content)
                    ranges.append((rest.startIndex - content.count)..<rest.startIndex)
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
            let attributes = fields.remainder
            if try fields.uint32() & 1 != 0 {
                try self.await(.truncate(handle: handle, size: try fields.uint64()), id)
            } else if let path = self.files[handle]?.path {
                try self.await(
                    .change(FileChange(kind: .attributes, status: 0, path: path, detail: attributes)), id)
            }
        case SFTPType.extended: try self.requestedExtension(&fields)
        default:
            guard let type = head.first, let kind = SFTPType.changes[type] else { return }
            let id = try fields.uint32()
            try self.await(.change(try Self.change(kind, &fields)), id)
        }
    }

    /// OpenSSH's own requests (OpenSSH PROTOCOL section 4).
    private func requestedExtension(_ fields: inout FieldReader) throws(FileAuditFailure) {
        let id = try fields.uint32()
        let name = try fields.string()
        if name.elementsEqual("posix-rename@openssh.com".utf8) {
            try self.await(.change(try Self.change(.rename, &fields)), id)
        } else if name.elementsEqual("hardlink@openssh.com".utf8) {
            try self.await(.change(try Self.change(.hardLink, &fields)), id)
        } else if name.elementsEqual("lsetstat@openssh.com".utf8) {
            try self.await(.change(try Self.change(.attributes, &fields)), id)
        } else if name.elementsEqual("copy-data".utf8) {
            // The server fills the file with bytes that don't pass here.
            _ = try fields.handle()
            _ = try fields.uint64()
            _ = try fields.uint64()
            self.files[try fields.handle()]?.written.spoil()
        }
    }

    private static func change(
        _ kind: FileChange.Kind, _ fields: inout FieldReader
    ) throws(FileAuditFailure) -> FileChange {
        let first = try fields.string()
        switch kind {
        case .rename: return FileChange(kind: kind, status: 0, path: first, detail: try fields.string())
        // OpenSSH sends what the link points to first, against the draft (OpenSSH PROTOCOL section 4.1).
        case .symbolicLink, .hardLink:
            return FileChange(kind: kind, status: 0, path: try fields.string(), detail: first)
        case .attributes: return FileChange(kind: kind, status: 0, path: first, detail: fields.remainder)
        case .remove, .makeDirectory, .removeDirectory: return FileChange(kind: kind, status: 0, path: first)
        }
    }

    private func await(_ request: Pending, _ id: UInt32) throws(FileAuditFailure) {
        self.take(id)
        guard self.pending.count < FileAuditor.maximumPending else {
            throw FileAuditFailure(reason: "too many sftp requests wait for an answer")
        }
        if request.isNamed {
            self.pendingNames += 1
            guard self.pendingNames <= Self.maximumPendingNames else {
                throw FileAuditFailure(reason: "too many sftp requests wait for an answer")
            }
        }
        self.pending[id] = request
    }

    /// The request that this answers.
    @discardableResult
    private func take(_ id: UInt32) -> Pending? {
        let request = self.pending.removeValue(forKey: id)
        if request?.isNamed == true { self.pendingNames -= 1 }
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
        case .change(var change):
            change.status = status
            events.append(.fileChange(change))
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
