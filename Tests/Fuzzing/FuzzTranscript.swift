import Playback

@testable import RecordingFormat

/// Any events, as transcript and as export: no control character but the ends of lines gets into the transcript.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzTranscript(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    var decoder = EventDecoder()
    let bytes = Array(UnsafeBufferPointer(start: start, count: count))
    guard let events = try? decoder.events(bytes) else { return 0 }
    let text = Transcript.text(of: events)
    precondition(text.unicodeScalars.allSatisfy { $0 == "\n" || $0 == "\t" || SafeText.harmless($0) == $0 }, "harmless")
    let timeline = Timeline(events)
    guard let channel = timeline.principalChannel else { return 0 }
    _ = Asciicast.text(of: timeline.events, options: .init(channel: channel, version: .v3, includesInput: true))
    return 0
}
