import AdminAPI
import SessionStore

@testable import Gateway

/// Nothing is deleted in these tests.
extension FakeLiveSessions {
    var defaultRetentionSeconds: Int? { nil }

    func applyRetention(dryRun: Bool, by actor: String) async throws -> RetentionResult {
        RetentionResult(deleted: [], held: [], failed: [])
    }

    func deleteRecording(_ session: StoredSession, reason: String, by actor: String) async throws {
        throw AdminError(.failed, "nothing is deleted here")
    }
}
