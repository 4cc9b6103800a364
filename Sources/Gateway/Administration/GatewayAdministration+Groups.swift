import AdminAPI
import AuditLog
import SessionStore

extension GatewayAdministration {
    /// Longest comment of a group, in bytes.
    private static let maximumCommentBytes = 512

    func addGroup(_ request: AddGroupRequest, by actor: AdminActor) async throws -> GroupInfo {
        let comment = try Self.groupComment(request.comment ?? "")
        let store = self.store
        return try await self.perform {
            try store.addGroup(request.name, comment: comment, members: request.members, by: actor.name)
            return try Self.group(request.name, in: store)
        }
    }

    func listGroups(by actor: AdminActor) async throws -> [GroupInfo] {
        let store = self.store
        return try await self.perform {
            let grants = try store.grants()
            return try store.groups().map { GroupInfo($0, grants) }
        }
    }

    func showGroup(_ name: String, by actor: AdminActor) async throws -> GroupInfo {
        let store = self.store
        return try await self.perform { try Self.group(name, in: store) }
    }

    func changeGroup(
        _ request: ChangeGroupRequest, named name: String, by actor: AdminActor
    ) async throws -> ChangedGroup {
        let change = SessionStore.GroupChange(
            comment: try request.comment.map(Self.groupComment), added: request.addMembers ?? [],
            removed: request.removeMembers ?? [])
        let requirement = try request.require.map(self.requirement)
        let store = self.store
        let withdrawal = try await self.withdrawing(reason: nil, by: actor) {
            if let requirement { try store.setRequirement(requirement, ofGroup: name, by: actor.name) }
            // Of a change that asks for nothing at all the store says so.
            if requirement == nil || !change.isEmpty { try store.changeGroup(name, change, by: actor.name) }
        }
        return ChangedGroup(
            group: try await self.perform { try Self.group(name, in: store) }, withdrawal: withdrawal)
    }

    func removeGroup(_ name: String, reason: String?, by actor: AdminActor) async throws -> Withdrawal {
        let store = self.store
        return try await self.withdrawing(reason: reason, by: actor) { try store.removeGroup(name, by: actor.name) }
    }

    static func groupComment(_ text: String) throws -> String {
        guard text.utf8.count <= Self.maximumCommentBytes else {
            throw AdminError(.invalidInput, "the comment is longer than \(Self.maximumCommentBytes) bytes")
        }
        return AuditField.printable(text)
    }

    private static func group(_ name: String, in store: SessionStore) throws -> GroupInfo {
        guard let group = try store.group(name) else {
            throw AdminError(.notFound, "there is no group \(name)", hint: "see sallyport group list")
        }
        return GroupInfo(group, try store.grants())
    }
}

extension GroupInfo {
    fileprivate init(_ group: StoredGroup, _ grants: [StoredGrant]) {
        self.init(
            name: group.name, comment: group.comment, members: group.members,
            grants: grants.map(\.grant).filter { $0.groups.contains(group.name) }.map(\.name),
            require: group.requirement?.words ?? [], added: Timestamp(nanosecondsSince1970: group.addedNanoseconds))
    }
}
