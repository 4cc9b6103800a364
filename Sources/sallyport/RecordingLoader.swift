import AdminAPI
import Glibc
import NIOCore
import RecordingFormat
import RecordingKeys

/// A recording that was read as far as it can be read, without its events.
struct LoadedRecording {
    var name: String
    var metadata: RecordingMetadata?
    var badRecords: [RecordingStream.BadRecord]
    var report: VerificationReport
    /// Where the key came from that the signatures were checked with.
    var signer: SignerSource
    /// Fingerprints of those who can read what was typed, if this reader can't.
    var typedForOthers: [String]?
    /// Nanoseconds since 1970 at event time 0.
    var started: UInt64 { self.report.header?.started ?? 0 }
}

/// A recording that can be read, more than once if need be.
struct RereadableRecording {
    /// Reads it from its start and hands over its events as they are decoded.
    let read: (_ take: ([RecordedEvent]) throws -> Void) async throws -> LoadedRecording
}

/// Whom a verification trusts.
enum SignerSource: String {
    /// The running gateway says what its key is.
    case gateway
    /// `--public-key`
    case given
    /// The state directory on this host.
    case stateDirectory = "state_directory"
    /// The recording names its signer itself: proves only that nothing changed since it was signed.
    case recording
}

/// Gets recordings from the gateway or from files, verifies and, if asked to, decrypts them.
struct RecordingLoader {
    let root: Sallyport
    let argument: RecordingArgument
    /// Nil: verify only.
    let decryption: DecryptionOptions?
    /// Sees the bytes of the file as they are read.
    var anchors: AnchoredHeads?

    private static let pieceBytes = 256 * 1024

    /// Reads all of it and hands over its events as they are decoded, so that a long one needs little memory.
    func load(
        for purpose: RecordingPurpose, _ take: ([RecordedEvent]) throws -> Void = { _ in }
    ) async throws -> LoadedRecording {
        try await self.open(for: purpose).read(take)
    }

    /// Gets what is needed to read it, as often as the caller likes: for the gateway it was opened once.
    func open(for purpose: RecordingPurpose) async throws -> RereadableRecording {
        switch self.argument.recording {
        case .id(let id): try await self.openAtGateway(id, purpose)
        case .file(let path): try await self.openFile(path, purpose)
        }
    }

    private func openAtGateway(_ id: String, _ purpose: RecordingPurpose) async throws -> RereadableRecording {
        try self.requireNoFileOptions(id)
        let access = try await self.root.client.openRecording(id, for: purpose)
        let (signer, keys) = (try access.signer(), try access.subkeys(for: purpose))
        return RereadableRecording { take in
            try await self.readFromGateway(id, access, RecordingStream(expectedSigner: signer.bytes, keys: keys), take)
        }
    }

    private func readFromGateway(
        _ id: String, _ access: RecordingAccess, _ stream: RecordingStream, _ take: ([RecordedEvent]) throws -> Void
    ) async throws -> LoadedRecording {
        try await self.root.client.stream(AdminRoutes.recordingContent.path(id)) { piece in
            self.anchors?.feed(piece.readableBytesView)
            try take(try stream.feed(piece.readableBytesView))
            return true
        }
        // What is still being written has no seal yet.
        let report = access.recording.ended == nil ? stream.report : stream.finish()
        return LoadedRecording(
            name: id, metadata: stream.metadata, badRecords: stream.badRecords, report: report, signer: .gateway,
            typedForOthers: stream.typedForOthers)
    }

    func requireNoFileOptions(_ id: String) throws {
        guard self.decryption?.identity.isEmpty != false, self.argument.publicKey == nil else {
            throw CommandFailure(
                "--identity and --public-key are for session files, and \(id) is an id", status: .usage)
        }
    }

    private func openFile(_ path: String, _ purpose: RecordingPurpose) async throws -> RereadableRecording {
        // Said before the gateway is asked for a key.
        guard access(path, R_OK) == 0 else { throw Self.failure(path) }
        let (signer, source) = try self.trustedSigner()
        let keys = try await self.fileKeys(purpose)
        return RereadableRecording { take in
            try self.readFile(path, RecordingStream(expectedSigner: signer?.bytes, keys: keys), source, take)
        }
    }

