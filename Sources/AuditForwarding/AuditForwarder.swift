import AdminAPI
import Logging
import Synchronization

/// Brings every row of the audit log to one receiver, in order, at least once.
///
/// A row counts as received when the receiver said so, or, for syslog, which never says anything, when its machine
/// acknowledged the bytes and the connection lived on for ``AuditReceiver/doubt``. After a failure it goes on after
/// the last such row: some may come twice, and are told by their sequence numbers.
final class AuditForwarder: Sendable {
    let name: String
    let kind: String
    private let receiver: any AuditReceiver
    private let source: any AuditSource
    /// Beginnings of the codes of rows that it gets; empty for all.
    private let codes: [String]
    private let log: Logger
    private let state = Mutex(State())

    struct State {
        var position: UInt64 = 0
        var failure: String?
        /// Failures since it last worked.
        fileprivate var failures = 0
    }

    /// Failures in a row that make an outage. What is told of outages are rows as well: a receiver that fails now and
    /// then must not keep itself busy with them.
    private static let outage = 3

    private static let batch = 100
    private static let idle = Duration.milliseconds(500)
    private static let longestPause = Duration.seconds(60)

    init(
        name: String, kind: String, receiver: any AuditReceiver, source: any AuditSource, codes: [String] = [],
        log: Logger
    ) {
        self.name = name
        self.kind = kind
        self.receiver = receiver
        self.source = source
        self.codes = codes
        self.log = log
    }

    /// Position of the last row that was received, and what is wrong now.
    var status: State { self.state.withLock { $0 } }

    /// Until the task is cancelled.
    func run() async {
        var pause = Duration.seconds(1)
        while !Task.isCancelled {
            do {
                try await self.serve { pause = .seconds(1) }
            } catch is CancellationError {
                return
            } catch {
                await self.failed((error as? ReceiverFailure)?.cause ?? "\(error)")
                try? await Task.sleep(for: pause)
                pause = min(pause * 2, Self.longestPause)
            }
        }
    }

    /// - parameter delivered: called after each delivery.
    private func serve(_ delivered: () -> Void) async throws {
        var sent = try await self.source.position(of: self.name)
        self.state.withLock { $0.position = sent }
        let delivery = try await self.receiver.connect()
        do {
            // Delivered, and not certain yet.
            var uncertain: [(sequence: UInt64, since: ContinuousClock.Instant)] = []
            while true {
                let rows = try await self.source.rows(after: sent, limit: Self.batch)
                if let last = rows.last {
                    var wanted = rows.filter(self.isWanted)[...]
                    while !wanted.isEmpty {
                        let batch = wanted.prefix(self.receiver.batch)
                        try await delivery.deliver(Array(batch))
                        wanted = wanted.dropFirst(batch.count)
                        // The rest may fail.
                        if let next = wanted.first, self.receiver.doubt == .zero {
                            try await self.source.setPosition(next.sequence - 1, of: self.name)
                        }
                    }
                    sent = last.sequence
                    uncertain.append((sent, .now))
                    delivered()
                    await self.works()
                } else {
                    try await Task.sleep(for: Self.idle)
                    try await delivery.check()
                    if sent == self.status.position { await self.works() }
                }
                let certain = uncertain.prefix { $0.since.duration(to: .now) >= self.receiver.doubt }
                if let last = certain.last {
                    try await self.source.setPosition(last.sequence, of: self.name)
                    self.state.withLock { $0.position = last.sequence }
                    uncertain.removeFirst(certain.count)
                }
            }
        } catch {
            await delivery.close()
            throw error
        }
    }

    private func isWanted(_ row: AuditExportRow) -> Bool {
        self.codes.isEmpty || self.codes.contains { row.code.hasPrefix($0) }
    }

    private func failed(_ cause: String) async {
        let (before, failures) = self.state.withLock { state in
            defer { state.failure = cause }
            state.failures += 1
            return (state.failure, state.failures)
        }
        if before != cause { self.log.warning("audit receiver \(self.name): \(cause)") }
        if failures == Self.outage { await self.source.changed(self.name, failure: cause) }
    }

    private func works() async {
        let failures = self.state.withLock { state in
            defer { (state.failure, state.failures) = (nil, 0) }
            return state.failures
        }
        guard failures > 0 else { return }
        self.log.notice("audit receiver \(self.name): works again")
        if failures >= Self.outage { await self.source.changed(self.name, failure: nil) }
    }
}
