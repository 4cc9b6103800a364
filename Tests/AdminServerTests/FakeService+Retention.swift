import AdminAPI

extension FakeService {
    private static let settings = RetentionSettings(
        defaultSeconds: 400 * 86_400, rules: [RetentionRuleInfo(kind: "target", subject: "web1", keepSeconds: nil)])

    func listRetention(by actor: AdminActor) async throws -> RetentionSettings {
        self.note("listRetention", actor)
        return Self.settings
    }

    func setRetention(_ rule: RetentionRuleInfo, by actor: AdminActor) async throws -> RetentionSettings {
        self.note("setRetention \(rule.kind) \(rule.subject) \(rule.keepSeconds ?? -1)", actor)
        return Self.settings
    }

    func removeRetention(kind: String, subject: String, by actor: AdminActor) async throws -> RetentionSettings {
        self.note("removeRetention \(kind) \(subject)", actor)
        return Self.settings
    }

    func runRetention(_ request: RunRetentionRequest, by actor: AdminActor) async throws -> RetentionResult {
        self.note("runRetention \(request.dryRun)", actor)
        return RetentionResult(deleted: [], held: [], failed: [])
    }

    func deleteRecording(_ id: String, reason: String?, by actor: AdminActor) async throws -> RecordingInfo {
        self.note("deleteRecording \(id) \(reason ?? "-")", actor)
        throw AdminError(.conflict, "recording \(id) is under a legal hold of user alice: case 1")
    }

    func listHolds(by actor: AdminActor) async throws -> [LegalHoldInfo] {
        self.note("listHolds", actor)
        return []
    }

    func placeHold(_ request: LegalHoldRequest, by actor: AdminActor) async throws {
        self.note("placeHold \(request.kind) \(request.subject) \(request.reason)", actor)
    }

    func releaseHold(_ request: LegalHoldRequest, by actor: AdminActor) async throws {
        self.note("releaseHold \(request.kind) \(request.subject) \(request.reason)", actor)
    }
}
