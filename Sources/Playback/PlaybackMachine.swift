/// How fast a recording plays, from a quarter to sixteen times.
public enum PlaybackSpeed: UInt64, CaseIterable, Hashable, Sendable {
    case quarter = 1
    case half = 2
    case normal = 4
    case double = 8
    case fourfold = 16
    case eightfold = 32
    case sixteenfold = 64

    /// How many quarters of the recording's time pass in a unit of the viewer's.
    public var quarters: UInt64 { self.rawValue }

    /// `0.25×` to `16×`.
    public var label: String {
        switch self {
        case .quarter: "0.25×"
        case .half: "0.5×"
        case .normal, .double, .fourfold, .eightfold, .sixteenfold: "\(self.rawValue / 4)×"
        }
    }

    /// The next speed up; the highest stays.
    public var faster: PlaybackSpeed { PlaybackSpeed(rawValue: self.rawValue * 2) ?? self }
    /// The next speed down; the lowest stays.
    public var slower: PlaybackSpeed { PlaybackSpeed(rawValue: self.rawValue / 2) ?? self }
}

/// Where playback is, and how it moves as time passes. It has no clock and shows nothing: time is passed in.
public struct PlaybackMachine: Hashable, Sendable {
    public enum State: Hashable, Sendable {
        case playing
        case paused
        /// The end was reached while playing.
        case ended
    }

    public private(set) var state: State
    /// Microseconds since the start of the recording, at most ``duration``.
    public private(set) var position: UInt64 = 0
    public private(set) var speed = PlaybackSpeed.normal
    /// Pauses of the recording longer than this many microseconds are cut to it; nil plays them in full.
    public var idleLimit: UInt64?
    /// Microseconds.
    public var duration: UInt64
    /// Up to here ``moments`` are known: playing and stepping go no further for now. The duration if all are.
    public var horizon: UInt64
    /// Times at which there is something new to see, ascending. Another channel has others.
    public var moments: [UInt64]

    /// Quarters of a microsecond that were passed in and not yet moved.
    private var remainder: UInt64 = 0

    /// - parameter moments: as in ``moments``.
    public init(duration: UInt64, moments: [UInt64], idleLimit: UInt64? = nil, isPlaying: Bool = true) {
        self.duration = duration
        self.horizon = duration
        self.moments = moments
        self.idleLimit = idleLimit
        self.state = isPlaying ? .playing : .paused
    }

    public mutating func play() {
        if self.state == .ended { self.position = 0 }
        self.state = .playing
        self.remainder = 0
    }

    public mutating func pause() { if self.state == .playing { self.state = .paused } }

    /// From the end it starts anew.
    public mutating func togglePause() { if self.state == .playing { self.pause() } else { self.play() } }

    public mutating func speedUp() { self.speed = self.speed.faster }
    public mutating func slowDown() { self.speed = self.speed.slower }

    /// Goes to `time`, or the end if that is earlier. Playing goes on from there.
    public mutating func seek(to time: UInt64) {
        self.position = min(time, self.duration)
        self.remainder = 0
        if self.state == .ended { self.state = .paused }
    }

    /// Goes on or back by so many microseconds, within the recording.
    public mutating func seek(by microseconds: Int64) {
        let magnitude = microseconds.magnitude
        if microseconds < 0 {
            self.seek(to: self.position > magnitude ? self.position - magnitude : 0)
        } else {
            self.seek(
                to: self.position.addingReportingOverflow(magnitude).overflow
                    ? self.duration : self.position + magnitude)
        }
    }

    /// Pauses and goes to the next moment with something new to see, or to the end of what is known.
    public mutating func step() {
        self.seek(to: self.nextMoment ?? max(self.end, self.position))
        self.state = .paused
    }

    /// `elapsed` microseconds of the viewer's time went by.
    public mutating func advanced(by elapsed: UInt64) {
        guard self.state == .playing else { return }
        let (product, overflow) = elapsed.multipliedReportingOverflow(by: self.speed.quarters)
        let quarters = (overflow ? UInt64.max / 2 : min(product, UInt64.max / 2)) + self.remainder
        self.remainder = quarters % 4
        var left = quarters / 4
        while self.position < self.end {
            let target = self.nextMoment ?? self.end
            // Where the pause that the position is in would be cut short.
            let cut = self.idleLimit.map { min(target, max(self.lastMoment + $0, self.position)) } ?? target
            guard left >= cut - self.position else {
                self.position += left
                return
            }
            left -= cut - self.position
            self.position = target
        }
        if self.position >= self.duration { self.state = .ended }
    }

    private var end: UInt64 { min(self.duration, self.horizon) }

    /// The first moment after the position.
    private var nextMoment: UInt64? {
        let index = self.indexAfterPosition
        return index < self.moments.count ? self.moments[index] : nil
    }

    /// The last moment up to the position, or the start.
    private var lastMoment: UInt64 {
        let index = self.indexAfterPosition
        return index > 0 ? self.moments[index - 1] : 0
    }

    private var indexAfterPosition: Int {
        var low = 0
        var high = self.moments.count
        while low < high {
            let middle = (low + high) / 2
            if self.moments[middle] <= self.position { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
