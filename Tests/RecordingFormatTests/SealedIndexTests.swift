import Crypto
import RecordingFormat
import Testing

@Suite struct SealedIndexTests {
    private let recording: TestRecording
    private let content = (0..<3000).map { UInt8(truncatingIfNeeded: $0) }

    init() throws { self.recording = try TestRecording.small() }

    private static func read(_ file: [UInt8]) -> FrameReader.Read {
        { offset, count in Array(file.dropFirst(Int(offset)).prefix(count)) }
    }

    private func sealed(of recording: TestRecording? = nil, signer: Curve25519.Signing.PrivateKey?) throws -> [UInt8] {
        let recording = recording ?? self.recording
        let read = Self.read(recording.file)
        let offset = try #require(try FrameMap(read).seal)
        let subject = try #require(try SealedRecording(read, sealOffset: offset))
        let sign = signer.map { TestRecording.sign(with: $0) }
        return try #require(
            try SealedIndex.seal(self.content, of: subject, keys: recording.subkeys, sign: sign))
    }

    private func open(
        _ index: [UInt8], of file: [UInt8]? = nil, keys: RecordingSubkeys? = nil, signer: [UInt8]? = nil,
        acceptsUnsigned: Bool = false
    ) throws -> [UInt8]? {
        try SealedIndex.open(
            index, of: Self.read(file ?? self.recording.file), keys: keys ?? self.recording.subkeys, signer: signer,
            acceptsUnsigned: acceptsUnsigned)
    }

    @Test("what the gateway signed opens for its recording alone, and with its keys alone")
    func signed() throws {
        let index = try self.sealed(signer: self.recording.signer)
        #expect(try self.open(index) == self.content)
        #expect(try self.open(index, signer: self.recording.signingKey) == self.content)
        let other = try TestRecording.small(signer: self.recording.signer)
        #expect(try self.open(index, of: other.file, signer: self.recording.signingKey) == nil)
        #expect(try self.open(index, keys: other.subkeys, signer: self.recording.signingKey) == nil)
        #expect(try self.open(index, of: self.recording.file + [0]) == nil)
        #expect(try self.open(index, of: Array(self.recording.file.dropLast())) == nil)
        #expect(try self.open(index, of: []) == nil)
    }

    @Test("where the gateway's key is known, its signature must be there, unless the reader says otherwise")
    func trust() throws {
        let stranger = Curve25519.Signing.PrivateKey()
        let forged = try self.sealed(signer: stranger)
        #expect(try self.open(forged) == nil)
        #expect(try self.open(forged, signer: self.recording.signingKey) == nil)
        #expect(try self.open(forged, signer: self.recording.signingKey, acceptsUnsigned: true) == nil)
        let unsigned = try self.sealed(signer: nil)
        #expect(try self.open(unsigned) == self.content)
        #expect(try self.open(unsigned, signer: self.recording.signingKey) == nil)
        #expect(try self.open(unsigned, signer: self.recording.signingKey, acceptsUnsigned: true) == self.content)
    }

    @Test("no changed, missing or added byte is accepted", arguments: [true, false])
    func altered(isSigned: Bool) throws {
        let index = try self.sealed(signer: isSigned ? self.recording.signer : nil)
        // The signature's place means nothing in one that is not signed.
        let unused = isSigned ? 0..<0 : 69..<133
        for place in index.indices where !unused.contains(place) {
            var altered = index
            altered[place] ^= 4
            #expect(try self.open(altered) == nil)
        }
        for count in [0, 3, 60, 68, 132, 140, 150, index.count - 1] {
            #expect(try self.open(Array(index.prefix(count))) == nil)
        }
        #expect(try self.open(index + [0]) == nil)
    }

    @Test("an index that would be too large is not made, and a file that is not sealed has none")
    func limits() throws {
        let read = Self.read(self.recording.file)
        let offset = try #require(try FrameMap(read).seal)
        let subject = try #require(try SealedRecording(read, sealOffset: offset))
        let large = [UInt8](repeating: 0, count: SealedIndex.maximumBytes)
        #expect(try SealedIndex.seal(large, of: subject, keys: self.recording.subkeys, sign: nil) == nil)
        #expect(try FrameMap(Self.read(try TestRecording().file)).seal == nil)
        #expect(SealedIndex.path(of: "a/b.spr") == "a/b.spx" && SealedIndex.path(of: "c") == "c.spx")
    }

    @Test("packed bytes come back, and no others do harm")
    func packing() {
        for count in [0, 1, 1000, 100_000] {
            let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 7) }
            let packed = PackedBytes.pack(bytes)
            #expect(PackedBytes.unpack(packed[...], limit: count) == bytes)
            if count > 0 { #expect(PackedBytes.unpack(packed[...], limit: count - 1) == nil) }
            #expect(PackedBytes.unpack(packed.dropLast(), limit: count) == nil)
        }
        #expect(PackedBytes.unpack([], limit: 10) == nil)
        #expect(PackedBytes.unpack([1, 2, 3, 4, 5, 6, 7, 8, 9], limit: 10) == nil)
    }
}
