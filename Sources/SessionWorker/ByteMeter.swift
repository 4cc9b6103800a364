import RecordingFormat
import WorkerProtocol

/// Counts what one channel carries, and says when it is more than its grant permits.
struct ByteMeter {
    var limits: [ChannelByteLimit] = []
    /// Bytes from the client.
    private(set) var uploaded: UInt64 = 0
    /// Bytes from the target.
    private(set) var downloaded: UInt64 = 0

    mutating func count(_ bytes: Int, _ direction: Direction) {
        switch direction {
        case .toTarget: self.uploaded += UInt64(bytes)
        case .toClient: self.downloaded += UInt64(bytes)
        }
    }

    /// The limit that a channel with a program of this kind has gone beyond; nil when there is none.
    func exceeded(by program: ChannelKinds?) -> ChannelByteLimit? {
        guard let program else { return nil }
        return self.limits.first { limit in
            !limit.kinds.isDisjoint(with: program)
                && (limit.direction == .upload ? self.uploaded : self.downloaded) > limit.bytes
        }
    }
}
