import AccessPolicy
import AdminAPI
import AuditLog
import Foundation
import GatewayConfiguration
import SessionStore
import Vault
import WorkerProtocol

/// Brings what the store holds to what a document says. Everything happens within the caller's transaction.
struct AccessApplication {
    let store: SessionStore
    let actor: String
    /// `oidc` can be a factor.
    let hasProvider: Bool
    /// What was done so far, in words.
    private(set) var plan: [String] = []
    private(set) var warnings: [String] = []

    init(store: SessionStore, actor: String, hasProvider: Bool) {
        self.store = store
        self.actor = actor
        self.hasProvider = hasProvider
    }

    /// Throws `AdminError`; one about an entry begins with its place.
    mutating func apply(_ document: AccessDocument, prune: Bool) throws {
        guard document.version == AccessDocument.version else {
            throw AdminError(
                .invalidInput, "version: this gateway reads documents of version \(AccessDocument.version)")
        }
        // What others refer to comes first, and goes last.
        for (name, entry) in Self.sorted(document.users) {
            try self.at("users", name) { try $0.apply(entry, user: name) }
        }
        for (name, entry) in Self.sorted(document.groups) {
            try self.at("groups", name) { try $0.apply(entry, group: name) }
        }
        for (name, entry) in Self.sorted(document.targets) {
            try self.at("targets", name) { try $0.apply(entry, target: name) }
        }
        for (name, entry) in Self.sorted(document.grants) {
            try self.at("grants", name) { try $0.apply(entry, grant: name) }
        }
        guard prune else { return }
        try self.prune("grant", document.grants, try self.store.grants().map(\.grant.name)) {
            try $0.removeGrant($1, by: $2)
        }
        try self.prune("target", document.targets, try self.store.targets().map(\.name)) {
            try $0.removeTarget($1, by: $2)
        }
        try self.prune("group", document.groups, try self.store.groups().map(\.name)) { try $0.removeGroup($1, by: $2) }
        // A document says nothing of others' users and of service accounts.
        let users = try self.store.users().filter(\.isOfDocuments).map(\.name)
        try self.prune("user", document.users, users) { try $0.removeUser($1, by: $2) }
    }

    private static func sorted<Entry>(_ entries: [String: Entry]?) -> [(key: String, value: Entry)] {
        (entries ?? [:]).sorted { $0.key < $1.key }
    }

    private mutating func at(_ list: String, _ name: String, _ work: (inout AccessApplication) throws -> Void) throws {
        do {
            try work(&self)
        } catch {
            let error = AdminError(error)
            throw AdminError(error.code, "\(list).\(AuditField.printable(name)): \(error.message)", hint: error.hint)
        }
    }

    private mutating func prune<Entry>(
        _ noun: String, _ entries: [String: Entry]?, _ present: [String],
        _ remove: (SessionStore, String, String) throws -> Void
    ) throws {
        guard let entries else { return }
        for name in present where entries[name] == nil {
            try remove(self.store, name, self.actor)
            self.plan.append("remove \(noun) \(name)")
        }
    }

    // MARK: Users and groups

    private mutating func apply(_ entry: AccessDocument.UserEntry, user name: String) throws {
        let keys = try entry.keys.map { try $0.map(Self.key) }
        if let keys, Set(keys.map(\.key.blob)).count != keys.count {
            throw AdminError(.invalidInput, "a key is given twice")
        }
        let requirement = try entry.require.map(self.requirement)
        guard let present = try self.store.user(name) else {
            try self.store.addUser(name, keys: keys ?? [], passwordHash: nil, by: self.actor)
            if let requirement, requirement != nil {
                try self.store.setRequirement(requirement, ofUser: name, by: self.actor)
            }
            if entry.enabled == false { try self.store.setUser(name, enabled: false, by: self.actor) }
            return self.plan.append("add user \(name)")
        }
        guard present.isOfDocuments else {
            throw AdminError(.invalidInput, "a service account, or a user of a directory, is not for a document")
        }
        var changes: [String] = []
        if let keys {
            func isSame(_ one: StoredUserKey, _ other: StoredUserKey) -> Bool {
                one.key == other.key && one.expiresNanoseconds == other.expiresNanoseconds
                    && one.requiresTouch == other.requiresTouch
                    && one.requiresVerification == other.requiresVerification
            }
            for old in present.keys where !keys.contains(where: { isSame($0, old) }) {
                try self.store.removeKey(old.key.fingerprint, ofUser: name, by: self.actor)
                changes.append("key \(old.key.fingerprint) removed")
            }
            let new = keys.filter { key in !present.keys.contains { isSame($0, key) } }
            if !new.isEmpty { try self.store.addKeys(new, toUser: name, by: self.actor) }
            changes += new.map { "key \($0.key.fingerprint) added" }
        }
        if let requirement, requirement != present.requirement {
            try self.store.setRequirement(requirement, ofUser: name, by: self.actor)
            changes.append("requires \(requirement?.words.joined(separator: " or ") ?? "the usual")")
        }
        if let enabled = entry.enabled, enabled != present.isEnabled {
            try self.store.setUser(name, enabled: enabled, by: self.actor)
            changes.append(enabled ? "enabled" : "disabled")
        }
        self.changed("user", name, changes)
    }

