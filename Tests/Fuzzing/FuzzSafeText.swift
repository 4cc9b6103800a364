import Playback

/// Any bytes as text: harmless, and the same however they are cut.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzSafeText(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    let bytes = Array(UnsafeBufferPointer(start: start, count: count))
    var whole = SafeText()
    let text = whole.append(bytes)
    var single = SafeText()
    precondition(bytes.reduce("") { $0 + single.append([$1]) } == text, "pieces make no difference")
    for shown in [text, SafeText.line(bytes)] {
        precondition(
            shown.unicodeScalars.allSatisfy { $0 == "\n" || $0 == "\t" || SafeText.harmless($0) == $0 }, "harmless")
    }
    return 0
}
