import SessionStore

/// Emergency access that is opened on the gateway's host, by sealed codes.
struct EmergencyWish: Sendable {
    let user: String
    let account: String
    let target: String
    let reason: String
    let codes: [String]
    let from: String
}

/// What the gateway does with emergencies, as far as running sessions are concerned. Throws `AdminError` and `StoreError`.
protocol EmergencyKeeping: Sendable {
    func breakGlass(_ wish: EmergencyWish, by actor: String) async throws -> StoredBreakGlassUse
    /// Before its time. Returns when the sessions are dead, by the kernel's word.
    func endEmergency(_ number: Int64, cause: String, by actor: String) async throws -> StoredBreakGlassUse
}