    private func requirement(_ words: [String]) throws -> LoginRequirement? {
        try GatewayAdministration.requirement(words, hasProvider: self.hasProvider)
    }

    private static func key(_ entry: AccessDocument.KeyEntry) throws -> StoredUserKey {
        let key = StoredUserKey(
            key: StoredKey(try OpenSSHPublicKey(line: entry.key)),
            expiresNanoseconds: entry.expires?.nanosecondsSince1970, requiresTouch: entry.requireTouch ?? true,
            requiresVerification: entry.requireVerification ?? false)
        guard key.isSecurityKey || !key.requiresVerification && key.requiresTouch else {
            throw AdminError(.invalidInput, "only a security key has a touch or verifies its user")
        }
        return key
    }

    private mutating func apply(_ entry: AccessDocument.GroupEntry, group name: String) throws {
        let comment = try entry.comment.map(GatewayAdministration.groupComment)
        let requirement = try entry.require.map(self.requirement)
        guard let present = try self.store.group(name) else {
            try self.store.addGroup(name, comment: comment ?? "", members: entry.members ?? [], by: self.actor)
            if let requirement, requirement != nil {
                try self.store.setRequirement(requirement, ofGroup: name, by: self.actor)
            }
            return self.plan.append("add group \(name)")
        }
        var changes: [String] = []
        let members = entry.members.map { Set($0) } ?? Set(present.members)
        let change = SessionStore.GroupChange(
            comment: comment == present.comment ? nil : comment,
            added: members.subtracting(present.members).sorted(),
            removed: Set(present.members).subtracting(members).sorted())
        if !change.isEmpty {
            try self.store.changeGroup(name, change, by: self.actor)
            if change.comment != nil { changes.append("comment") }
            changes += change.added.map { "member \($0) added" } + change.removed.map { "member \($0) removed" }
        }
        if let requirement, requirement != present.requirement {
            try self.store.setRequirement(requirement, ofGroup: name, by: self.actor)
            changes.append("requires \(requirement?.words.joined(separator: " or ") ?? "the usual")")
        }
        self.changed("group", name, changes)
    }

    // MARK: Targets and grants

    private mutating func apply(_ entry: AccessDocument.TargetEntry, target name: String) throws {
        let address = try entry.address.map(GatewayAdministration.address)
        let algorithms = try entry.algorithms.map(GatewayAdministration.algorithms)
        let keys = try entry.hostKeys.map { lines in
            let bits = (try algorithms ?? self.algorithms(ofTarget: name)).minimumRSABits
            return try StoredKey.list(of: lines, minimumRSABits: bits)
        }
        let prompt = try entry.passwordPrompt.map(GatewayAdministration.passwordPrompt)
        let prompts = try entry.prompts.map(GatewayAdministration.prompts)
        let labels = try entry.labels.map { labels in
            try labels.map { try GatewayAdministration.label("\($0.key)=\($0.value)") }.sorted()
        }
        if let present = try self.store.target(name) {
            try self.change(present, address, algorithms, keys, prompt, prompts, labels)
        } else {
            guard let address, let keys, !keys.isEmpty else {
                throw AdminError(.invalidInput, "a new target needs address and host_keys")
            }
            try self.store.addTarget(
                name, host: address.host, port: address.port, hostKeys: keys,
                algorithms: (algorithms ?? .modern).text, passwordPrompt: prompt?.isEmpty == true ? nil : prompt,
                prompts: prompts ?? .refuse, labels: labels ?? [], by: self.actor)
            self.plan.append("add target \(name)")
        }
        let accounts = try self.store.target(name)?.accounts ?? []
        for account in (entry.accounts ?? []).sorted() where !accounts.contains(account) {
            self.warnings.append(
                AuditField.printable(
                    "account \(account) of target \(name) has no credential: see sallyport credential set"))
        }
    }

