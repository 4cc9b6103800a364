import Crypto
import Glibc
import Platform
import Playback
import RecordingFormat

/// A sealed recording of a ``LongSession`` in a file, with its keys.
struct BenchFile {
    let keys: RecordingSubkeys
    let signingKey: [UInt8]
    /// In bytes.
    let size: Int
    private let descriptor: SharedDescriptor
    private let signer: Curve25519.Signing.PrivateKey

    /// Makes the file at `path`, in place of one that may be there.
    init(path: String, megabytes: Int) throws {
        let descriptor = SharedDescriptor(
            OwnedDescriptor(
                takingOwnershipOf: try SystemError.check(
                    open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600), "open \(path)")))
        let signer = Curve25519.Signing.PrivateKey()
        let fileKey = RecordingKey.random()
        let header = RecordingHeader(
            fileID: .random(), started: 1_700_000_000_000_000_000,
            signingKey: Array(signer.publicKey.rawRepresentation), recipients: [])
        self.keys = RecordingSubkeys(fileKey: fileKey, fileID: header.fileID)
        self.signingKey = header.signingKey
        let (notary, start) = try RecordingNotary.start(
            header: header, metadata: RecordingMetadata(), gatewayKey: self.keys.gateway,
            wallClock: header.started, sign: { Array(try signer.signature(for: $0)) })
        var size = 0
        func write(_ bytes: UnsafeRawBufferPointer) throws {
            var rest = bytes
            while !rest.isEmpty {
                let count = try SystemError.check(
                    Glibc.write(descriptor.rawValue, rest.baseAddress, rest.count), "write \(path)")
                rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(count))
                size += count
            }
        }
        try start.withUnsafeBytes { try write($0) }
        var session = LongSession()
        try session.write(bytes: megabytes * 1_000_000, key: self.keys.frames) { record in
            try notary.observe(Array(record))
            try write(record)
        }
        let seal = try notary.seal(
            RecordingEnding(.closed), wallClock: header.started + LongSession.microseconds * 1000)
        try seal.withUnsafeBytes { try write($0) }
        self.size = size
        self.descriptor = descriptor
        self.signer = signer
    }

    func read(_ offset: UInt64, _ count: Int) throws -> [UInt8] {
        var result = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
            result = pread(self.descriptor.rawValue, buffer.baseAddress, count, off_t(offset))
            initialized = max(result, 0)
        }
        _ = try SystemError.check(result, "read the recording")
        return bytes
    }

    /// Its index, as the gateway makes it: the content of the index file.
    func index() throws -> [UInt8]? {
        let maker = ReelIndexMaker(keys: self.keys, file: self.read)
        while try maker.next() != nil {}
        guard let content = maker.finish(end: UInt64(self.size)), let offset = try FrameMap(self.read).seal,
            let recording = try SealedRecording(self.read, sealOffset: offset)
        else { return nil }
        return try SealedIndex.seal(content, of: recording, keys: self.keys) {
            Array(try self.signer.signature(for: $0))
        }
    }

    /// Opens it as the player does.
    /// - parameter index: the content of its index file; empty without one.
    func reel(index: [UInt8] = []) throws -> Reel {
        let content = try SealedIndex.open(index, of: self.read, keys: self.keys, signer: self.signingKey)
        return try Reel(keys: self.keys, file: self.read, index: content.flatMap { ReelIndex($0) })
    }

    /// Writes the first half of the session to `path`, for asciinema.
    func exportHalf(to path: String) throws {
        let descriptor = OwnedDescriptor(
            takingOwnershipOf: try SystemError.check(
                open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600), "open \(path)"))
        var cast = Asciicast(Asciicast.Options(channel: 1))
        let reader = FrameReader(keys: self.keys, read: self.read)
        while let piece = try reader.next(), piece.events.allSatisfy({ $0.time < LongSession.microseconds / 2 }) {
            var lines: [UInt8] = []
            for event in piece.events { lines += cast.append(event).utf8 }
            var rest = lines[...]
            while !rest.isEmpty {
                let count = rest.withUnsafeBytes { Glibc.write(descriptor.rawValue, $0.baseAddress, $0.count) }
                rest = rest.dropFirst(try SystemError.check(count, "write \(path)"))
            }
        }
    }
}
