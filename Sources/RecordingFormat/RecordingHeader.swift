/// The file key as wrapped for one recipient by HPKE.
public struct WrappedKey: Hashable, Sendable {
    public static let keyIDSize = 8
    public static let encapsulatedSize = 32
    public static let wrappedSize = 48
    static let size = keyIDSize + encapsulatedSize + wrappedSize

    /// First 8 bytes of SHA-256 of the recipient's public key.
    public let keyID: [UInt8]
    /// HPKE `enc`.
    public let encapsulatedKey: [UInt8]
    /// HPKE ciphertext of the file key.
    public let wrappedKey: [UInt8]

    /// The recipient, as people are told of them: ``keyID`` in hexadecimal.
    public var fingerprint: String { Self.fingerprint(of: self.keyID) }

    public static func fingerprint(of keyID: [UInt8]) -> String { HexText.encode(keyID) }

    public init(keyID: [UInt8], encapsulatedKey: [UInt8], wrappedKey: [UInt8]) {
        precondition(
            keyID.count == Self.keyIDSize && encapsulatedKey.count == Self.encapsulatedSize
                && wrappedKey.count == Self.wrappedSize,
            "key ids, X25519 keys and wrapped file keys have fixed sizes")
        self.keyID = keyID
        self.encapsulatedKey = encapsulatedKey
        self.wrappedKey = wrappedKey
    }
}

/// The first record. See docs/recording-format.md section 3.
public struct RecordingHeader: Hashable, Sendable {
    public struct Track: Hashable, Sendable {
        /// As in ``RecordingTrack``; others are of later versions.
        public let number: UInt8
        public let recipients: [WrappedKey]

        public init(number: UInt8, recipients: [WrappedKey]) {
            precondition(recipients.count <= RecordingLimits.maximumRecipients, "configuration bounds the recipients")
            self.number = number
            self.recipients = recipients
        }
    }

    /// Size of an Ed25519 public key, in bytes.
    public static let signingKeySize = 32
    /// With one track, for nobody.
    static let minimumBody = 4 + FileID.size + 8 + signingKeySize + 1 + 2

    public let fileID: FileID
    /// Wall clock at event time 0, in nanoseconds since 1970.
    public let started: UInt64
    /// The gateway's Ed25519 public key.
    public let signingKey: [UInt8]
    public let tracks: [Track]

    /// - Parameters:
    ///   - recipients: of the main track.
    ///   - inputRecipients: of the input track; empty for a file without one.
    public init(
        fileID: FileID, started: UInt64, signingKey: [UInt8], recipients: [WrappedKey],
        inputRecipients: [WrappedKey] = []
    ) {
        precondition(signingKey.count == Self.signingKeySize, "an Ed25519 public key has 32 bytes")
        self.fileID = fileID
        self.started = started
        self.signingKey = signingKey
        var tracks = [Track(number: RecordingTrack.main.rawValue, recipients: recipients)]
        if !inputRecipients.isEmpty {
            tracks.append(Track(number: RecordingTrack.input.rawValue, recipients: inputRecipients))
        }
        self.tracks = tracks
    }

    /// Whether what was typed stands in a track of its own.
    public var hasInputTrack: Bool { self.tracks.contains { $0.number == RecordingTrack.input.rawValue } }

    /// Fingerprints of those who can read what was typed, if `keys` can't; nil if they can, or verify only.
    public func inputReaders(without keys: RecordingSubkeys?) -> [String]? {
        guard self.hasInputTrack, let keys, keys.input == nil else { return nil }
        return self.recipients(of: .input).map(\.fingerprint)
    }

    /// Who can read `track`.
    public func recipients(of track: RecordingTrack) -> [WrappedKey] {
        self.tracks.filter { $0.number == track.rawValue }.flatMap(\.recipients)
    }

    /// What the wrapped keys of `track` are bound to (HPKE `info`).
    public static func wrappingInfo(fileID: FileID, started: UInt64, signingKey: [UInt8], track: RecordingTrack)
        -> [UInt8]
    {
        var out = ByteWriter()
        out.raw("sallyport recording v1 file key".utf8)
        out.raw(fileID.bytes)
        out.fixed(started)
        out.raw(signingKey)
        out.fixed(track.rawValue)
        return out.bytes
    }

    /// The whole record.
    var record: [UInt8] {
        var out = ByteWriter()
        out.fixed(UInt32(0))
        out.raw(self.fileID.bytes)
        out.fixed(self.started)
        out.raw(self.signingKey)
        out.fixed(UInt8(self.tracks.count))
        for track in self.tracks {
            out.fixed(track.number)
            out.fixed(UInt8(track.recipients.count))
            for recipient in track.recipients {
                out.raw(recipient.keyID)
                out.raw(recipient.encapsulatedKey)
                out.raw(recipient.wrappedKey)
            }
        }
        return Record.encode(.header, body: out.bytes)
    }

    /// - Throws: `unsupported`, `header`.
    public init(_ record: Record) throws(RecordingError) {
        var reader = ByteReader(record.body)
        guard record.kind == .header, let features = reader.fixed(UInt32.self) else { throw Self.malformed(record) }
        guard features == 0 else {
            throw RecordingError(.unsupported, at: record.offset, "the file needs a newer version of this program")
        }
        guard let fileID = reader.raw(FileID.size).flatMap({ FileID($0) }), let started = reader.fixed(UInt64.self),
            let signingKey = reader.raw(Self.signingKeySize), let trackCount = reader.byte(),
            (1...RecordingLimits.maximumTracks).contains(Int(trackCount))
        else { throw Self.malformed(record) }
        var tracks: [Track] = []
        for _ in 0..<trackCount {
            guard let number = reader.byte(), let count = reader.byte(), count <= RecordingLimits.maximumRecipients,
                reader.remaining >= Int(count) * WrappedKey.size
            else { throw Self.malformed(record) }
            var recipients: [WrappedKey] = []
            for _ in 0..<count {
                guard let keyID = reader.raw(WrappedKey.keyIDSize),
                    let encapsulated = reader.raw(WrappedKey.encapsulatedSize),
                    let wrapped = reader.raw(WrappedKey.wrappedSize)
                else { throw Self.malformed(record) }
                recipients.append(
                    WrappedKey(
                        keyID: Array(keyID), encapsulatedKey: Array(encapsulated), wrappedKey: Array(wrapped)))
            }
            tracks.append(Track(number: number, recipients: recipients))
        }
        self.fileID = fileID
        self.started = started
        self.signingKey = Array(signingKey)
        self.tracks = tracks
    }

    private static func malformed(_ record: Record) -> RecordingError {
        RecordingError(.header, at: record.offset, "the header is not well formed")
    }
}
