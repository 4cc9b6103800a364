import RecordingFormat

@testable import FileAudit

/// What both sides of a channel sent, in order.
struct Conversation {
    private(set) var turns: [(bytes: [UInt8], direction: Direction)] = []

    mutating func client(_ bytes: [UInt8]) { self.turns.append((bytes, .toTarget)) }
    mutating func server(_ bytes: [UInt8]) { self.turns.append((bytes, .toClient)) }

    /// What an auditor says of it, with the bytes in pieces of this size.
    func heard(by auditor: FileAuditor, pieces: Int = .max) -> [EventBody] {
        self.followed(by: auditor, pieces: pieces).events
    }

    /// What an auditor says of it; the bytes that it takes for content, and those that it doesn't.
    func followed(
        by auditor: FileAuditor, pieces: Int = .max
    ) -> (events: [EventBody], content: [UInt8], rest: [UInt8]) {
        var events: [EventBody] = []
        var (inside, outside): ([UInt8], [UInt8]) = ([], [])
        for turn in self.turns {
            var rest = turn.bytes[...]
            while !rest.isEmpty {
                let piece = Array(rest.prefix(pieces))
                rest = rest.dropFirst(piece.count)
                var content: [Range<Int>] = []
                events += piece.withUnsafeBytes { auditor.received($0, turn.direction, content: &content) }
                for (index, byte) in piece.enumerated() {
                    if content.contains(where: { $0.contains(index) }) {
                        inside.append(byte)
                    } else {
                        outside.append(byte)
                    }
                }
            }
        }
        return (events + auditor.finish(), inside, outside)
    }
}

func sha256(_ bytes: [UInt8]) -> [UInt8] {
    let hash = RunningHash()
    hash.update(bytes)
    return hash.digest
}

func operation(_ path: String, _ content: [UInt8], _ direction: Direction) -> EventBody {
    .fileOperation(
        FileOperation(
            path: Array(path.utf8), size: UInt64(content.count), sha256: sha256(content), direction: direction))
}

/// An operation without a hash.
func unproven(_ path: String, size: UInt64, _ direction: Direction) -> EventBody {
    .fileOperation(FileOperation(path: Array(path.utf8), size: size, sha256: [], direction: direction))
}

func markers(_ events: [EventBody]) -> [String] {
    events.compactMap { if case .marker(let text) = $0 { String(decoding: text, as: UTF8.self) } else { nil } }
}

func big<Number: FixedWidthInteger>(_ number: Number) -> [UInt8] {
    withUnsafeBytes(of: number.bigEndian) { Array($0) }
}
