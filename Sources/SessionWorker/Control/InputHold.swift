import SSHTransport

/// Input that waits for somebody to look on: why, who has been told, and what was typed in vain.
struct InputHold {
    /// nil while input goes on.
    private(set) var reason: String?
    private var droppedBytes: UInt64 = 0
    /// Numbers of the channels that have been told the reason.
    private var told: Set<UInt32> = []
    /// That it is over, for those who were told the reason.
    private var farewell: String?

    /// - returns: whether it was not held before.
    mutating func begin(_ reason: String) -> Bool {
        guard self.reason == nil else { return false }
        self.reason = reason
        self.droppedBytes = 0
        self.told = []
        self.farewell = nil
        return true
    }

    /// - returns: whether it was held before.
    mutating func end(by name: String) -> Bool {
        guard self.reason != nil else { return false }
        self.reason = nil
        let lost = self.droppedBytes
        let dropped = lost == 0 ? "" : "; \(lost) \(lost == 1 ? "byte" : "bytes") typed meanwhile dropped"
        self.farewell = "\(name) watches this session: what you type arrives again\(dropped)"
        return true
    }

    /// - returns: the line for the admin about the first ones of a hold.
    mutating func dropped(_ bytes: UInt64) -> String? {
        guard self.reason != nil, bytes > 0 else { return nil }
        defer { self.droppedBytes += bytes }
        return self.droppedBytes == 0 ? "what you type is dropped until a supervisor watches" : nil
    }

    /// Tells each channel once, as soon as there is somebody to see it.
    mutating func tell(_ relays: [ChannelRelay]) {
        if let line = self.farewell {
            self.farewell = nil
            for relay in relays where self.told.contains(relay.number) {
                // A program that has waited is not started yet.
                if relay.isAtTerminal { relay.sendNoticeToTerminal(line) } else { relay.sendNotice(line) }
            }
        }
        guard let reason else { return }
        for relay in relays where !self.told.contains(relay.number) {
            if relay.isAtTerminal {
                relay.sendNoticeToTerminal(reason)
            } else if relay.requests.waitsForSupervisor {
                relay.sendNotice(reason)
            } else {
                continue
            }
            self.told.insert(relay.number)
        }
    }
}
