import RecordingFormat
import RecordingKeys
import Testing

@Suite("a track of its own for what is typed")
struct InputTrackTests {
    private static let typed = "Tr0ub4dor&3"

    private static func isInput(_ event: RecordedEvent) -> Bool {
        switch event.body {
        case .input, .withheld, .revealed, .masked: true
        default: false
        }
    }

    /// Typing and output in turns, with pauses, large pieces and several events in a write.
    private static func session(hasInputTrack: Bool) throws -> TestRecording {
        let recording = try TestRecording(hasInputTrack: hasInputTrack)
        for round in 0..<300 {
            let time = UInt64(round) * 700_000
            let line = Array("\(round) \(self.typed) \(round * 7)\r".utf8)
            try recording.append(RecordedEvent(time: time, channel: 1, body: .withheld(bytes: UInt64(line.count))))
            try recording.append(
                RecordedEvent(time: time + 5, channel: 1, body: .output(Array("shown \(round) and more of it".utf8))),
                RecordedEvent(time: time + 5, channel: 1, body: .revealed(line)),
                RecordedEvent(time: time + 5, channel: 2, body: .output([65])),
                RecordedEvent(time: time + 6, channel: 1, body: .masked(bytes: 3)))
            if round % 50 == 7 {
                let upload = [UInt8](repeating: UInt8(round & 0xff), count: 200_000)
                try recording.input(upload, at: time + 10, channel: 3)
            }
            if round % 40 == 3 { try recording.checkpoint(after: time / 1_000_000) }
        }
        try recording.seal()
        return recording
    }

    @Test("with both keys all events come back in their order, as from a file with one track")
    func both() throws {
        let (split, whole) = (try Self.session(hasInputTrack: true), try Self.session(hasInputTrack: false))
        let contents = try split.read()
        #expect(contents.events == (try whole.read().events))
        #expect(contents.badRecords.isEmpty && contents.report.isComplete)
        #expect(split.header.hasInputTrack && !whole.header.hasInputTrack)
    }

    @Test("with the main key alone all comes back but what was typed, and says whose that is")
    func mainOnly() throws {
        let recording = try Self.session(hasInputTrack: true)
        let all = try recording.read().events
        let contents = try recording.read(withInput: false)
        #expect(contents.events == all.filter { !Self.isInput($0) })
        #expect(contents.badRecords.isEmpty && contents.report.isComplete)
        #expect(contents.metadata?["user"] == Array("alice".utf8))
        let reader = try #require(recording.input?.identity.recipient.fingerprint)
        #expect(recording.header.inputReaders(without: recording.subkeys.withoutInput) == [reader])
        #expect(recording.header.inputReaders(without: recording.subkeys) == nil)
        // The file has no byte in clear, and the main key's events none that was typed.
        let shown = contents.events.flatMap { event -> [UInt8] in
            if case .output(let bytes) = event.body { return bytes }
            return []
        }
        #expect(!String(decoding: shown, as: UTF8.self).contains(Self.typed))
    }

