import AdminAPI

/// Requests for access.
extension FakeService {
    private static func sample(_ id: Int64, _ state: String) -> RequestInfo {
        RequestInfo(
            id: id, user: "alice", account: "root", target: "web1", grant: "on-call", state: state,
            permits: state == "approved", seconds: 1800, reason: "disk full", ticket: "OPS-1", from: "10.0.0.9:1",
            filedBy: "alice", filed: Self.time, waitsUntil: Self.time, decided: nil, decidedBy: nil,
            decisionText: nil, until: nil, approvals: [.init(approver: "carol", time: Self.time, text: "go")],
            quorum: "2 of leads")
    }

    func listRequests(all: Bool, by actor: AdminActor) async throws -> [RequestInfo] {
        self.note("listRequests \(all)", actor)
        return [Self.sample(7, "waiting")]
    }

    func showRequest(_ id: Int64, by actor: AdminActor) async throws -> RequestInfo {
        self.note("showRequest \(id)", actor)
        return Self.sample(id, "waiting")
    }

    func createRequest(_ request: CreateRequestRequest, by actor: AdminActor) async throws -> RequestInfo {
        self.note(
            "createRequest \(request.user) \(request.account)@\(request.target) \(request.seconds ?? 0) \(request.reason) "
                + "\(request.ticket ?? "-") \(request.grant ?? "-")", actor)
        return Self.sample(8, "waiting")
    }

    func approveRequest(
        _ id: Int64, _ decision: DecideRequestRequest, by actor: AdminActor
    ) async throws -> RequestInfo {
        self.note("approveRequest \(id) \(decision.override ?? false) \(decision.text ?? "-")", actor)
        return Self.sample(id, "approved")
    }

    func denyRequest(_ id: Int64, _ decision: DecideRequestRequest, by actor: AdminActor) async throws -> RequestInfo {
        self.note("denyRequest \(id) \(decision.text ?? "-")", actor)
        return Self.sample(id, "denied")
    }

    func revokeRequest(
        _ id: Int64, _ decision: DecideRequestRequest, by actor: AdminActor
    ) async throws -> RequestInfo {
        self.note("revokeRequest \(id) \(decision.text ?? "-")", actor)
        return Self.sample(id, "revoked")
    }
}
