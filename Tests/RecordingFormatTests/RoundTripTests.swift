import RecordingFormat
import RecordingKeys
import Testing

@Suite("round trip")
struct RoundTripTests {
    static let text = Array("some text \u{fe}".utf8) + [0, 0xff, 0x80]
    static let bodies: [EventBody] = [
        .channelOpened(type: text), .channelRefused(type: text, reason: 4, text: text), .channelClosed,
        .request(
            .pty(terminal: text, columns: 80, rows: 24, widthPixels: .max, heightPixels: 0, modes: [1, 0, 0, 0, 1, 0])),
        .request(.environment(name: text, value: [])), .request(.shell), .request(.exec(command: text)),
        .request(.subsystem(name: text)),
        .request(.windowChange(columns: 1, rows: 2, widthPixels: 3, heightPixels: 4)), .request(.signal(name: text)),
        .request(.breakSignal(milliseconds: 500)), .request(.agentForwarding), .request(.x11),
        .request(.other(name: text, payload: text)), .requestAnswered(accepted: true),
        .requestAnswered(accepted: false), .input(text), .output(text), .stderr(text), .input([]),
        .endOfFile(.toTarget), .endOfFile(.toClient), .exitStatus(255),
        .exitSignal(name: text, coreDumped: true, message: text),
        .forwardOpened(host: text, port: 22, originHost: text, originPort: 65_535),
        .fileOperation(FileOperation(path: text, size: .max, sha256: text, direction: .toClient)),
        .withheld(bytes: 3), .revealed(text), .masked(bytes: .max), .control(.locked(by: text)),
        .control(.unlocked(by: text)), .control(.message(from: text, text: text)),
        .control(.watcherJoined(name: text)), .control(.watcherLeft(name: text)),
        .control(.killed(by: text, reason: text)), .control(.inputDropped(bytes: 9)),
        .control(.inputBy(name: text, offset: 1 << 40, bytes: 9)), .marker(text: text),
        .omitted(.toTarget, bytes: .max), .omitted(.toClient, bytes: 0),
        .fileChange(FileChange(kind: .rename, status: 0, path: text, detail: text)),
        .fileChange(FileChange(kind: .attributes, status: .max, path: text)),
        .targetRequest(name: text, wantsReply: true, payload: text),
        .targetRequest(name: text, wantsReply: false, payload: []), .unknown(kind: 63, payload: text),
        .unknown(kind: 0, payload: []),
    ]

    static var events: [RecordedEvent] {
        bodies.enumerated().map { index, body in
            RecordedEvent(time: UInt64(index * index) * 1_000, channel: UInt32(index % 3), body: body)
        }
    }

    @Test("every kind of event comes back as it was, one frame for each")
    func eachKind() throws {
        let recording = try TestRecording()
        for event in Self.events { try recording.append(event) }
        try recording.seal()
        let contents = try recording.read()
        #expect(contents.events == Self.events)
        #expect(contents.report.isComplete)
        #expect(contents.badRecords.isEmpty)
        #expect(contents.metadata?["user"] == Array("alice".utf8))
        #expect(contents.header == recording.header)
    }

    @Test("every kind of event comes back from one frame, fed byte by byte")
    func byteByByte() throws {
        let recording = try TestRecording()
        for event in Self.events { try recording.encoder.append(event) }
        try recording.write()
        try recording.seal()
        let stream = RecordingStream(keys: recording.subkeys)
        var events: [RecordedEvent] = []
        for byte in recording.file { events += try stream.feed(CollectionOfOne(byte)) }
        #expect(events == Self.events)
        #expect(stream.finish().isComplete)
    }

    @Test("data larger than a frame are cut into several, in order")
    func largeData() throws {
        let recording = try TestRecording()
        var generator = SystemRandomNumberGenerator()
        let data = (0..<1_000_000).map { _ in UInt8.random(in: 0...255, using: &generator) }
        try recording.output(data, at: 5)
        try recording.seal()
        let contents = try recording.read()
        #expect(joined(contents.events) == data)
        #expect(contents.report.isComplete)
        #expect(contents.report.frames > 4)
    }

