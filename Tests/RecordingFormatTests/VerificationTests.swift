import Crypto
import RecordingFormat
import RecordingKeys
import Testing

@Suite("verification")
struct VerificationTests {
    private func verify(_ file: some Collection<UInt8>, signer: [UInt8]? = nil) -> VerificationReport {
        let verifier = RunningVerifier(expectedSigner: signer)
        verifier.feed(file)
        return verifier.finish()
    }

    @Test("a sealed file is complete and says how it ended")
    func complete() throws {
        let recording = try TestRecording.small()
        let report = self.verify(recording.file, signer: recording.signingKey)
        let ending = RecordingEnding(.killed, by: Array("bob".utf8), reason: Array("test".utf8))
        #expect(report.verdict == .complete(ending))
        #expect(report.word == "complete")
        #expect(report.frames == recording.encoder.frames)
        #expect(report.size == UInt64(recording.file.count))
    }

    @Test("the hash of the seal is what sha256sum would print")
    func plainHash() throws {
        let recording = try TestRecording.small()
        let seal = recording.writes[recording.writes.count - 2]
        let digest = Array(SHA256.hash(data: recording.file[..<seal]))
        let stated = Array(recording.file[(seal + 3 + 16 + 4 + 24)...].prefix(32))
        #expect(digest == stated)
    }

    @Test("no changed byte goes unnoticed", arguments: [UInt8(0x01), 0x80, 0xff])
    func everyByte(mask: UInt8) throws {
        let recording = try TestRecording.small()
        var words: Set<String> = []
        for index in recording.file.indices {
            var altered = recording.file
            altered[index] ^= mask
            let report = self.verify(altered)
            guard case .failed(let failure) = report.verdict else {
                Issue.record("byte \(index) changed: \(report)")
                continue
            }
            words.insert(failure.rawValue)
            if failure == .altered, let affected = report.affected {
                #expect(affected.contains(UInt64(index)), "byte \(index): \(report)")
            }
            if failure == .cut {
                Issue.record("byte \(index) changed looks like a cut: \(report)")
            }
            // With the key, the same byte by byte: the reader must survive, and give no event that was not recorded.
            let contents = try recording.read(altered)
            #expect(contents.report == report)
        }
        #expect(words.isSuperset(of: ["not a recording", "altered", "seal"]), "\(words)")
    }

    @Test("the interval of a change is named, and its frame with the key")
    func location() throws {
        let recording = try TestRecording.small()
        let start = recording.writes[3]  // the first frame after the first checkpoint
        var altered = recording.file
        altered[start + 10] ^= 1
        let report = self.verify(altered)
        #expect(report.verdict == .failed(.altered))
        #expect(report.interval == 2)
        #expect(report.affected?.contains(UInt64(start + 10)) == true)
        #expect(report.vouched?.checkpoint == 1)
        let contents = try recording.read(altered)
        #expect(contents.badRecords.map(\.frame) == [2])
        #expect(contents.badRecords.first?.offset == UInt64(start))
    }

