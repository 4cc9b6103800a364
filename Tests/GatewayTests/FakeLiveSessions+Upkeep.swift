import AdminAPI

@testable import Gateway

/// No target is at hand in these tests.
extension FakeLiveSessions {
    func isRotating(target: String, account: String) async -> Bool { false }

    func rotate(target: String, account: String, via: String?, by actor: String) async throws -> RotationOutcome {
        throw AdminError(.failed, "no target")
    }

    func restore(target: String, account: String, version: Int, unproved: Bool, by actor: String) async throws {
        throw AdminError(.failed, "no target")
    }

    func checkIn(target: String, account: String, by actor: String) async throws -> Bool {
        throw AdminError(.failed, "no target")
    }

    func discover(target: String, account: String, by actor: String) async throws -> AccountDiscovery {
        throw AdminError(.failed, "no target")
    }
}
