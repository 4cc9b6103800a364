import AdminAPI
import Logging
import Synchronization
import Testing

@testable import AuditForwarding

/// A log in memory.
private final class FakeSource: AuditSource {
    struct State {
        var rows: [AuditExportRow] = []
        var position: UInt64 = 0
        var changes: [String?] = []
    }
    let state = Mutex(State())

    func append(_ count: Int) {
        self.state.withLock { state in
            for _ in 0..<count {
                state.rows.append(
                    AuditExportRow(
                        sequence: UInt64(state.rows.count + 1), time: "2026-01-31T08:05:09Z", code: "SP1001I",
                        actor: "a", text: "t", fields: [:], order: [], hash: ""))
            }
        }
    }

    func rows(after sequence: UInt64, limit: Int) async throws -> [AuditExportRow] {
        self.state.withLock { Array($0.rows.dropFirst(Int(sequence)).prefix(limit)) }
    }
    func position(of receiver: String) async throws -> UInt64 { self.state.withLock { $0.position } }
    func setPosition(_ sequence: UInt64, of receiver: String) async throws {
        self.state.withLock { $0.position = sequence }
    }
    func changed(_ receiver: String, failure: String?) async { self.state.withLock { $0.changes.append(failure) } }
}

/// A receiver that fails when it is told to.
private final class FakeReceiver: AuditReceiver, AuditDelivery {
    let doubt: Duration
    let got = Mutex<[UInt64]>([])
    /// Failures still to come; a delivery that fails may have got through.
    let failures: Mutex<Int>

    init(doubt: Duration, failures: Int) {
        self.doubt = doubt
        self.failures = Mutex(failures)
    }

    func connect() async throws -> any AuditDelivery { self }

    func deliver(_ rows: [AuditExportRow]) async throws {
        self.got.withLock { $0 += rows.map(\.sequence) }
        let fails = self.failures.withLock { left in
            defer { left = max(0, left - 1) }
            return left > 0
        }
        if fails { throw ReceiverFailure("down") }
    }

    func check() async throws {}
    func close() async {}
}

@Suite("Forwarding of the audit log")
struct AuditForwarderTests {
    private let source = FakeSource()

    private func run(_ receiver: FakeReceiver, until done: () -> Bool) async throws -> AuditForwarder {
        let forwarder = AuditForwarder(
            name: "siem", kind: "fake", receiver: receiver, source: self.source, log: Logger(label: "test"))
        let task = Task { await forwarder.run() }
        while !done() { try await Task.sleep(for: .milliseconds(5)) }
        task.cancel()
        await task.value
        return forwarder
    }

    @Test("every row is delivered in order, and the place is remembered", .timeLimit(.minutes(1)))
    func order() async throws {
        self.source.append(250)
        let receiver = FakeReceiver(doubt: .zero, failures: 0)
        let forwarder = try await self.run(receiver) { self.source.state.withLock { $0.position } == 250 }
        #expect(receiver.got.withLock { $0 } == Array(1...250))
        #expect(forwarder.status.position == 250)
        // Somebody else goes on from there.
        self.source.append(3)
        let next = FakeReceiver(doubt: .zero, failures: 0)
        _ = try await self.run(next) { self.source.state.withLock { $0.position } == 253 }
        #expect(next.got.withLock { $0 } == [251, 252, 253])
        #expect(self.source.state.withLock { $0.changes }.isEmpty)
    }

    @Test("what failed is sent again, and an outage is told once with its end", .timeLimit(.minutes(1)))
    func outage() async throws {
        self.source.append(5)
        let receiver = FakeReceiver(doubt: .zero, failures: 3)
        let forwarder = try await self.run(receiver) { self.source.state.withLock { $0.position } == 5 }
        #expect(receiver.got.withLock { $0 } == Array(repeating: Array(1...5), count: 4).flatMap { $0 })
        #expect(self.source.state.withLock { $0.changes } == ["down", nil])
        #expect(forwarder.status.failure == nil)
    }

    @Test("a failure now and then is no outage: telling of it would make rows without end", .timeLimit(.minutes(1)))
    func hiccup() async throws {
        self.source.append(5)
        _ = try await self.run(FakeReceiver(doubt: .zero, failures: 2)) {
            self.source.state.withLock { $0.position } == 5
        }
        #expect(self.source.state.withLock { $0.changes }.isEmpty)
    }

    @Test("a row that is delivered is not received while the receiver may still die with it", .timeLimit(.minutes(1)))
    func doubt() async throws {
        self.source.append(5)
        let receiver = FakeReceiver(doubt: .seconds(3600), failures: 0)
        let forwarder = try await self.run(receiver) { receiver.got.withLock { $0.count } == 5 }
        #expect(forwarder.status.position == 0)
        #expect(self.source.state.withLock { $0.position } == 0)
    }
}
