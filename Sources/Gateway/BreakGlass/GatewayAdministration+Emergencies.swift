import AccessPolicy
import AdminAPI
import Identity
import SessionStore

extension GatewayAdministration {
    func listEmergencies(all: Bool, by actor: AdminActor) async throws -> [EmergencyInfo] {
        let store = self.store
        return try await self.perform { try store.breakGlassUses(unreviewedOnly: !all).map(EmergencyInfo.init) }
    }

    func openEmergency(_ request: OpenEmergencyRequest, by actor: AdminActor) async throws -> EmergencyInfo {
        let wish = EmergencyWish(
            user: request.user, account: request.account, target: request.target,
            reason: try Self.checkedReason(request.reason),
            codes: request.codes.map { String(decoding: $0.bytes, as: UTF8.self) }, from: actor.place)
        do {
            return EmergencyInfo(try await self.live.breakGlass(wish, by: actor.name))
        } catch {
            throw AdminError(error)
        }
    }

    func endEmergency(_ id: Int64, reason: String, by actor: AdminActor) async throws -> EmergencyInfo {
        do {
            return EmergencyInfo(
                try await self.live.endEmergency(id, cause: Self.checkedReason(reason), by: actor.name))
        } catch {
            throw AdminError(error)
        }
    }

    func makeSealedCodes(_ request: MakeSealedCodesRequest, by actor: AdminActor) async throws -> SealedCodes {
        guard SealedCode.countRange.contains(request.count), (2...request.count).contains(request.threshold) else {
            throw AdminError(
                .invalidInput, "a set has 2 to \(SealedCode.countRange.upperBound) codes, at least 2 of which open",
                hint: "such as -k 2 -n 5")
        }
        let (codes, verifier) = SealedCode.make(threshold: request.threshold, count: request.count)
        let store = self.store
        try await self.perform {
            try store.setSealedCodes(
                threshold: request.threshold, count: request.count, verifier: verifier, by: actor.name)
        }
        return SealedCodes(threshold: request.threshold, codes: codes.map { SecretField(Array($0.utf8)) })
    }
}

extension EmergencyInfo {
    init(_ use: StoredBreakGlassUse) {
        self.init(
            id: use.number, user: use.user, account: use.account, target: use.target, grant: use.grant,
            reason: use.reason, method: use.method, from: use.from,
            opened: Timestamp(nanosecondsSince1970: use.openedNanoseconds),
            until: Timestamp(nanosecondsSince1970: use.untilNanoseconds),
            state: use.reviewedNanoseconds == nil ? "needs-review" : "reviewed",
            reviews: use.reviews.map {
                Review(reviewer: $0.reviewer, time: Timestamp(nanosecondsSince1970: $0.nanoseconds), text: $0.text)
            }, reviewers: use.reviewers.sorted())
    }
}
