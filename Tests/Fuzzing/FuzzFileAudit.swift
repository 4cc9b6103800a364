import FileAudit

@testable import RecordingFormat

/// Any bytes on a channel that moves files, in both directions: the same operations however they are cut, and each can
/// be recorded.
///
/// The first byte chooses the protocol. A piece is a byte that says where it goes and how long it is, and its bytes.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzFileAudit(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    var rest = UnsafeRawBufferPointer(start: start, count: count)[...]
    guard let choice = rest.popFirst(), let whole = auditor(choice), let byBytes = auditor(choice) else { return 0 }
    var (found, foundSingle): ([EventBody], [EventBody]) = ([], [])
    while let head = rest.popFirst() {
        let piece = UnsafeRawBufferPointer(rebasing: rest.prefix(Int(head & 0x7F)))
        rest = rest.dropFirst(piece.count)
        let direction: Direction = head & 0x80 != 0 ? .toClient : .toTarget
        var content: [Range<Int>] = []
        found += whole.received(piece, direction, content: &content)
        var isContent = Array(repeating: false, count: piece.count)
        for range in content {
            for index in range {
                precondition(!isContent[index], "content is named once")
                isContent[index] = true
            }
        }
        for index in piece.indices {
            var single: [Range<Int>] = []
            foundSingle += byBytes.received(
                UnsafeRawBufferPointer(rebasing: piece[index...index]), direction, content: &single)
            precondition(!single.allSatisfy(\.isEmpty) == isContent[index], "pieces make no difference to content")
        }
    }
    found += whole.finish()
    foundSingle += byBytes.finish()
    precondition(found == foundSingle, "pieces make no difference")
    for body in found {
        let (kind, payload) = body.encoded
        precondition(EventBody(kind: kind, payload: payload[...]) == body, "an event is its encoding's")
    }
    return 0
}

private func auditor(_ choice: UInt8) -> FileAuditor? {
    switch choice % 5 {
    case 0: FileAuditor(command: Array("scp -t /srv/file".utf8))
    case 1: FileAuditor(command: Array("scp -r -p -t -- dir/".utf8))
    case 2: FileAuditor(command: Array("scp -r -f 'a file'".utf8))
    default: FileAuditor(subsystem: Array("sftp".utf8))
    }
}
