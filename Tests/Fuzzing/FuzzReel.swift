import Playback

@testable import RecordingFormat

// Zeros: what a file is encrypted with makes no difference here, and the same input should do the same.
private let key = (try? RecordingKey(Array(repeating: 0, count: RecordingKey.size))) ?? .random()
private let keys = RecordingSubkeys(frames: key, gateway: key, input: key)

/// Any bytes as a file, and as events in frames of a real one with any bytes after them: the map and the reader of its
/// frames go over it, and the screen at a time is the same from wherever one comes, with what was typed in a track of its
/// own or not, and with the key of that or without.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzReel(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    let bytes = Array(UnsafeBufferPointer(start: start, count: count))
    play(RecordParser.magic + bytes)
    guard bytes.count > 2 else { return 0 }
    // The first byte says how many events are in a frame, the second how much of the end follows as it is.
    let tail = bytes.suffix(Int(bytes[1]))
    var decoder = EventDecoder()
    guard let events = try? decoder.events(Array(bytes[2...])) else { return 0 }
    let encoder = FrameEncoder(frameKey: key, inputKey: bytes[0] & 0x40 != 0 ? key : nil)
    var file = RecordParser.magic
    for (index, event) in events.enumerated() {
        guard (try? encoder.append(event)) != nil else { continue }
        guard index % (Int(bytes[0]) % 8 + 1) == 0 else { continue }
        encoder.sealFrame { file += $0 }
    }
    encoder.sealFrame { file += $0 }
    play(file)
    play(file + tail)
    return 0
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