    private func algorithms(ofTarget name: String) throws -> TargetAlgorithms {
        try self.store.target(name).map { try TargetAlgorithms($0.algorithms) } ?? .modern
    }

    private mutating func change(
        _ present: StoredTarget, _ address: NetworkAddress?, _ algorithms: TargetAlgorithms?, _ keys: [StoredKey]?,
        _ prompt: String?, _ prompts: PromptPassing?, _ labels: [Label]?
    ) throws {
        let name = present.name
        var changes: [String] = []
        if let address, address.host != present.host || address.port != present.port {
            try self.store.moveTarget(name, host: address.host, port: address.port, by: self.actor)
            changes.append("address \(address)")
        }
        if let keys, Set(keys) != Set(present.hostKeys) {
            try self.store.pinHostKeys(keys, ofTarget: name, by: self.actor)
            changes.append("host keys \(keys.map(\.fingerprint).sorted().joined(separator: ","))")
        }
        let text = algorithms.flatMap { $0.text == present.algorithms ? nil : $0.text }
        let newPrompt = prompt.flatMap { $0 == present.passwordPrompt ?? "" ? nil : $0 }
        let newPrompts = prompts.flatMap { $0 == present.prompts ? nil : $0 }
        let newLabels = labels.flatMap { $0.map(\.text) == present.labels ? nil : $0 }
        if text != nil || newPrompt != nil || newPrompts != nil || newLabels != nil {
            try self.store.changeTarget(
                name, algorithms: text, passwordPrompt: newPrompt, prompts: newPrompts, labels: newLabels,
                by: self.actor)
            if let text { changes.append("algorithms \(text)") }
            if newPrompt != nil { changes.append("password prompt") }
            if let newPrompts { changes.append("prompts \(newPrompts.rawValue)") }
            if let newLabels {
                changes.append("labels \(newLabels.isEmpty ? "none" : newLabels.map(\.text).joined(separator: ","))")
            }
        }
        self.changed("target", name, changes)
    }

    private mutating func apply(_ entry: AccessDocument.GrantEntry, grant name: String) throws {
        let wanted = try GrantReading.grant(entry.request(named: name))
        guard let present = try self.store.grants().first(where: { $0.grant.name == name })?.grant else {
            try self.store.addGrant(wanted, by: self.actor)
            return self.plan.append("add grant \(name)")
        }
        // Compared as they would be exported: in a form of their own, whatever the order in the document.
        let (old, new) = (AccessDocument.GrantEntry(present), AccessDocument.GrantEntry(wanted))
        guard old != new else { return }
        try self.store.removeGrant(name, by: self.actor)
        try self.store.addGrant(wanted, by: self.actor)
        self.changed("grant", name, AccessDocument.GrantEntry.differences(old, new))
    }

    private mutating func changed(_ noun: String, _ name: String, _ changes: [String]) {
        if !changes.isEmpty { self.plan.append("change \(noun) \(name): \(changes.joined(separator: ", "))") }
    }
}

extension AccessDocument.GrantEntry {
    init(_ grant: Grant) {
        var info = GrantInfo(StoredGrant(grant: grant, addedNanoseconds: 0))
        info.terms?.windows?.sort()
        info.terms?.from?.sort()
        self.init(info)
    }

    /// The names of the fields that differ, in order.
    static func differences(_ one: Self, _ other: Self) -> [String] {
        func fields(_ entry: Self) -> [String: String] {
            guard let bytes = try? AdminJSON.encode(entry),
                let object = try? JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any]
            else { return [:] }
            return object.mapValues { "\($0)" }
        }
        let (left, right) = (fields(one), fields(other))
        return Set(left.keys).union(right.keys).filter { left[$0] != right[$0] }.sorted()
    }
}

extension StoredUser {
    /// A person whom the gateway itself keeps: whom documents are about.
    var isOfDocuments: Bool { self.service == nil && self.source == .local }
}
