import WorkerProtocol

/// When the rounds of keeping one recording begin: one at a time, each at the earliest moment that somebody wants.
///
/// A round covers everything that was in the file when it began. So what is wanted while one runs is for the next, and a
/// disk that is slow brings the rounds closer together, never the relay to a halt.
///
/// A machine without a clock; times are nanoseconds on the monotonic clock.
struct KeepingSchedule {
    private(set) var isRunning = false
    private var due: UInt64?
    /// Until then the file may grow in silence: a round that begins earlier is not the last.
    private var silenceEnds: UInt64 = 0

    /// When to call ``begin(at:)``; nil while a round runs, or when none is wanted.
    var nextBeginning: UInt64? { self.isRunning ? nil : self.due }

    /// A round is wanted that begins at `time` or before.
    mutating func want(by time: UInt64) { self.due = min(self.due ?? time, time) }

    /// The file has grown, and may do so again in the silence that ``GrowthNotices`` permits.
    /// - parameter isPrompt: too much to be left waiting.
    mutating func grew(at now: UInt64, isPrompt: Bool = false) {
        self.silenceEnds = now + GrowthNotices.paceNanoseconds
        self.want(by: isPrompt ? now : self.silenceEnds)
    }

    /// Begins a round, if one is due and none is running.
    /// - returns: whether it has begun.
    mutating func begin(at now: UInt64) -> Bool {
        guard let next = self.nextBeginning, next <= now else { return false }
        self.due = now < self.silenceEnds ? self.silenceEnds : nil
        self.isRunning = true
        return true
    }

    /// The round has ended. ``nextBeginning`` says when the next is to begin: maybe in the past.
    mutating func ended() { self.isRunning = false }
}
