import AdminAPI
import SessionStore

@testable import Gateway

/// No broker keeps requests in these tests.
extension FakeLiveSessions {
    func file(_ wish: RequestWish, by actor: String) async throws -> StoredRequest {
        throw AdminError(.failed, "no broker")
    }

    func take(_ step: RequestStep, onRequest number: Int64, by actor: RequestActor) async throws -> StoredRequest {
        throw AdminError(.failed, "no broker")
    }
}

extension FakeLiveSessions {
    func breakGlass(_ wish: EmergencyWish, by actor: String) async throws -> StoredBreakGlassUse {
        throw AdminError(.failed, "no broker")
    }

    func endEmergency(_ number: Int64, cause: String, by actor: String) async throws -> StoredBreakGlassUse {
        throw AdminError(.failed, "no broker")
    }
}