    @Test("cut anywhere, a file is cut, says up to where it is sound, and yields the events of its whole frames")
    func everyLength() throws {
        let recording = try TestRecording.small()
        let all = try recording.read().events
        for length in 0..<recording.file.count {
            let cut = Array(recording.file[..<length])
            let contents = try recording.read(cut)
            #expect(contents.report.verdict == .failed(.cut), "\(length): \(contents.report)")
            #expect(contents.events == Array(all.prefix(contents.events.count)))
            let torn = length - (recording.writes.last { $0 <= length } ?? 0)
            if length >= recording.writes[0] { #expect(contents.report.tornBytes == UInt64(torn)) }
            let live = RunningVerifier()
            live.feed(cut)
            #expect(live.report.verdict == .live)
            #expect((live.report.vouched != nil) == (length >= recording.writes[0]))
        }
        // All but the seal: every event is there.
        let unsealed = Array(recording.file[..<recording.writes[recording.writes.count - 2]])
        #expect(try recording.read(unsealed).events == all)
    }

    @Test("swapped frames are named")
    func swappedFrames() throws {
        let recording = try TestRecording.small()
        let (a, b, c) = (recording.writes[3], recording.writes[4], recording.writes[5])
        let swapped = recording.file[..<a] + recording.file[b..<c] + recording.file[a..<b] + recording.file[c...]
        let report = self.verify(swapped)
        #expect(report.verdict == .failed(.altered))
        #expect(report.interval == 2)
        #expect(try recording.read(Array(swapped)).badRecords.first?.frame == 2)
    }

    @Test("a frame taken out, or put in twice, is named")
    func missingFrame() throws {
        let recording = try TestRecording.small()
        let (a, b) = (recording.writes[3], recording.writes[4])
        for file in [
            recording.file[..<a] + recording.file[b...],
            recording.file[..<b] + recording.file[a...],
        ] {
            let report = self.verify(file)
            #expect(report.verdict == .failed(.altered))
            #expect(report.interval == 2)
        }
    }

    @Test("a whole interval taken out is named")
    func missingInterval() throws {
        let recording = try TestRecording.small()
        let file = recording.file[..<recording.writes[3]] + recording.file[recording.writes[13]...]
        #expect(self.verify(file).verdict == .failed(.altered))
    }

    @Test("anything after the seal is named", arguments: [1, 4, 5_000])
    func trailingData(count: Int) throws {
        let recording = try TestRecording.small()
        let junk = [UInt8](repeating: 0x10, count: count)
        #expect(self.verify(recording.file + junk).verdict == .failed(.trailingData))
        let live = RunningVerifier()
        live.feed(recording.file)
        #expect(live.report.isComplete)
        live.feed(junk)
        #expect(live.report.verdict == .failed(.trailingData))
    }

    @Test("junk in place of the end is altered, not cut")
    func junkAtTheEnd() throws {
        let recording = try TestRecording.small()
        let file = recording.file[..<recording.writes[8]] + [UInt8](repeating: 0xee, count: 900)
        let report = self.verify(file)
        #expect(report.verdict == .failed(.altered))
        #expect(report.vouched?.checkpoint == 1)
    }

    @Test("records of another file are named as spliced, or as altered")
    func splicedFiles() throws {
        let signer = Curve25519.Signing.PrivateKey()
        let one = try TestRecording.small(signer: signer)
        let two = try TestRecording.small(signer: signer)
        // From its first checkpoint on, the other one's: same gateway, genuine signatures.
        let spliced = one.file[..<one.writes[2]] + two.file[two.writes[2]...]
        #expect(self.verify(spliced).verdict == .failed(.spliced))
        // One frame only.
        let (a, b) = (one.writes[3], one.writes[4])
        let frame = two.file[two.writes[3]..<two.writes[4]]
        #expect(frame.count == b - a)
        #expect(self.verify(one.file[..<a] + frame + one.file[b...]).verdict == .failed(.altered))
        // The other one's seal.
        let seal = two.file[two.writes[two.writes.count - 2]...]
        let other = one.file[..<one.writes[one.writes.count - 2]] + seal
        #expect(self.verify(other).verdict == .failed(.spliced))
    }

    @Test("a file signed by somebody else is named, if one knows who should have signed")
    func wrongSigner() throws {
        let recording = try TestRecording.small()
        let other = try TestRecording.small()
        #expect(self.verify(recording.file, signer: other.signingKey).verdict == .failed(.wrongSigner))
        #expect(self.verify(recording.file).isComplete)
    }

    @Test("an earlier checkpoint repeated later does not vouch")
    func repeatedCheckpoint() throws {
        let recording = try TestRecording.small()
        let checkpoint = recording.file[recording.writes[2]..<recording.writes[3]]
        let end = recording.writes[recording.writes.count - 2]
        let file = recording.file[..<end] + checkpoint + recording.file[end...]
        #expect(self.verify(file).verdict == .failed(.altered))
    }

    @Test("records of a reserved type are skipped by readers")
    func reservedRecords() throws {
        let recording = try TestRecording.small()
        let end = recording.writes[recording.writes.count - 2]
        let file = recording.file[..<end] + [0x55, 3, 1, 2, 3]
        let contents = try recording.read(Array(file))
        #expect(contents.events == (try recording.read().events))
        #expect(contents.report.verdict == .failed(.cut))
    }

    @Test("verification does not depend on how the bytes are cut", arguments: [1, 2, 7, 64, 1_000])
    func pieces(size: Int) throws {
        let recording = try TestRecording.small()
        for index in stride(from: 0, to: recording.file.count, by: 97) {
            var file = recording.file
            if index > 0 { file[index] ^= 4 }
            let whole = self.verify(file)
            let verifier = RunningVerifier()
            for start in stride(from: 0, to: file.count, by: size) {
                verifier.feed(file[start..<min(start + size, file.count)])
            }
            let pieces = verifier.finish()
            #expect(pieces.verdict == whole.verdict)
            #expect(pieces.vouched == whole.vouched)
            #expect(pieces.interval == whole.interval)
        }
    }

    @Test("random bytes never trap a reader")
    func randomBytes() throws {
        var generator = SystemRandomNumberGenerator()
        let recording = try TestRecording.small()
        for _ in 0..<500 {
            var file = recording.file
            let start = Int.random(in: 0..<file.count, using: &generator)
            for index in start..<min(file.count, start + Int.random(in: 1...40, using: &generator)) {
                file[index] = UInt8.random(in: 0...255, using: &generator)
            }
            if file != recording.file { #expect(try !recording.read(file).report.isComplete) }
        }
    }
}
