import TerminalModel

@testable import Playback

/// Any bytes as what an index holds once it is decrypted and unpacked: as a screen's state, which whatever comes next
/// must not trap, and as a whole index with its parts.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzIndex(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    let bytes = Array(UnsafeBufferPointer(start: start, count: count))
    if let index = ReelIndex(bytes) { use(index) }
    if let index = ReelIndex(directory: bytes, content: bytes, partsStart: 0) { use(index) }
    if let track = ChannelTrack(channel: 1, table: bytes, screens: bytes[...]) {
        precondition(!track.snapshots.isEmpty, "a track has a first screen")
        _ = track.snapshot(upTo: 7)
    }
    if let view = ChannelScreen(state: bytes) { use(view.screen, bytes[...]) }
    var state = StateReader(bytes[...])
    if let screen = TerminalScreen(from: &state) { use(screen, bytes.suffix(state.remaining)) }
    useEdited(bytes)
    return 0
}

/// A real state with some bytes changed: the first half is shown on a screen, the second says what is changed.
private func useEdited(_ bytes: [UInt8]) {
    var screen = TerminalScreen(size: TerminalSize(columns: 8, rows: 4))
    screen.feed(bytes[..<(bytes.count / 2)])
    var state = StateWriter()
    screen.write(to: &state)
    var edited = state.bytes
    var edits = bytes[(bytes.count / 2)...].prefix(12)
    while edits.count >= 2 {
        edited[Int(edits.removeFirst()) % edited.count] = edits.removeFirst()
    }
    var reader = StateReader(edited[...])
    if let screen = TerminalScreen(from: &reader) { use(screen, bytes[...]) }
}

private func use(_ index: ReelIndex) {
    for channel in index.index.channels { _ = index.track(of: channel.number)?.snapshot(upTo: 9).screen.view }
}

private func use(_ screen: TerminalScreen, _ bytes: ArraySlice<UInt8>) {
    var screen = screen
    precondition(screen.rows.count == screen.size.rows, "there are as many rows as the size says")
    precondition(screen.rows.allSatisfy { $0.cells.count == screen.size.columns }, "and as many columns")
    // What was read is what is written of it.
    var state = StateWriter()
    screen.write(to: &state)
    var reader = StateReader(state.bytes[...])
    guard let copy = TerminalScreen(from: &reader) else { preconditionFailure("a state that was read is one") }
    precondition(copy.rows == screen.rows && reader.isAtEnd, "it says the same again")
    screen.feed(bytes)
    screen.resize(to: TerminalSize(columns: 7, rows: 3))
    _ = screen.text
}
