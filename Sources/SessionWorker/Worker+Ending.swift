import Glibc
import Platform
import RecordingFormat
import SSHTransport
import WorkerProtocol

/// How a connection ends, and what is said on the way out.
extension Worker {
    /// How long closing lines may take to leave, in milliseconds.
    private static let partingMilliseconds: CInt = 300

    func lookForEnd() {
        guard self.ending == nil else { return }
        if self.broker.isGone {
            // Nobody could kill this session any more.
            self.end(.terminated, detail: "the broker is gone")
        } else if self.client.isOver {
            self.end(
                self.authentication.isAuthenticated ? .clientClosed : .notAuthenticated, detail: self.client.errorText)
        } else if self.authentication.isRefusedForGood {
            self.end(.notAuthenticated)
        } else if let login = self.login, login.state == .ready, login.leg.isOver,
            self.relays.allSatisfy({ $0.hasDeliveredAll }), self.forwards.hasDeliveredAll
        {
            self.relayLastWords()
            self.end(.targetClosed, detail: login.leg.errorText)
        } else if !self.authentication.isAuthenticated, Clock.monotonicNanoseconds() >= self.graceDeadline {
            self.end(.authenticationTimedOut)
        } else if let deadline = self.refusalDeadline, Clock.monotonicNanoseconds() >= deadline {
            self.end(.refused)
        } else if let idleness = self.idleness, Clock.monotonicNanoseconds() >= idleness.deadline {
            for relay in self.relays { relay.sendNotice("this session ends: nothing was done for \(idleness.length)") }
            self.end(.idleLimit)
        } else {
            self.lookForIdleness()
        }
    }

    /// A connection without a target is there for its channels only.
    private func lookForIdleness() {
        guard self.missingTarget != nil, self.relays.isEmpty, self.jumps.isIdle else {
            self.idleSince = nil
            return
        }
        let now = Clock.monotonicNanoseconds()
        let since = self.idleSince ?? now
        self.idleSince = since
        if self.forwards.isHolding, now >= since + Self.holdingPatience { self.forwards.refuseAll() }
        if now >= since + self.idlePatience { self.end(.idle) }
    }

    /// The target has gone without closing its channels: say so on those that still run.
    private func relayLastWords() {
        let name = self.opening.map { String(decoding: $0.targetName, as: UTF8.self) } ?? "the target"
        for relay in self.relays where !relay.isClosedByTarget { relay.sendNotice("\(name) has closed the connection") }
    }

    func end(_ cause: WorkerEnding.Cause, code: UInt32 = 0, detail: String = "") {
        guard self.ending == nil else { return }
        self.ending = WorkerEnding(
            cause: cause, code: code, detail: Array(detail.utf8.prefix(WireLimits.text)),
            bytesIn: self.tap?.bytesIn ?? 0, bytesOut: self.tap?.bytesOut ?? 0)
    }

    /// A recording that can't be written ends without them.
    private func noteUnfinished() {
        guard let tap = self.tap, self.ending?.cause != .recordingFailed else { return }
        do {
            for relay in self.relays { try relay.noteClosed(on: tap) }
            try self.forwards.noteUnfinished(on: tap)
            try tap.flush()
        } catch {
            self.ending?.cause = .recordingFailed
            self.ending?.code = UInt32(error.code)
        }
    }

    /// Lets the last lines out, says goodbye on both sides, and reports.
    func part() {
        self.noteUnfinished()
        self.menus.close()
        var descriptors = [pollfd(fd: self.client.descriptor, events: Int16(POLLOUT), revents: 0)]
        let deadline = Clock.monotonicNanoseconds() + UInt64(Self.partingMilliseconds) * 1_000_000
        while self.client.isBackedUp, !self.client.isOver, Clock.monotonicNanoseconds() < deadline {
            guard poll(&descriptors, 1, Self.partingMilliseconds) > 0 else { break }
            self.client.step()
        }
        self.login?.leg.disconnect()
        self.client.disconnect()
        if let ending = self.ending { self.broker.send(.ended(ending)) }
    }
}
