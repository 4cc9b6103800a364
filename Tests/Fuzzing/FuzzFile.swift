import RecordingFormat

/// Any bytes as a session file: whole, and in pieces of 7 bytes, with the same verdict.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzFile(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    let bytes = Array(UnsafeBufferPointer(start: start, count: count))
    let whole = RunningVerifier()
    whole.feed(bytes)
    let pieces = RunningVerifier()
    for piece in stride(from: 0, to: count, by: 7) { pieces.feed(bytes[piece..<min(piece + 7, count)]) }
    let (left, right) = (whole.finish(), pieces.finish())
    precondition(left.word == right.word && left.affected == right.affected, "pieces make no difference")
    return 0
}
