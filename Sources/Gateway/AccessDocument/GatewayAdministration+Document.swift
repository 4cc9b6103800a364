import AccessPolicy
import AdminAPI
import GatewayConfiguration
import SessionStore

extension GatewayAdministration {
    /// Ends a transaction that was only to be tried.
    private struct DryRun: Error {
        let result: ApplyResult
    }

    func apply(_ request: ApplyRequest, by actor: AdminActor) async throws -> ApplyResult {
        let (store, hasProvider) = (self.store, self.provider != nil)
        do {
            var result = try await self.pool.run {
                try store.atomically {
                    var application = AccessApplication(store: store, actor: actor.name, hasProvider: hasProvider)
                    try application.apply(request.document, prune: request.prune)
                    let result = ApplyResult(
                        plan: application.plan, warnings: application.warnings,
                        withdrawal: Withdrawal(endedSessions: [], endedConnections: 0))
                    if let plan = request.plan, plan != result.plan {
                        throw AdminError(
                            .conflict, "something was changed since the plan was shown",
                            hint: "nothing was done: try again")
                    }
                    // Everything has been tried by now, so that a plan that is shown can be carried out.
                    if request.dryRun { throw DryRun(result: result) }
                    return result
                }
            }
            if !result.plan.isEmpty {
                result.withdrawal = try await self.withdrawing(reason: nil, by: actor) {}
            }
            return result
        } catch let rehearsal as DryRun {
            return rehearsal.result
        } catch {
            throw AdminError(error)
        }
    }

    func exportDocument(by actor: AdminActor) async throws -> AccessDocument {
        let store = self.store
        return try await self.perform {
            // Of one moment.
            try store.atomically {
                func byName<Entry>(_ entries: [(String, Entry)]) -> [String: Entry] {
                    Dictionary(entries, uniquingKeysWith: { first, _ in first })
                }
                return AccessDocument(
                    users: byName(
                        try store.users().filter(\.isOfDocuments).map { ($0.name, AccessDocument.UserEntry($0)) }),
                    groups: byName(
                        try store.groups().map { group in
                            (
                                group.name,
                                AccessDocument.GroupEntry(
                                    comment: group.comment, members: group.members,
                                    require: group.requirement?.words ?? [])
                            )
                        }),
                    targets: byName(try store.targets().map { ($0.name, AccessDocument.TargetEntry($0)) }),
                    grants: byName(try store.grants().map { ($0.grant.name, AccessDocument.GrantEntry($0.grant)) }))
            }
        }
    }
}

extension AccessDocument.UserEntry {
    fileprivate init(_ user: StoredUser) {
        self.init(
            enabled: user.isEnabled,
            keys: user.keys.map { entry in
                AccessDocument.KeyEntry(
                    key: PublicKeyInfo(entry.key).line,
                    expires: entry.expiresNanoseconds.map(Timestamp.init(nanosecondsSince1970:)),
                    requireTouch: entry.isSecurityKey ? entry.requiresTouch : nil,
                    requireVerification: entry.isSecurityKey ? entry.requiresVerification : nil)
            }, require: user.requirement?.words ?? [])
    }
}

extension AccessDocument.TargetEntry {
    fileprivate init(_ target: StoredTarget) {
        self.init(
            address: NetworkAddress(host: target.host, port: target.port).description,
            hostKeys: target.hostKeys.map { PublicKeyInfo($0).line },
            labels: Dictionary(
                target.labels.compactMap { try? Label(parsing: $0) }.map { ($0.key, $0.value) },
                uniquingKeysWith: { first, _ in first }),
            algorithms: target.algorithms, passwordPrompt: target.passwordPrompt ?? "",
            prompts: target.prompts.rawValue, accounts: target.accounts)
    }
}
