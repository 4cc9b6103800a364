import Glibc
import Platform

/// The session files, `YYYY/MM/DD/ID.spr` by day (UTC) of their start, reached through one directory descriptor.
///
/// Names are made here from random ids and are opened without following links. Free to use from any thread.
public final class RecordingDirectory: Sendable {
    private let root: SharedDescriptor
    /// As it was given; for messages and listings.
    public let path: String

    /// A session file that was just made, with its two ends.
    public struct NewFile: ~Copyable {
        public let id: RecordingID
        /// Below the directory.
        public let relativePath: String
        /// Append-only and write-only, for the worker.
        public let appender: OwnedDescriptor
        /// Read-only, for the broker that follows what the worker writes.
        public let reader: OwnedDescriptor

        /// Both ends, to be owned apart.
        public consuming func descriptors() -> (appender: SharedDescriptor, reader: SharedDescriptor) {
            let appender = self.appender
            let reader = self.reader
            return (SharedDescriptor(appender), SharedDescriptor(reader))
        }
    }

    /// Opens the directory, making it (mode 0700) when only its last component is missing.
    public init(path: String) throws(StoreError) {
        if mkdir(path, 0o700) != 0, errno != EEXIST { throw Self.failure("recordings directory \(path)") }
        let descriptor = Glibc.open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw Self.failure("recordings directory \(path)") }
        self.root = SharedDescriptor(OwnedDescriptor(takingOwnershipOf: descriptor))
        self.path = path
    }

    /// Where the file of `id` lies below the directory. `startedNanoseconds` is UTC.
    public static func relativePath(of id: RecordingID, startedNanoseconds: Int64) -> String {
        var seconds = time_t(startedNanoseconds / 1_000_000_000)
        var day = tm()
        gmtime_r(&seconds, &day)
        func padded(_ value: CInt, _ width: Int) -> String {
            let digits = String(value)
            return String(repeating: "0", count: max(0, width - digits.count)) + digits
        }
        let date = "\(padded(day.tm_year + 1900, 4))/\(padded(day.tm_mon + 1, 2))/\(padded(day.tm_mday, 2))"
        return "\(date)/\(id).spr"
    }

    /// Makes the file (mode 0600), which must not exist yet, and the directories of its day.
    public func create(_ id: RecordingID, startedNanoseconds: Int64) throws(StoreError) -> NewFile {
        let relativePath = Self.relativePath(of: id, startedNanoseconds: startedNanoseconds)
        let (parent, name) = try self.parent(of: relativePath, making: true)
        let appender = openat(
            parent.rawValue, name, O_WRONLY | O_APPEND | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard appender >= 0 else { throw Self.failure("session file \(relativePath)") }
        let ownedAppender = OwnedDescriptor(takingOwnershipOf: appender)
        let reader = openat(parent.rawValue, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC)
        guard reader >= 0 else {
            let failure = Self.failure("session file \(relativePath)")
            unlinkat(parent.rawValue, name, 0)
            throw failure
        }
        return NewFile(
            id: id, relativePath: relativePath, appender: ownedAppender,
            reader: OwnedDescriptor(takingOwnershipOf: reader))
    }

    /// Read-only. Throws `recordingFile` when the file is gone or the path is none of ours.
    public func openForReading(_ relativePath: String) throws(StoreError) -> OwnedDescriptor {
        try self.open(relativePath, flags: O_RDONLY)
    }

    /// For the broker once the worker is dead: cut off a torn record, append the seal.
    public func openForSealing(_ relativePath: String) throws(StoreError) -> OwnedDescriptor {
        try self.open(relativePath, flags: O_RDWR)
    }

    /// Removes a file that never became a recording, because its session could not begin.
    public func discard(_ relativePath: String) throws(StoreError) {
        let (parent, name) = try self.parent(of: relativePath, making: false)
        guard unlinkat(parent.rawValue, name, 0) == 0 else { throw Self.failure("session file \(relativePath)") }
    }

    /// Removes a session file and its index for good. Does nothing where they are gone.
    public func remove(_ relativePath: String) throws(StoreError) {
        let (parent, name) = try self.parent(of: relativePath, making: false)
        let index = Self.indexName(name)
        for file in [index + ".new", index, name] where unlinkat(parent.rawValue, file, 0) != 0 && errno != ENOENT {
            throw Self.failure("session file \(relativePath)")
        }
        // What is said to be gone does not come back with a power cut.
        guard fsync(parent.rawValue) == 0 else { throw Self.failure("session file \(relativePath)") }
    }

    /// Whether there is something of this name, or of its index's.
    public func isThere(_ relativePath: String) -> Bool {
        guard let (parent, name) = try? self.parent(of: relativePath, making: false) else { return false }
        return [name, Self.indexName(name)].contains { (file: String) in
            faccessat(parent.rawValue, file, F_OK, AT_SYMLINK_NOFOLLOW) == 0
        }
    }

    /// The index beside a session file, `ID.spx`; nil if there is none.
    public func openIndex(ofRecording relativePath: String) -> OwnedDescriptor? {
        guard let (parent, name) = try? self.parent(of: relativePath, making: false) else { return nil }
        return try? Self.open(Self.indexName(name), in: parent, flags: O_RDONLY, place: "index of \(relativePath)")
    }

    /// Puts an index (mode 0600) beside a session file, in place of one that may be there.
    /// - parameter write: writes it to the descriptor; if it throws, there is no new index.
    public func replaceIndex(
        ofRecording relativePath: String, _ write: (CInt) throws -> Void
    ) throws {
        let (parent, name) = try self.parent(of: relativePath, making: false)
        let index = Self.indexName(name)
        let draft = index + ".new"
        // What an interrupted attempt left.
        unlinkat(parent.rawValue, draft, 0)
        let number = openat(
            parent.rawValue, draft, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard number >= 0 else { throw Self.failure("index of session file \(relativePath)") }
        let file = OwnedDescriptor(takingOwnershipOf: number)
        do {
            try write(file.rawValue)
            // Not synced: one that a power cut tore is not taken, and the recording is scanned instead.
            guard renameat(parent.rawValue, draft, parent.rawValue, index) == 0 else {
                throw Self.failure("index of session file \(relativePath)")
            }
        } catch {
            unlinkat(parent.rawValue, draft, 0)
            throw error
        }
    }

    private static func indexName(_ name: String) -> String { String(name.dropLast(4)) + ".spx" }

    /// For listings: the directory's path and the file's below it.
    public func fullPath(_ relativePath: String) -> String {
        self.path.hasSuffix("/") ? self.path + relativePath : "\(self.path)/\(relativePath)"
    }

    private func open(_ relativePath: String, flags: CInt) throws(StoreError) -> OwnedDescriptor {
        let (parent, name) = try self.parent(of: relativePath, making: false)
        return try Self.open(name, in: parent, flags: flags, place: "session file \(relativePath)")
    }

    private static func open(
        _ name: String, in parent: SharedDescriptor, flags: CInt, place: String
    ) throws(StoreError) -> OwnedDescriptor {
        // Not blocking, so that a FIFO in the file's place can't hold us; it is no regular file and is refused.
        let descriptor = openat(parent.rawValue, name, flags | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
        guard descriptor >= 0 else { throw Self.failure(place) }
        let owned = OwnedDescriptor(takingOwnershipOf: descriptor)
        var status = stat()
        guard fstat(owned.rawValue, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw StoreError(.recordingFile, "\(place) is not a regular file")
        }
        return owned
    }

    /// The directory of the file's day, reached one component at a time, and the file's name.
    private func parent(
        of relativePath: String, making: Bool
    ) throws(StoreError) -> (directory: SharedDescriptor, name: String) {
        let components = relativePath.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard components.count == 4, Self.isDay(components[0..<3]), let name = components.last,
            name.hasSuffix(".spr"), RecordingID(String(name.dropLast(4))) != nil
        else { throw StoreError(.recordingFile, "a session file has an impossible path") }
        var directory = self.root
        for component in components.dropLast() {
            if making {
                if mkdirat(directory.rawValue, component, 0o700) == 0 {
                    // The new name must survive a power cut as surely as what is written below it.
                    _ = fsync(directory.rawValue)
                } else if errno != EEXIST {
                    throw Self.failure("recordings directory \(self.path)")
                }
            }
            let descriptor = openat(
                directory.rawValue, component, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
            guard descriptor >= 0 else { throw Self.failure("session file \(relativePath)") }
            directory = SharedDescriptor(OwnedDescriptor(takingOwnershipOf: descriptor))
        }
        return (directory, name)
    }

    private static func isDay(_ components: ArraySlice<String>) -> Bool {
        zip(components, [4, 2, 2]).allSatisfy { component, width in
            component.utf8.count == width
                && component.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        }
    }

    private static func failure(_ place: String) -> StoreError {
        StoreError(.recordingFile, "\(place): \(String(cString: strerror(errno)))")
    }
}
