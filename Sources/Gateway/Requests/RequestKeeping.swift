import AccessPolicy
import AdminAPI
import SessionStore

/// What somebody wants to be approved.
struct RequestWish: Hashable, Sendable {
    let user: String
    let account: String
    let target: String
    /// nil for that which needs the fewest approvals.
    let grant: String?
    /// nil for the grant's usual time.
    let seconds: Int?
    let reason: String
    let ticket: String
    let origin: AccessOrigin
    /// Address of the client, or a word for another way in.
    let from: String
}

/// What the gateway does with requests for access, whichever way they come in. Throws `AdminError` and `StoreError`, with
/// lines for whoever asked.
protocol RequestKeeping: Sendable {
    /// - parameter actor: the user, or the operator for them.
    func file(_ wish: RequestWish, by actor: String) async throws -> StoredRequest

    /// Returns when what the step has ended is dead, by the kernel's word.
    func take(_ step: RequestStep, onRequest number: Int64, by actor: RequestActor) async throws -> StoredRequest
}
