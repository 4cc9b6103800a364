/// What the frames of one track are made with, from one to the next. Not thread safe.
final class TrackWriter {
    let cipher: AuthenticatedCipher
    let compressor = Compressor()
    /// Microseconds: the next event's time counts from here. At a key frame of any track, from the start.
    private(set) var lastTime: UInt64 = 0
    /// The next compressed frame begins a new zstd frame.
    var mustRestart = true
    private var backOff = 0
    private var storedUntilTry = 0

    /// Smaller frames are stored: a zstd block header would cost more than it saves.
    private static let smallestCompressed = 24
    /// Frames below this size are always worth a try at compressing.
    private static let smallestBackedOff = 4_096
    /// Most frames that are stored between two tries.
    private static let longestBackOff = 64

    init(key: RecordingKey) {
        self.cipher = AuthenticatedCipher(key: key, for: .seal)
    }

    /// A key frame comes next, of this track or another one.
    func restart() {
        self.lastTime = 0
        self.mustRestart = true
    }

    /// Microseconds from the event before to one at `time`, which becomes the last.
    func distance(to time: UInt64) -> UInt64 {
        defer { self.lastTime = time }
        return time - self.lastTime
    }

    /// Whether the next frame, of so many bytes, is not worth a try at compressing.
    func stores(_ count: Int) -> Bool {
        if count < Self.smallestCompressed { return true }
        guard count >= Self.smallestBackedOff, self.storedUntilTry > 0 else { return false }
        self.storedUntilTry -= 1
        return true
    }

    /// What does not shrink is stored for a while: twice as long after each vain try.
    func compressed(_ count: Int, to compressedCount: Int) {
        guard count >= Self.smallestBackedOff else { return }
        let isVain = compressedCount >= count - count / 64
        self.backOff = isVain ? min(Self.longestBackOff, max(1, self.backOff * 2)) : 0
        self.storedUntilTry = self.backOff
    }
}
