import Playback

@testable import RecordingFormat

// Zeros: what a file is encrypted with makes no difference here, and the same input should do the same.
private let key = (try? RecordingKey(Array(repeating: 0, count: RecordingKey.size))) ?? .random()
private let keys = RecordingSubkeys(frames: key, gateway: key, input: key)

/// Any bytes as a file, and as events in frames of a real one with any bytes after them: the map and the reader of its
/// frames go over it, and the screen at a time is the same from wherever one comes, with the key of an input track or
/// without.
///
/// The first byte says how many events are in a frame (bits 0 to 2), whether there is an input track (bit 6), and whether
/// the bytes are a small session (bit 7) or events as a frame holds them; the second, how much of the end follows the
/// file as it is.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzReel(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    let bytes = Array(UnsafeBufferPointer(start: start, count: count))
    guard bytes.count > 2 else {
        play(RecordParser.magic + bytes)
        return 0
    }
    let events: [RecordedEvent]
    if bytes[0] & 0x80 != 0 {
        events = session(bytes[2...])
    } else {
        play(RecordParser.magic + bytes)
        var decoder = EventDecoder()
        events = (try? decoder.events(Array(bytes[2...]))) ?? []
    }
    guard !events.isEmpty else { return 0 }
    let encoder = FrameEncoder(frameKey: key, inputKey: bytes[0] & 0x40 != 0 ? key : nil)
    var file = RecordParser.magic
    for (index, event) in events.enumerated() {
        guard (try? encoder.append(event)) != nil else { continue }
        guard index % (Int(bytes[0]) % 8 + 1) == 0 else { continue }
        encoder.sealFrame { file += $0 }
    }
    encoder.sealFrame { file += $0 }
    play(file)
    if bytes[1] > 0 { play(file + bytes.suffix(Int(bytes[1]))) }
    return 0
}

/// A session of some events on small screens. Each is a byte that says what it is (bits 0 to 2), on which channel (3 and
/// 4) and how much later than the one before (5 to 7), a byte for its size, and its bytes.
private func session(_ bytes: ArraySlice<UInt8>) -> [RecordedEvent] {
    let pauses: [UInt64] = [0, 1, 1_000, 100_000, 1_000_000, 5_000_000, 61_000_000, 3_600_000_000]
    var rest = bytes
    var time: UInt64 = 0
    var events: [RecordedEvent] = []
    while let head = rest.popFirst(), let size = rest.popFirst() {
        let payload = Array(rest.prefix(Int(size)))
        rest = rest.dropFirst(payload.count)
        time += pauses[Int(head >> 5)]
        let columns = UInt32(payload.first ?? 79) % 160 + 1
        let rows = UInt32(payload.dropFirst().first ?? 23) % 60 + 1
        let body: EventBody =
            switch head & 7 {
            case 0: .output(payload)
            case 1: .input(payload)
            case 2:
                .request(
                    .pty(
                        terminal: [], columns: columns, rows: rows, widthPixels: 0, heightPixels: 0, modes: payload))
            case 3: .request(.windowChange(columns: columns, rows: rows, widthPixels: 0, heightPixels: 0))
            case 4: .request(payload.isEmpty ? .shell : .exec(command: payload))
            case 5: .stderr(payload)
            case 6: .marker(text: payload)
            default: .channelClosed
            }
        events.append(RecordedEvent(time: time, channel: UInt32(head >> 3 & 3), body: body))
    }
    return events
}

private func play(_ file: [UInt8]) {
    play(file, keys)
    play(file, keys.withoutInput)
}

private func play(_ file: [UInt8], _ keys: RecordingSubkeys) {
    let read: FrameReader.Read = { offset, count in
        guard offset < UInt64(file.count) else { return [] }
        return Array(file[Int(offset)...].prefix(count))
    }
    guard let map = try? FrameMap(read) else { preconditionFailure("reading does not fail") }
    precondition(map.end <= max(UInt64(file.count), 4), "a file ends at its end")
    let reader = FrameReader(keys: keys, read: read)
    var frames: UInt64 = 0
    while let piece = try? reader.next() {
        precondition(piece.place.frame == frames, "frames are counted")
        frames += 1
    }
    precondition(frames <= map.frames, "the map is of the same frames")
    guard let straight = try? Reel(keys: keys, file: read), let roundabout = try? Reel(keys: keys, file: read) else {
        preconditionFailure("reading does not fail")
    }
    while (try? roundabout.scan()) == true {}
    let times = [roundabout.duration / 2, 0, roundabout.duration, roundabout.duration / 3]
    for time in times { _ = try? roundabout.move(to: time) }
    _ = try? straight.move(to: times[3])
    precondition(straight.channel != roundabout.channel || straight.view.screen.text == roundabout.view.screen.text)
    let search = roundabout.search("a")
    while (try? search.advance()) == .goOn {}
}