    private func readFile(
        _ path: String, _ stream: RecordingStream, _ source: SignerSource, _ take: ([RecordedEvent]) throws -> Void
    ) throws -> LoadedRecording {
        let descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw Self.failure(path) }
        defer { close(descriptor) }
        var buffer = [UInt8](repeating: 0, count: Self.pieceBytes)
        while true {
            let count = buffer.withUnsafeMutableBytes { read(descriptor, $0.baseAddress, $0.count) }
            if count == 0 { break }
            guard count > 0 else {
                if errno == EINTR { continue }
                throw Self.failure(path)
            }
            self.anchors?.feed(buffer[..<count])
            do {
                try take(try stream.feed(buffer[..<count]))
            } catch let error as RecordingKeyError {
                throw CommandFailure("\(path): \(error)")
            }
        }
        return LoadedRecording(
            name: path, metadata: stream.metadata, badRecords: stream.badRecords, report: stream.finish(),
            signer: source, typedForOthers: stream.typedForOthers)
    }

    /// The key to check a file's signatures with, nil for the one that the file names.
    func trustedSigner() throws -> (SigningKey?, SignerSource) {
        if let file = self.argument.publicKey { return (try SigningKey(file: file), .given) }
        let file = self.root.signingKeyPath
        guard access(file, R_OK) == 0 else { return (nil, .recording) }
        return (try SigningKey(file: file), .stateDirectory)
    }

    func fileKeys(_ purpose: RecordingPurpose) async throws -> (RecordingHeader) throws -> RecordingSubkeys? {
        guard let decryption = self.decryption else { return { _ in nil } }
        if !decryption.identity.isEmpty {
            let identities = try decryption.identity.map { file in
                let text = String(decoding: try Inputs.file(file, limit: 64 * 1024), as: UTF8.self)
                do {
                    return try RecordingIdentity(text: text)
                } catch {
                    throw CommandFailure("\(file): \(error)", status: .usage)
                }
            }
            return { header in try RecordingIdentity.subkeys(of: identities, for: header) }
        }
        do {
            let access = try await self.root.client.openRecording(self.argument.recording.id, for: purpose)
            let keys = try access.subkeys(for: purpose)
            return { _ in keys }
        } catch let failure as CommandFailure {
            throw CommandFailure(
                "\(self.argument.recording.name) is encrypted, and its gateway gives no key: \(failure.message)",
                hint: "give --identity FILE of one of its recipients, or --state of the gateway that made it",
                status: failure.status == .denied ? .denied : .failed)
        }
    }

    static func failure(_ path: String) -> CommandFailure {
        CommandFailure("cannot read \(path): \(String(cString: strerror(errno)).lowercased())")
    }
}

extension ControlClient {
    /// Opens a recording; the gateway audits it.
    func openRecording(_ id: String, for purpose: RecordingPurpose) async throws -> RecordingAccess {
        try await self.send(
            .POST, AdminRoutes.recordingAccess.path(id), OpenRecordingRequest(purpose: purpose))
    }
}

extension RecordingAccess {
    func signer() throws -> SigningKey {
        guard let key = SigningKey(line: self.signingKey.line) else {
            throw CommandFailure("the gateway's signing key is not one that this version knows")
        }
        return key
    }

    /// Nil for a purpose that needs none.
    func subkeys(for purpose: RecordingPurpose) throws -> RecordingSubkeys? {
        guard purpose.needsKeys else { return nil }
        guard let keys = self.keys, let frames = try? RecordingKey(keys.frames.bytes),
            let gateway = try? RecordingKey(keys.gateway.bytes)
        else { throw CommandFailure("the gateway gave no usable key for the recording") }
        return RecordingSubkeys(
            frames: frames, gateway: gateway, input: keys.input.flatMap { try? RecordingKey($0.bytes) })
    }
}

extension LoadedRecording {
    /// `alice as root on web1`, from the encrypted metadata.
    var title: String { Self.title(of: self.metadata, name: self.name) }

    /// The same of a recording that was not read as a whole; `name` if it has no such metadata.
    static func title(of metadata: RecordingMetadata?, name: String) -> String {
        func value(_ key: String) -> String? {
            metadata?[key].map { Printable.line(String(decoding: $0, as: UTF8.self)) }
        }
        guard let user = value("user"), let account = value("account"), let target = value("target") else {
            return name
        }
        return "\(user) as \(account) on \(target)"
    }

    /// Says on standard error that what was typed is for others, if it is.
    func noteWhatIsSealed() {
        guard let readers = self.typedForOthers else { return }
        StandardError.line("note: what was typed is sealed to \(readers.joined(separator: ", "))")
    }

    /// Says on standard error what is wrong with the recording, and throws if that is so; to be called after the
    /// content was shown, so that nobody takes what was tampered with for sound.
    func confirmVerified() throws {
        if let first = self.badRecords.first {
            StandardError.line("sallyport: warning: \(self.badRecords.count) records cannot be read: \(first.error)")
        }
        guard self.isSound else { throw self.verificationFailure }
    }

    /// Whether it verified, as far as it goes if it is still being written, and could be read.
    var isSound: Bool {
        switch self.report.verdict {
        case .complete, .live: self.badRecords.isEmpty
        case .failed: false
        }
    }

    private var verificationFailure: CommandFailure {
        CommandFailure(
            "\(self.name) does not verify: \(self.report)",
            hint: "what was shown may not be what happened; see sallyport recording verify",
            status: .verificationFailed)
    }
}
