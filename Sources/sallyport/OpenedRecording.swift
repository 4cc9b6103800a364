import AdminAPI
import NIOCore
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
            report: self.isLive ? stream.report : stream.finish(), signer: self.signer,
            typedForOthers: self.reel.typedForOthers)
    }

    /// Who, what and where.
    var title: String { LoadedRecording.title(of: self.reel.metadata, name: self.name) }
}

extension RecordingLoader {
    /// Opens the recording without reading all of it.
    func opened(for purpose: RecordingPurpose, index: IndexUse) async throws -> OpenedRecording {
        switch self.argument.recording {
        case .id(let id): try await self.openFromGateway(id, purpose, index)
        case .file(let path): try await self.openFile(path, purpose, index)
        }
    }

    private func openFromGateway(
        _ id: String, _ purpose: RecordingPurpose, _ use: IndexUse
    ) async throws -> OpenedRecording {
        try self.requireNoFileOptions(id)
        let access = try await self.root.client.openRecording(id, for: purpose)
        guard let keys = try access.subkeys(for: purpose) else {
            throw CommandFailure("the gateway gave no key for \(id)")
        }
        // On the gateway's host the file itself may be readable; else the gateway sends it.
        let local = SessionFile(path: access.recording.path)
        let file = if let local { local } else { try await self.fetch(id) }
        let isLive = access.recording.ended == nil
        let signer = try access.signer()
        var index: ReelIndex?
        if use != .none, !isLive {
            let bytes =
                if local != nil {
                    Self.index(beside: access.recording.path)
                } else {
                    try await self.root.client.recordingIndex(id)
                }
            index = try use.open(bytes, of: file, keys: keys, signer: signer)
        }
        return OpenedRecording(
            name: id, reel: try Reel(keys: keys, file: file.read, index: index), file: file, signingKey: signer,
            signer: .gateway, isLive: isLive)
    }

    /// The index of a recording in a file; empty if there is none.
    private static func index(beside path: String) -> [UInt8] {
        (try? Inputs.file(SealedIndex.path(of: path), limit: SealedIndex.maximumBytes)) ?? []
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

    private func openFile(
        _ path: String, _ purpose: RecordingPurpose, _ use: IndexUse
    ) async throws -> OpenedRecording {
        let (file, keys) = try await self.openedFile(path, purpose)
        let (signingKey, signer) = try self.trustedSigner()
        let index = try use.open(
            use == .none ? [] : Self.index(beside: path), of: file, keys: keys, signer: signingKey)
        return OpenedRecording(
            name: path, reel: try Reel(keys: keys, file: file.read, index: index), file: file,
            signingKey: signingKey, signer: signer, isLive: false)
    }

    /// A session file, and the keys to its content.
    func openedFile(_ path: String, _ purpose: RecordingPurpose) async throws -> (SessionFile, RecordingSubkeys) {
        guard let file = SessionFile(path: path) else { throw Self.failure(path) }
        let keysForHeader = try await self.fileKeys(purpose)
        var keys: RecordingSubkeys?
        let stream = RecordingStream { header in
            keys = try keysForHeader(header)
            return nil
        }
        do {
            _ = try stream.feed(try file.read(0, RecordParser.longestStart))
        } catch let error as RecordingKeyError {
            throw CommandFailure("\(path): \(error)")
        }
        guard let keys else {
            throw CommandFailure(
                "\(path) cannot be read: \(stream.readError.map { "\($0)" } ?? "it has no header")",
                hint: "see sallyport recording verify", status: .verificationFailed)
        }
        return (file, keys)
    }
}