    @Test("reading can begin at any key frame of either track, with both keys and with one", arguments: [true, false])
    func keyFrames(withInput: Bool) throws {
        let recording = try TestRecording(hasInputTrack: true)
        // Three minutes in which nothing is shown, after a minute in which nothing is typed.
        for round in 0..<60 {
            try recording.output(Array("line \(round) of the output\r\n".utf8), at: UInt64(round) * 1_000_000)
        }
        for round in 60..<240 {
            try recording.input(Array("line \(round) of what is typed\r".utf8), at: UInt64(round) * 1_000_000)
        }
        try recording.output([65], at: 240_000_000)
        var parser = RecordParser()
        parser.append(recording.file)
        var records: [Record] = []
        while let record = try parser.next() { if record.isFrame { records.append(record) } }
        func decode(from number: Int) throws -> [RecordedEvent] {
            let decoder = FrameDecoder(keys: withInput ? recording.subkeys : recording.subkeys.withoutInput)
            decoder.startAtFrame(UInt64(number))
            return try records[number...].flatMap { try decoder.events(of: $0) }
        }
        let all = try decode(from: 0)
        #expect(all.count == (withInput ? 241 : 61))
        let keys = records.indices.filter { index in
            if case .frame(_, isKey: true, _) = records[index].kind { return true }
            return false
        }
        #expect(keys.count == 5)
        for key in keys {
            let events = try decode(from: key)
            #expect(events == Array(all.suffix(events.count)) && events.first?.time ?? 0 >= UInt64(key) * 1_000_000)
            if withInput { #expect(events.count == records.count - key) }
        }
    }

    @Test("an altered frame of one track takes nothing away from the other", arguments: [RecordingTrack.main, .input])
    func altered(track: RecordingTrack) throws {
        let recording = try Self.session(hasInputTrack: true)
        var parser = RecordParser()
        parser.append(recording.file)
        var place: Record?
        while let record = try parser.next() {
            if case .frame(track, isKey: false, _) = record.kind, place == nil { place = record }
        }
        let record = try #require(place)
        var file = recording.file
        file[Int(record.end) - 1] ^= 1
        let sound = try recording.read()
        let contents = try recording.read(file)
        #expect(contents.badRecords.map(\.offset) == [record.offset])
        func other(_ events: [RecordedEvent]) -> [RecordedEvent] {
            events.filter { Self.isInput($0) == (track == .main) }
        }
        #expect(other(contents.events) == other(sound.events))
        // From the next key frame on all is there again.
        #expect(contents.events.count < sound.events.count && contents.events.suffix(500) == sound.events.suffix(500))
    }

    @Test("nobody but the recipients of a track opens it, and the keystrokes alone open nothing")
    func identities() throws {
        let recording = try TestRecording.small(hasInputTrack: true)
        let officer = try #require(recording.input?.identity)
        let auditor = recording.identity
        func events(_ identities: RecordingIdentity...) throws -> Int {
            try RecordingReader.read(recording.file) { try RecordingIdentity.subkeys(of: identities, for: $0) }
                .events.count
        }
        let all = try recording.read().events
        #expect(try events(auditor) == all.count { !Self.isInput($0) })
        #expect(try events(auditor, officer) == all.count && (try events(officer, auditor)) == all.count)
        #expect(throws: RecordingKeyError.inputRecipient) { try events(officer) }
        #expect(throws: RecordingKeyError.notARecipient) { try events(RecordingIdentity()) }
    }

    @Test("one identity that is a recipient of both opens both")
    func oneIdentity() throws {
        let officer = RecordingIdentity()
        let (key, inputKey, fileID) = (RecordingKey.random(), RecordingKey.random(), FileID.random())
        let header = try RecordingHeader(
            fileID: fileID, started: 1, signingKey: [UInt8](repeating: 1, count: 32), fileKey: key,
            recipients: [RecordingIdentity().recipient, officer.recipient], input: (inputKey, [officer.recipient]))
        let found = try officer.subkeys(for: header)
        let expected = RecordingSubkeys(fileKey: key, inputFileKey: inputKey, fileID: fileID)
        #expect(found.encoded() == expected.encoded())
        let (left, right) = (try #require(found.input), try #require(expected.input))
        #expect(left.withUnsafeBytes { Array($0) } == right.withUnsafeBytes { Array($0) })
        #expect(left.withUnsafeBytes { Array($0) } != found.frames.withUnsafeBytes { Array($0) })
    }

    @Test("a worker that writes frames of an input track where there is none breaks the rules")
    func misconduct() throws {
        let other = try TestRecording(hasInputTrack: true)
        try other.output([65], at: 1)
        let start = other.file.count
        try other.input([66], at: 2)
        let frame = Array(other.file[start...])
        #expect(try other.read().events.count == 2)
        let recording = try TestRecording()
        try recording.output([65], at: 1)
        #expect(throws: RecordingError.self) { try recording.notary.observe(frame) }
    }

    @Test("every prefix of a file with two tracks is a recording up to its last whole record")
    func prefixes() throws {
        let recording = try TestRecording.small(hasInputTrack: true)
        let all = try recording.read().events
        for end in stride(from: recording.writes[0], to: recording.file.count, by: 3) {
            let contents = try recording.read(Array(recording.file[..<end]))
            #expect(contents.badRecords.isEmpty && all.starts(with: contents.events))
        }
    }
}
