import AdminAPI

/// Emergencies.
extension FakeService {
    private static let sample = EmergencyInfo(
        id: 3, user: "alice", account: "root", target: "web1", grant: "glass", reason: "fire", method: "sealed-codes",
        from: "10.0.0.9:1", opened: FakeService.time, until: FakeService.time, state: "needs-review", reviews: [],
        reviewers: ["leads"])

    func listEmergencies(all: Bool, by actor: AdminActor) async throws -> [EmergencyInfo] {
        self.note("listEmergencies \(all)", actor)
        return [Self.sample]
    }

    func openEmergency(_ request: OpenEmergencyRequest, by actor: AdminActor) async throws -> EmergencyInfo {
        self.note("openEmergency \(request.user) \(request.account)@\(request.target) \(request.codes.count)", actor)
        return Self.sample
    }

    func endEmergency(_ id: Int64, reason: String, by actor: AdminActor) async throws -> EmergencyInfo {
        self.note("endEmergency \(id) \(reason)", actor)
        return Self.sample
    }

    func makeSealedCodes(_ request: MakeSealedCodesRequest, by actor: AdminActor) async throws -> SealedCodes {
        self.note("makeSealedCodes \(request.threshold) \(request.count)", actor)
        return SealedCodes(threshold: request.threshold, codes: [SecretField(Array("AAAA".utf8))])
    }
}
