import AdminAPI
import Glibc
import NIOCore
import Platform
import Playback
import RecordingFormat
import RecordingKeys

/// A recording that is read where its viewer goes, and verified when the viewer has left.
struct OpenedRecording {
    let name: String
    let reel: Reel
    fileprivate let file: SessionFile
    fileprivate let signingKey: SigningKey?
    fileprivate let signer: SignerSource
    /// It is still being written, so a missing end is no fault.
    fileprivate let isLive: Bool

    /// Verifies all of the file, as far as it went when it was opened.
    func verified() throws -> LoadedRecording {
        let stream = RecordingStream(expectedSigner: self.signingKey?.bytes)
        try self.file.readAll { _ = try stream.feed($0) }
        return LoadedRecording(
            name: self.name, metadata: self.reel.metadata, badRecords: self.reel.badRecords,
            report: self.isLive ? stream.report : stream.finish(), signer: self.signer)
    }

    /// Who, what and where.
    var title: String { LoadedRecording.title(of: self.reel.metadata, name: self.name) }
}

extension RecordingLoader {
    /// Opens the recording without reading all of it.
    func opened(for purpose: RecordingPurpose) async throws -> OpenedRecording {
        switch self.argument.recording {
        case .id(let id): try await self.openFromGateway(id, purpose)
        case .file(let path): try await self.openFile(path, purpose)
        }
    }

    private func openFromGateway(_ id: String, _ purpose: RecordingPurpose) async throws -> OpenedRecording {
        try self.requireNoFileOptions(id)
        let access = try await self.root.client.openRecording(id, for: purpose)
        guard let keys = try access.subkeys(for: purpose) else {
            throw CommandFailure("the gateway gave no key for \(id)")
        }
        // On the gateway's host the file itself may be readable; else the gateway sends it.
        let local = SessionFile(path: access.recording.path)
        let file = if let local { local } else { try await self.fetch(id) }
        return OpenedRecording(
            name: id, reel: try Reel(keys: keys, file: file.read), file: file, signingKey: try access.signer(),
            signer: .gateway, isLive: access.recording.ended == nil)
    }

    /// The recording in a file that has no name and is as encrypted as the gateway's.
    private func fetch(_ id: String) async throws -> SessionFile {
        let file = try SessionFile.temporary()
        try await self.root.client.stream(AdminRoutes.recordingContent.path(id)) { piece in
            try file.append(piece.readableBytesView)
            return true
        }
        return file
    }

    private func openFile(_ path: String, _ purpose: RecordingPurpose) async throws -> OpenedRecording {
        guard let file = SessionFile(path: path) else { throw Self.failure(path) }
        let (signingKey, signer) = try self.trustedSigner()
        let keysForHeader = try await self.fileKeys(purpose)
        var keys: RecordingSubkeys?
        let stream = RecordingStream { header in
            keys = try keysForHeader(header)
            return nil
        }
        do {
            _ = try stream.feed(try file.read(0, Record.headerSize * 2 + RecordingLimits.maximumHeaderBody))
        } catch let error as RecordingKeyError {
            throw CommandFailure("\(path): \(error)")
        }
        guard let keys else {
            throw CommandFailure(
                "\(path) cannot be read: \(stream.readError.map { "\($0)" } ?? "it has no header")",
                hint: "see sallyport recording verify", status: .verificationFailed)
        }
        return OpenedRecording(
            name: path, reel: try Reel(keys: keys, file: file.read), file: file, signingKey: signingKey, signer: signer,
            isLive: false)
    }
}

/// A file that is read in parts.
struct SessionFile {
    private static let pieceBytes = 256 * 1024

    private let descriptor: SharedDescriptor

    /// Nil if it can't be opened; `errno` says why.
    init?(path: String) {
        let number = Glibc.open(path, O_RDONLY | O_CLOEXEC)
        guard number >= 0 else { return nil }
        self.descriptor = SharedDescriptor(OwnedDescriptor(takingOwnershipOf: number))
    }

    private init(_ descriptor: SharedDescriptor) { self.descriptor = descriptor }

    /// A new file for this user alone, without a name, gone with the process.
    static func temporary() throws -> SessionFile {
        let directory = getenv("TMPDIR").map { String(cString: $0) } ?? "/var/tmp"
        var path = (directory + "/sallyport-XXXXXX").utf8CString
        let number = path.withUnsafeMutableBufferPointer { path in
            // utf8CString ends with a zero, so there is an address.
            guard let start = path.baseAddress else { return CInt(-1) }
            let number = mkstemp(start)
            if number >= 0 {
                unlink(start)
                _ = fcntl(number, F_SETFD, FD_CLOEXEC)
            }
            return number
        }
        guard number >= 0 else {
            throw CommandFailure(
                "cannot make a temporary file in \(directory): \(String(cString: strerror(errno)).lowercased())",
                hint: "set TMPDIR to a directory with room for the recording")
        }
        return SessionFile(SharedDescriptor(OwnedDescriptor(takingOwnershipOf: number)))
    }

    /// Adds to the end of a temporary file.
    func append(_ bytes: some Collection<UInt8>) throws {
        var rest = Array(bytes)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { write(self.descriptor.rawValue, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw Self.failure("keep a copy of the recording") }
            rest = rest.dropFirst(count)
        }
    }

    /// Up to `count` bytes from `offset` on; fewer at the end of the file.
    func read(_ offset: UInt64, _ count: Int) throws -> [UInt8] {
        guard let offset = off_t(exactly: offset) else { return [] }
        var result = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
            repeat {
                result = pread(self.descriptor.rawValue, buffer.baseAddress, count, offset)
            } while result < 0 && errno == EINTR
            initialized = max(result, 0)
        }
        guard result >= 0 else { throw Self.failure("read the recording") }
        return bytes
    }

    /// Hands over the whole file in pieces.
    func readAll(_ take: ([UInt8]) throws -> Void) throws {
        var offset: UInt64 = 0
        while true {
            let bytes = try self.read(offset, Self.pieceBytes)
            if bytes.isEmpty { return }
            try take(bytes)
            offset += UInt64(bytes.count)
        }
    }

    private static func failure(_ action: String) -> CommandFailure {
        CommandFailure("cannot \(action): \(String(cString: strerror(errno)).lowercased())")
    }
}
