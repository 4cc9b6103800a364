import AdminAPI
import Playback
import RecordingFormat
import TerminalPlayer

/// One recording that somebody replays in a browser: read where they go, and shown as screens of our own making.
///
/// An actor, since a `Reel` is nobody else's meanwhile.
actor Replay {
    /// What the page shows around the screen.
    struct Overview: Encodable {
        struct Channel: Encodable {
            let number: UInt32
            let label: String
            /// Microseconds since the start.
            let opened: UInt64
            let last: UInt64
        }

        struct Mark: Encodable {
            let time: UInt64
            let channel: UInt32
            let label: String
        }

        /// Microseconds.
        let duration: UInt64
        let channels: [Channel]
        let marks: [Mark]
        /// The channel that it is about.
        let channel: UInt32
        /// How much happened on that channel in each part of the time, the parts being equally long.
        let activity: [Int]
        /// Whose fingerprints can read what was typed, where the gateway can't.
        let sealedFor: [String]?
    }

    /// A stretch of the recording, complete by itself.
    struct Stretch: Encodable {
        struct Frame: Encodable {
            let time: UInt64
            let columns: Int
            let rows: Int
            /// What turns the screen before into this one; the first begins with a blank one.
            let change: String
        }

        let frames: [Frame]
        /// When something to see happens next; nil for never.
        let next: UInt64?
    }

    struct Transcribed: Encodable {
        struct Line: Encodable {
            let time: UInt64
            let kind: String
            let text: String
        }

        let lines: [Line]
        /// There is more than is shown.
        let isCut: Bool
    }

    struct Verified: Encodable {
        let isSound: Bool
        let word: String
        let text: String
        let signer: String
    }

    private let access: RecordingAccess
    private let file: RecordingFile
    private let keys: RecordingSubkeys
    private let reel: Reel

    /// Parts of the activity's time.
    private static let activityParts = 240
    /// Changes within this time are one frame; microseconds.
    private static let shortestFrame: UInt64 = 33_000
    /// What one stretch holds at most: bytes, and time in microseconds.
    private static let stretchBytes = 256 * 1024
    private static let stretchTime: UInt64 = 30_000_000
    private static let mostLines = 5000
    private static let framesBetweenTurns = 16

    /// - parameter index: the file beside the recording; empty for none.
    init(_ access: RecordingAccess, index: [UInt8]) throws {
        let file = try RecordingFile(path: access.recording.path)
        let keys = try access.subkeys()
        var found: ReelIndex?
        if !index.isEmpty {
            found = try? SealedIndex.open(index, of: file.read, keys: keys, signer: access.signer)
                .flatMap { ReelIndex($0) }
        }
        self.access = access
        self.file = file
        self.keys = keys
        self.reel = try Reel(keys: keys, file: file.read, index: found)
    }

    func overview(of channel: UInt32?) async throws -> Overview {
        try await self.show(channel)
        let reel = self.reel
        return Overview(
            duration: reel.duration,
            channels: reel.channels.map {
                .init(number: $0.number, label: $0.label, opened: $0.opened, last: $0.lastEvent)
            },
            marks: reel.marks.map { .init(time: $0.time, channel: $0.channel, label: $0.label) },
            channel: reel.channel, activity: Self.activity(reel.moments, of: reel.duration),
            sealedFor: reel.typedForOthers)
    }

    /// What is to be seen from `time` on, for a while.
    func stretch(of channel: UInt32?, from time: UInt64) async throws -> Stretch {
        try await self.show(channel)
        let reel = self.reel
        let start = min(time, reel.duration)
        var painter = ScreenPainter()
        var frames: [Stretch.Frame] = []
        var bytes = 0
        func add(_ time: UInt64) throws {
            try reel.move(to: time)
            guard let change = painter.paint(reel.view.screen) else { return }
            bytes += change.bytes.count
            frames.append(
                Stretch.Frame(
                    time: time, columns: change.size.columns, rows: change.size.rows,
                    change: String(decoding: change.bytes, as: UTF8.self)))
        }
        try add(start)
        let moments = reel.moments
        var next = moments.partition(after: start)
        while next < moments.count, bytes < Self.stretchBytes, moments[next] - start < Self.stretchTime {
            let last = moments.partition(after: moments[next] + Self.shortestFrame) - 1
            try add(moments[last])
            next = last + 1
            if frames.count.isMultiple(of: Self.framesBetweenTurns) { await Task.yield() }
        }
        return Stretch(frames: frames, next: next < moments.count ? moments[next] : nil)
    }

    /// When the output shows `text`: first after `after`, or last up to `before`. Microseconds; nil for never.
    func find(
        _ text: String, on channel: UInt32?, after: UInt64?, before: UInt64?
    ) async throws -> UInt64? {
        try await self.show(channel)
        let search = self.reel.search(text, after: after)
        var last: UInt64?
        var frames = 0
        while true {
            switch try search.advance() {
            case .goOn: break
            case .notFound: return last
            case .found(let time):
                guard let before else { return time }
                guard time <= before else { return last }
                last = time
            }
            frames += 1
            if frames.isMultiple(of: Self.framesBetweenTurns) {
                await Task.yield()
                try Task.checkCancellation()
            }
        }
    }

    func transcript(of channel: UInt32?) async throws -> Transcribed {
        let stream = RecordingStream(keys: self.keys)
        var transcript = Transcript(Transcript.Options(includesInput: true, channel: channel))
        var lines: [TranscriptLine] = []
        try await self.file.readAll { bytes in
            for event in try stream.feed(bytes) { lines += transcript.append(event) }
            return lines.count <= Self.mostLines
        }
        lines += transcript.finish()
        return Transcribed(
            lines: lines.prefix(Self.mostLines).map {
                .init(time: $0.time, kind: Self.word($0.kind), text: $0.text)
            },
            isCut: lines.count > Self.mostLines)
    }

    func verify() async throws -> Verified {
        let stream = RecordingStream(expectedSigner: self.access.signer)
        try await self.file.readAll { bytes in
            _ = try stream.feed(bytes)
            return true
        }
        let report = self.access.recording.ended == nil ? stream.report : stream.finish()
        let isSound =
            switch report.verdict {
            case .complete, .live: stream.badRecords.isEmpty && self.reel.badRecords.isEmpty
            case .failed: false
            }
        return Verified(
            isSound: isSound, word: report.word, text: report.description,
            signer: self.access.signingKey.fingerprint)
    }

    /// Another call may have had its turn meanwhile, and may want another channel: what follows must not wait again.
    private func show(_ channel: UInt32?) async throws {
        while true {
            let wanted = channel ?? self.reel.channel
            if wanted != self.reel.channel {
                guard self.reel.summary(of: wanted) != nil else {
                    throw AdminError(.notFound, "the recording has no channel \(wanted)")
                }
                self.reel.show(channel: wanted)
            }
            var scanned = 0
            while try self.reel.scan() {
                scanned += 1
                if scanned.isMultiple(of: Self.framesBetweenTurns) {
                    await Task.yield()
                    try Task.checkCancellation()
                    if self.reel.channel != wanted { break }
                }
            }
            if self.reel.channel == wanted { return }
        }
    }

    private static func activity(_ moments: [UInt64], of duration: UInt64) -> [Int] {
        var parts = [Int](repeating: 0, count: self.activityParts)
        for moment in moments {
            let part = Double(moment) / Double(max(duration, 1)) * Double(self.activityParts)
            parts[min(Int(part), self.activityParts - 1)] += 1
        }
        return parts
    }

    private static func word(_ kind: TranscriptLine.Kind) -> String {
        switch kind {
        case .heading: "heading"
        case .command: "command"
        case .shown: "shown"
        case .error: "error"
        case .typed: "typed"
        case .note: "note"
        }
    }
}

extension [UInt64] {
    /// How many of the ascending numbers are not above `limit`.
    fileprivate func partition(after limit: UInt64) -> Int {
        var (low, high) = (0, self.count)
        while low < high {
            let middle = (low + high) / 2
            if self[middle] <= limit { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
