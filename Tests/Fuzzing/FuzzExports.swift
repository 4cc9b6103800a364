import Playback

@testable import RecordingFormat

/// Any events in every format that recordings are exported to: no control character of a program gets into a text, and
/// what is the program's own in binary formats is whole.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzExports(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    var decoder = EventDecoder()
    let bytes = Array(UnsafeBufferPointer(start: start, count: count))
    guard let events = try? decoder.events(bytes) else { return 0 }
    let channel = Timeline(events).principalChannel ?? 1
    for version in [Asciicast.Version.v2, .v3] {
        for limit in [nil, 1_000_000] as [UInt64?] {
            let options = Asciicast.Options(
                channel: channel, version: version, startedAt: 1, title: "", includesInput: true, idleLimit: limit)
            check(Asciicast.text(of: events, options: options))
        }
    }
    var lines = EventLines(EventLines.Origin(name: "", startedAt: 1, metadata: nil))
    check(lines.start() + events.map { lines.append($0) }.joined() + lines.finish(verification: "", isSound: true))
    var page = HTMLPlayer(.init(channel: channel, title: "", name: "", startedAt: 1, includesInput: true))
    let parts = events.map { page.append($0) }.joined() + page.finish(verification: "", isSound: true)
    check(parts)
    var typescript = Typescript(channel: channel, startedAt: 1, includesInput: true)
    for event in events { _ = typescript.append(event) }
    _ = typescript.finish()
    var ttyrec = Ttyrec(channel: channel, startedAt: 1)
    checkTtyrec(events.flatMap { ttyrec.append($0) }, of: events, channel)
    return 0
}

private func check(_ text: String) {
    precondition(text.unicodeScalars.allSatisfy { $0 == "\n" || SafeText.harmless($0) == $0 }, "harmless")
}

/// The records end with the file, and their bytes are the program's.
private func checkTtyrec(_ file: [UInt8], of events: [RecordedEvent], _ channel: UInt32) {
    var shown: [UInt8] = []
    var rest = file[...]
    while !rest.isEmpty {
        precondition(rest.count >= 12, "a record has a head")
        let size = rest.dropFirst(8).prefix(4).reversed().reduce(0) { $0 << 8 | Int($1) }
        rest = rest.dropFirst(12)
        precondition((1...rest.count).contains(size), "a record is whole")
        shown += rest.prefix(size)
        rest = rest.dropFirst(size)
    }
    let outputs = events.filter { $0.channel == channel }.map { event -> [UInt8] in
        switch event.body {
        case .output(let bytes), .stderr(let bytes): bytes
        default: []
        }
    }
    precondition(shown == outputs.flatMap { $0 }, "it shows what the program wrote")
}
