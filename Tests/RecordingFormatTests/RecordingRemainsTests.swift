import Crypto
import RecordingFormat
import Testing

@Suite("What is left of a deleted recording")
struct RecordingRemainsTests {
    private let recording: TestRecording
    private let remains: RecordingRemains

    init() throws {
        self.recording = try TestRecording.small()
        self.remains = try #require(try Self.remains(of: self.recording.file))
    }

    private static func remains(of file: [UInt8]) throws -> RecordingRemains? {
        try RecordingRemains(of: { offset, count in Array(file.dropFirst(Int(offset)).prefix(count)) })
    }

    @Test("its seal says what the whole file's verification says")
    func seal() throws {
        let verifier = RunningVerifier(expectedSigner: self.recording.signingKey)
        verifier.feed(self.recording.file)
        let report = verifier.finish()
        let finding = try self.remains.verify(expectedSigner: self.recording.signingKey)
        #expect(finding.head.sha256 == report.vouched?.sha256 && finding.fileID == report.header?.fileID)
        #expect(finding.bytes == UInt64(self.recording.file.count))
        #expect(report.verdict == .complete(finding.ending))
        #expect(self.recording.file.starts(with: self.remains.start))
        #expect(self.recording.file.suffix(self.remains.seal.count) == self.remains.seal[...])
        #expect(try Self.remains(of: self.recording.file.dropLast()) == nil)
        #expect(try Self.remains(of: []) == nil)
    }

    @Test("with any byte altered, another gateway's key, or the seal of another file, they don't verify")
    func forged() throws {
        let (start, seal) = (self.remains.start, self.remains.seal)
        for index in seal.indices {
            var altered = seal
            altered[index] ^= 1
            #expect(throws: RecordingError.self) { try RecordingRemains(start: start, seal: altered).verify() }
        }
        for index in start.indices {
            var altered = start
            altered[index] ^= 1
            // What of the header the seal does not speak of, its recipients, is vouched for by the hash alone.
            if let finding = try? RecordingRemains(start: altered, seal: seal)
                .verify(expectedSigner: self.recording.signingKey)
            {
                #expect(finding == (try self.remains.verify()))
            }
        }
        let other = try TestRecording.small(signer: self.recording.signer)
        let theirs = try #require(try Self.remains(of: other.file))
        #expect(throws: RecordingError.self) { try RecordingRemains(start: start, seal: theirs.seal).verify() }
        #expect(throws: RecordingError.self) {
            try self.remains.verify(expectedSigner: Array(Curve25519.Signing.PrivateKey().publicKey.rawRepresentation))
        }
        for cut in [[], Array(seal.dropLast())] {
            #expect(throws: RecordingError.self) { try RecordingRemains(start: start, seal: cut).verify() }
        }
        #expect(throws: RecordingError.self) { try RecordingRemains(start: [], seal: seal).verify() }
    }
}
