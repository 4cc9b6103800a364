import AdminAPI
import AuditLog

extension GatewayAdministration {
    /// Longest reason, in bytes. It is kept in the recording's seal.
    static let maximumReasonBytes = 512

    /// Runs a change that may take access away, then ends whatever is no longer permitted.
    /// - returns: once all of that is dead, by the kernel's word.
    /// - throws: what `work` throws; `failed` when something could not be proved dead.
    func withdrawing(
        reason: String?, by actor: AdminActor, _ work: @escaping @Sendable () throws -> Void
    ) async throws -> Withdrawal {
        let reason = try reason.map(Self.checkedReason)
        try await self.perform(work)
        let review = try await self.live.review(by: actor.name, reason: reason)
        guard review.unverified.isEmpty else {
            throw AdminError(
                .failed, "the change is made, but the kernel does not confirm the end of a session",
                hint: "see sallyport session list, and the gateway's log")
        }
        return Withdrawal(endedSessions: review.sessions.sorted(), endedConnections: review.otherConnections)
    }

    /// As it is shown and kept: 1 to 512 bytes on one line.
    static func checkedReason(_ reason: String) throws -> String { try self.checkedLine(reason, "reason") }

    /// As ``checkedReason(_:)``. - parameter what: names it in the error.
    static func checkedLine(_ text: String, _ what: String) throws -> String {
        guard (1...Self.maximumReasonBytes).contains(text.utf8.count) else {
            throw AdminError(
                .invalidInput, "the \(what) is empty or too long", hint: "give 1 to \(Self.maximumReasonBytes) bytes")
        }
        return AuditField(name: what, value: text).value
    }
}
