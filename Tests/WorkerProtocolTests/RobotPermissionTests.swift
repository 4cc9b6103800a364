import Testing

@testable import WorkerProtocol

@Suite("What a robot may say")
struct RobotPermissionTests {
    private static let output = WorkerMessage.programOutput(.output, [1])
    private static let ended = WorkerMessage.programEnded(.exited(0))

    @Test("output and end belong to a program that the broker has started")
    func programs() {
        for early in [Self.output, Self.ended] {
            var permissions = WorkerPermissions.reaching
            #expect(permissions.received(early) != .serve)
            permissions = .reaching
            #expect(permissions.received(.target(.ready)) == .serve)
            #expect(permissions.received(early) != .serve)
        }
        var permissions = WorkerPermissions.reaching
        // Not before it is logged in.
        permissions.started()
        #expect(permissions.phase == .reaching)
        #expect(permissions.received(.target(.ready)) == .serve)
        permissions.started()
        #expect(permissions.received(Self.output) == .serve)
        #expect(permissions.received(.recorded(bytes: 1)) == .serve)
        #expect(permissions.received(Self.ended) == .serve)
        #expect(permissions.phase == .operating)
        #expect(permissions.received(Self.ended) != .serve)
    }

    @Test("a program may say so much and no more, and the next one the same again")
    func bounds() {
        var permissions = WorkerPermissions.reaching
        _ = permissions.received(.target(.ready))
        let piece = WorkerMessage.programOutput(.errors, Array(repeating: 0, count: WireLimits.programPiece))
        for _ in 0..<2 {
            permissions.started()
            for _ in 0..<(WireLimits.programOutput / WireLimits.programPiece) {
                #expect(permissions.received(piece) == .serve)
            }
            #expect(permissions.received(Self.ended) == .serve)
        }
        permissions.started()
        for _ in 0..<(WireLimits.programOutput / WireLimits.programPiece) { _ = permissions.received(piece) }
        #expect(permissions.received(Self.output) != .serve)
        var empty = WorkerPermissions.reaching
        _ = empty.received(.target(.ready))
        empty.started()
        #expect(empty.received(.programOutput(.output, [])) != .serve)
    }

    @Test("nothing that is a client's, and no signature of a key exchange")
    func others() throws {
        let exchange = try #require(WireTests.exchange(.ed25519))
        for message in [exchange, .openTarget, .listDestinations, WireTests.authenticating, .hostKey([1])] {
            for phase in 0..<3 {
                var permissions = WorkerPermissions.reaching
                if phase > 0 { _ = permissions.received(.target(.ready)) }
                if phase > 1 { permissions.started() }
                #expect(permissions.received(message) != .serve, "\(message.name) \(phase)")
            }
        }
        // And a client's worker runs no programs.
        var permissions = WorkerPermissions()
        #expect(permissions.received(Self.output) != .serve)
    }

    @Test("users ask the gateway itself one thing after the other, on connections without a target, and not for ever")
    func orders() {
        let order = WorkerMessage.order(DeskOrder(command: [1], hasTerminal: true))
        func undirected() -> WorkerPermissions {
            var permissions = WorkerPermissions()
            _ = permissions.received(WireTests.authenticating)
            permissions.judged(accepted: true, proved: true)
            #expect(permissions.received(.openTarget) == .serve)
            permissions.foundNoTarget()
            return permissions
        }
        var early = WorkerPermissions()
        #expect(early.received(order) != .serve)
        var twice = undirected()
        #expect(twice.received(order) == .serve)
        #expect(twice.received(order) != .serve)
        var many = undirected()
        for _ in 0..<WireLimits.orders {
            #expect(many.received(order) == .serve)
            many.answeredOrder()
        }
        #expect(many.received(order) != .serve)
    }

    @Test("a secret for a program is found in its message")
    func secrets() {
        let bytes = BrokerMessage.programSecret([1, 2, 3]).encoded
        let found = BrokerMessage.secret(in: bytes)
        #expect(found?.kind == .program && found.map { Array(bytes[$0.range]) } == [1, 2, 3])
    }
}
