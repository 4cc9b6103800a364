import ArgumentParser
import Playback
import RecordingFormat

/// What a recording can be exported as. See docs/exports.md.
enum ExportFormat: String, ExpressibleByArgument, CaseIterable {
    case asciicastV2 = "asciicast-v2"
    case asciicastV3 = "asciicast-v3"
    case script
    case ttyrec
    case ndjson
    case html

    /// Whether a terminal that shows it is safe from what was recorded.
    var isHarmless: Bool { self != .ttyrec }

    /// Whether what was typed is added on request: ndjson has it always, ttyrec never.
    var takesInput: Bool { self != .ndjson && self != .ttyrec }
}

/// One format, written event by event. Every answer is what goes to the end of each file: one, or a script's three.
protocol ExportWriter {
    /// What comes before the first event.
    func begin() -> [[UInt8]]
    mutating func add(_ event: RecordedEvent) -> [[UInt8]]
    /// What comes after the last event of `recording`, now that it was read to its end and verified.
    mutating func end(_ recording: LoadedRecording) -> [[UInt8]]
}

extension ExportWriter {
    func begin() -> [[UInt8]] { [] }
}

extension ExportFormat {
    /// - Parameters:
    ///   - recording: as a first reading found it.
    ///   - channel: nil only for a format that takes all channels.
    func writer(for recording: LoadedRecording, channel: UInt32?, includesInput: Bool) -> any ExportWriter {
        // Channels are counted from 1: nothing that these formats show is on number 0.
        let number = channel ?? 0
        func asciicast(_ version: Asciicast.Version) -> Asciicast {
            Asciicast(
                .init(
                    channel: number, version: version, startedAt: Int64(recording.started / 1_000_000_000),
                    title: recording.title, includesInput: includesInput))
        }
        switch self {
        case .asciicastV2: return asciicast(.v2)
        case .asciicastV3: return asciicast(.v3)
        case .script:
            return Typescript(channel: number, startedAt: recording.started, includesInput: includesInput)
        case .ttyrec: return Ttyrec(channel: number, startedAt: recording.started)
        case .ndjson:
            let origin = EventLines.Origin(
                name: recording.name, startedAt: recording.started, metadata: recording.metadata)
            return EventLines(origin, channel: channel)
        case .html:
            return HTMLPlayer(
                .init(
                    channel: number, title: recording.title, name: recording.name, startedAt: recording.started,
                    includesInput: includesInput))
        }
    }
}

extension Asciicast: ExportWriter {
    mutating func add(_ event: RecordedEvent) -> [[UInt8]] { [Array(self.append(event).utf8)] }
    mutating func end(_ recording: LoadedRecording) -> [[UInt8]] { [Array(self.finish().utf8)] }
}

extension Typescript: ExportWriter {
    mutating func add(_ event: RecordedEvent) -> [[UInt8]] { self.append(event).files }
    mutating func end(_ recording: LoadedRecording) -> [[UInt8]] { self.finish().files }
}

extension Typescript.Piece {
    fileprivate var files: [[UInt8]] { [self.typescript, self.timing, self.input] }
}

extension Ttyrec: ExportWriter {
    mutating func add(_ event: RecordedEvent) -> [[UInt8]] { [self.append(event)] }
    mutating func end(_ recording: LoadedRecording) -> [[UInt8]] { [] }
}

extension EventLines: ExportWriter {
    func begin() -> [[UInt8]] { [Array(self.start().utf8)] }
    mutating func add(_ event: RecordedEvent) -> [[UInt8]] { [Array(self.append(event).utf8)] }

    mutating func end(_ recording: LoadedRecording) -> [[UInt8]] {
        [Array(self.finish(verification: "\(recording.report)", isSound: recording.isSound).utf8)]
    }
}

extension HTMLPlayer: ExportWriter {
    func begin() -> [[UInt8]] { [Array(self.start().utf8)] }
    mutating func add(_ event: RecordedEvent) -> [[UInt8]] { [Array(self.append(event).utf8)] }

    mutating func end(_ recording: LoadedRecording) -> [[UInt8]] {
        [Array(self.finish(verification: "\(recording.report)", isSound: recording.isSound).utf8)]
    }
}
