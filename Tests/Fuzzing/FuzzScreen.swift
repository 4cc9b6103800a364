import TerminalModel

/// Any bytes on a terminal whose size the first bytes choose and which is resized at each 0xFE.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzScreen(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    guard count > 2 else { return 0 }
    let bytes = Array(UnsafeBufferPointer(start: start, count: count))
    var screen = TerminalScreen(size: TerminalSize(columns: Int(bytes[0]), rows: Int(bytes[1])))
    screen.keepsDepartedLines = bytes[2] & 1 == 1
    for piece in bytes[3...].split(separator: 0xFE) {
        screen.feed(piece)
        screen.resize(to: TerminalSize(columns: Int(piece[piece.startIndex]), rows: piece.count))
        precondition(screen.rows.count == screen.size.rows, "there are as many rows as the size says")
        precondition((0..<screen.size.rows).contains(screen.cursor.row), "the cursor is on the screen")
        precondition((0...screen.size.columns).contains(screen.cursor.column), "the cursor is on the screen")
        _ = screen.takeDeparted()
    }
    _ = screen.text
    _ = screen.takeRemaining()
    return 0
}