    @Test("mixed sizes and kinds survive compression, back-off and key frames", arguments: [1, 100, 5_000, 70_000])
    func mixedData(size: Int) throws {
        let recording = try TestRecording()
        var generator = SystemRandomNumberGenerator()
        var expected: [UInt8] = []
        for round in 0..<60 {
            let isRandom = (round / 20) % 2 == 1
            let data = (0..<size).map { index in
                isRandom ? UInt8.random(in: 0...255, using: &generator) : UInt8((index + round) % 50)
            }
            try recording.output(data, at: UInt64(round) * 3_000_000)
            expected += data
        }
        try recording.seal()
        let contents = try recording.read()
        #expect(joined(contents.events) == expected)
        #expect(contents.events.map(\.time) == (0..<60).map { $0 * 3_000_000 })
    }

    @Test("a decoder can begin at any key frame")
    func keyFrames() throws {
        let recording = try TestRecording()
        for round in 0..<200 {
            let line = Array("line \(round) of the output, and tiny\r\n".utf8)
            try recording.output(round % 3 == 0 ? [65] : line, at: UInt64(round) * 1_000_000)
        }
        var parser = RecordParser()
        parser.append(recording.file)
        var records: [Record] = []
        while let record = try parser.next() { if record.isFrame { records.append(record) } }
        let all = try decode(records[...], from: 0, recording)
        #expect(all.count == 200)
        let keys = records.indices.filter { index in
            if case .frame(_, isKey: true, _) = records[index].kind { return true }
            return false
        }
        #expect(keys.count == 4)  // at 0, 60, 120 and 180 s
        for key in keys { #expect(try decode(records[key...], from: key, recording) == Array(all[key...])) }
        // Begun elsewhere, it waits for the next key frame.
        #expect(try decode(records[5...], from: 5, recording) == Array(all[keys[1]...]))
    }

    private func decode(
        _ records: ArraySlice<Record>, from number: Int, _ recording: TestRecording
    ) throws -> [RecordedEvent] {
        let decoder = FrameDecoder(keys: recording.subkeys)
        decoder.startAtFrame(UInt64(number))
        return try records.flatMap { try decoder.events(of: $0) }
    }

    @Test("time never runs backwards")
    func monotonicTime() throws {
        let recording = try TestRecording()
        try recording.output([1], at: 100)
        try recording.output([2], at: 50)
        #expect(try recording.read().events.map(\.time) == [100, 100])
    }

    @Test("memory given back between frames does not show in the file")
    func releasedMemory() throws {
        let recording = try TestRecording()
        let line = Array("alice@web1:~$ and more of the same text\r\n".utf8)
        try recording.output(line, at: 1)
        recording.encoder.releaseMemory()
        try recording.output(line, at: 2)
        try recording.output(line, at: 3)
        #expect(joined(try recording.read().events) == line + line + line)
    }

    @Test("an event at the limit is recorded, one above is refused and leaves no trace")
    func eventLimit() throws {
        let recording = try TestRecording()
        let largest = [UInt8](repeating: 7, count: RecordingLimits.maximumEventPayload)
        try recording.append(RecordedEvent(time: 1, channel: 1, body: .marker(text: largest)))
        #expect(throws: RecordingError.self) {
            try recording.append(RecordedEvent(time: 2, channel: 1, body: .marker(text: largest + [7])))
        }
        #expect(try recording.read().events == [RecordedEvent(time: 1, channel: 1, body: .marker(text: largest))])
    }

    @Test("metadata keeps its order and can be changed")
    func metadata() {
        var metadata = RecordingMetadata()
        for key in ["b", "a", "c", "ab"] { metadata[key] = Array(key.utf8) }
        metadata["c"] = nil
        metadata["b"] = [0xff]
        #expect(metadata.pairs.map { String(decoding: $0.key, as: UTF8.self) } == ["a", "ab", "b"])
        #expect(metadata["b"] == [0xff])
    }
}
