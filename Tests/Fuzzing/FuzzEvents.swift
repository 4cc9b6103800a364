@testable import RecordingFormat

/// Any bytes as the plaintext of a frame: what can be decoded comes back from its own encoding.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzEvents(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    let bytes = Array(UnsafeBufferPointer(start: start, count: count))
    _ = Decompressor().decompress(bytes)
    var decoder = EventDecoder()
    guard let events = try? decoder.events(bytes) else { return 0 }
    for event in events {
        let (kind, payload) = event.body.encoded
        precondition(EventBody(kind: kind, payload: payload[...]) == event.body, "an event is its encoding's")
    }
    return 0
}
