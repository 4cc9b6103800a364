import AdminAPI

/// What takes access away, and groups.
extension FakeService {
    private func withdraw(_ call: String, _ actor: AdminActor) -> Withdrawal {
        self.note(call, actor)
        return self.seen.withdrawal
    }

    func changeUser(_ request: ChangeUserRequest, named name: String, by actor: AdminActor) async throws -> Withdrawal {
        self.withdraw(
            "changeUser \(name) \(request.enabled.map { "\($0)" } ?? "-") \(request.require?.joined(separator: ",") ?? "-") \(request.reason ?? "-")",
            actor)
    }

    func removeUser(_ name: String, reason: String?, by actor: AdminActor) async throws -> Withdrawal {
        self.state.withLock { $0.users.removeAll { $0.name == name } }
        return self.withdraw("removeUser \(name) \(reason ?? "-")", actor)
    }

    func removeKey(
        _ fingerprint: String, ofUser name: String, reason: String?, by actor: AdminActor
    ) async throws -> Withdrawal {
        self.withdraw("removeKey \(name) \(fingerprint) \(reason ?? "-")", actor)
    }

    func removeGrant(_ name: String, reason: String?, by actor: AdminActor) async throws -> Withdrawal {
        self.withdraw("removeGrant \(name) \(reason ?? "-")", actor)
    }

    func beginSecondFactor(ofUser name: String, by actor: AdminActor) async throws -> SecondFactorEnrolment {
        self.note("beginSecondFactor \(name)", actor)
        return SecondFactorEnrolment(uri: SecretField(Array("otpauth://totp/x?secret=PLANTED".utf8)))
    }

    func confirmSecondFactor(
        _ request: ConfirmSecondFactorRequest, ofUser name: String, by actor: AdminActor
    ) async throws -> RecoveryCodes {
        self.note("confirmSecondFactor \(name) \(String(decoding: request.code.bytes, as: UTF8.self))", actor)
        return RecoveryCodes(codes: [SecretField(Array("abcd-efgh".utf8))])
    }

    func removeSecondFactor(ofUser name: String, by actor: AdminActor) async throws {
        self.note("removeSecondFactor \(name)", actor)
    }

    func makeRecoveryCodes(ofUser name: String, by actor: AdminActor) async throws -> RecoveryCodes {
        self.note("makeRecoveryCodes \(name)", actor)
        return RecoveryCodes(codes: [SecretField(Array("abcd-efgh".utf8))])
    }

    func directoryStatus(by actor: AdminActor) async throws -> DirectoryStatus {
        self.note("directoryStatus", actor)
        return DirectoryStatus(servers: [
            DirectoryStatus.Server(address: "ldaps://dc1", trouble: nil),
            DirectoryStatus.Server(address: "ldaps://dc2", trouble: "no answer in time"),
        ])
    }

    func showDirectoryPerson(_ name: String, by actor: AdminActor) async throws -> DirectoryPersonInfo {
        self.note("showDirectoryPerson \(name)", actor)
        return DirectoryPersonInfo(
            name: name, distinguishedName: "uid=\(name),dc=x", directoryGroups: ["cn=dba,dc=x"], groups: ["dba"],
            keys: ["SHA256:abc"], refusal: "disabled in the directory")
    }

    func addUserAuthority(
        _ request: AddUserAuthorityRequest, by actor: AdminActor
    ) async throws -> UserAuthorityInfo {
        self.note("addUserAuthority \(request.name) \(request.principals.joined(separator: ","))", actor)
        return UserAuthorityInfo(name: request.name, key: Self.key, principals: request.principals, added: Self.time)
    }

    func listUserAuthorities(by actor: AdminActor) async throws -> [UserAuthorityInfo] {
        self.note("listUserAuthorities", actor)
        return [UserAuthorityInfo(name: "corp", key: Self.key, principals: ["*"], added: Self.time)]
    }

    func removeUserAuthority(_ name: String, reason: String?, by actor: AdminActor) async throws -> Withdrawal {
        self.withdraw("removeUserAuthority \(name) \(reason ?? "-")", actor)
    }

    func addGroup(_ request: AddGroupRequest, by actor: AdminActor) async throws -> GroupInfo {
        self.note("addGroup \(request.name) \(request.members.joined(separator: ","))", actor)
        let group = GroupInfo(
            name: request.name, comment: request.comment ?? "", members: request.members, grants: ["admins"],
            added: Self.time)
        self.state.withLock { $0.groups.append(group) }
        return group
    }

    func listGroups(by actor: AdminActor) async throws -> [GroupInfo] {
        self.note("listGroups", actor)
        return self.seen.groups
    }

    func showGroup(_ name: String, by actor: AdminActor) async throws -> GroupInfo {
        self.note("showGroup \(name)", actor)
        guard let group = self.seen.groups.first(where: { $0.name == name }) else {
            throw AdminError(.notFound, "no group \(name)")
        }
        return group
    }

    func changeGroup(
        _ request: ChangeGroupRequest, named name: String, by actor: AdminActor
    ) async throws -> ChangedGroup {
        let words = [request.addMembers, request.removeMembers].map { ($0 ?? []).joined(separator: ",") }
        let ended = self.withdraw("changeGroup \(name) +\(words[0]) -\(words[1]) \(request.comment ?? "-")", actor)
        return ChangedGroup(group: try await self.showGroup(name, by: actor), withdrawal: ended)
    }

    func removeGroup(_ name: String, reason: String?, by actor: AdminActor) async throws -> Withdrawal {
        self.withdraw("removeGroup \(name) \(reason ?? "-")", actor)
    }
}
