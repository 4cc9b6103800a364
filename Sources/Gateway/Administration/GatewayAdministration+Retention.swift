import AdminAPI
import AuditLog
import Platform
import SessionStore

extension GatewayAdministration {
    /// The shortest time that recordings are kept, in seconds.
    private static let shortestKeeping = 86_400
    private static let longestReason = 1000

    func listRetention(by actor: AdminActor) async throws -> RetentionSettings {
        let store = self.store
        let defaultSeconds = self.live.defaultRetentionSeconds
        return try await self.perform {
            RetentionSettings(
                defaultSeconds: defaultSeconds,
                rules: try store.retentionRules().map { rule in
                    RetentionRuleInfo(
                        kind: rule.subject.kind, subject: rule.subject.name, keepSeconds: rule.keepSeconds)
                })
        }
    }

    func setRetention(_ rule: RetentionRuleInfo, by actor: AdminActor) async throws -> RetentionSettings {
        if let seconds = rule.keepSeconds, seconds < Self.shortestKeeping || seconds > 36_500 * 86_400 {
            throw AdminError(
                .invalidInput, "recordings are kept for a day at least, and at most for a hundred years",
                hint: "give a number of days such as 90d, or forever")
        }
        let (store, subject) = (self.store, try Self.subject(rule.kind, rule.subject))
        try await self.perform { try store.setRetentionRule(subject, keepSeconds: rule.keepSeconds, by: actor.name) }
        return try await self.listRetention(by: actor)
    }

    func removeRetention(kind: String, subject: String, by actor: AdminActor) async throws -> RetentionSettings {
        let (store, rule) = (self.store, try Self.subject(kind, subject))
        try await self.perform { try store.removeRetentionRule(rule, by: actor.name) }
        return try await self.listRetention(by: actor)
    }

    func runRetention(_ request: RunRetentionRequest, by actor: AdminActor) async throws -> RetentionResult {
        do {
            return try await self.live.applyRetention(dryRun: request.dryRun, by: actor.name)
        } catch {
            throw AdminError(error)
        }
    }

    func deleteRecording(_ id: String, reason: String?, by actor: AdminActor) async throws -> RecordingInfo {
        let reason = try Self.required(reason)
        let (store, recordings) = (self.store, self.recordings)
        let session = try await self.perform { try Self.session(id, in: store) }
        do {
            try await self.live.deleteRecording(session, reason: reason, by: actor.name)
        } catch {
            throw AdminError(error)
        }
        return try await self.perform {
            RecordingInfo(session, in: recordings, deleted: try store.deletedRecording(session.id))
        }
    }

    func listHolds(by actor: AdminActor) async throws -> [LegalHoldInfo] {
        let store = self.store
        return try await self.perform {
            try store.legalHolds().map { hold in
                LegalHoldInfo(
                    kind: hold.subject.kind, subject: hold.subject.name, reason: hold.reason, actor: hold.actor,
                    placed: Timestamp(nanosecondsSince1970: hold.placedNanoseconds))
            }
        }
    }

    func placeHold(_ request: LegalHoldRequest, by actor: AdminActor) async throws {
        let (store, hold) = (self.store, try Self.hold(request.kind, request.subject))
        let reason = try Self.required(request.reason)
        try await self.perform { try store.placeHold(hold, reason: reason, by: actor.name) }
    }

    func releaseHold(_ request: LegalHoldRequest, by actor: AdminActor) async throws {
        let (store, hold) = (self.store, try Self.hold(request.kind, request.subject))
        let reason = try Self.required(request.reason)
        try await self.perform { try store.releaseHold(hold, reason: reason, by: actor.name) }
    }

    private static func subject(_ kind: String, _ name: String) throws -> RetentionRule.Subject {
        guard let subject = RetentionRule.Subject(kind: kind, name: name) else {
            throw AdminError(.invalidInput, "a retention rule is about a grant, a target or a label")
        }
        return subject
    }

    private static func hold(_ kind: String, _ name: String) throws -> LegalHold.Subject {
        guard let subject = LegalHold.Subject(kind: kind, name: name), !name.isEmpty, name.utf8.count <= 256 else {
            throw AdminError(.invalidInput, "a legal hold is on a recording, a user or a target")
        }
        return subject
    }

    private static func required(_ reason: String?) throws -> String {
        guard let reason, reason.contains(where: { !$0.isWhitespace }), reason.utf8.count <= Self.longestReason else {
            throw AdminError(
                .invalidInput, "a reason is needed, of \(Self.longestReason) bytes at most", hint: "give --reason")
        }
        return reason
    }
}
