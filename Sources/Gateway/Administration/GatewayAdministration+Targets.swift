import AccessPolicy
import AdminAPI
import AuditLog
import GatewayConfiguration
import SessionStore
import Vault
import WorkerProtocol

extension GatewayAdministration {
    /// Most host keys that one target may have.
    private static let maximumHostKeys = 32
    private static let defaultPort: UInt16 = 22

    func addTarget(_ request: AddTargetRequest, by actor: AdminActor) async throws -> TargetInfo {
        let address = try Self.address(request.address)
        let algorithms = try Self.algorithms(request.algorithms ?? TargetAlgorithms.modern.text)
        let prompt = try request.passwordPrompt.map(Self.passwordPrompt)
        let prompts = try request.prompts.map(Self.prompts)
        let labels = try (request.labels ?? []).map(Self.label)
        let store = self.store
        // Before a scan, which takes its time.
        try await self.perform {
            guard try store.target(request.name) == nil else {
                throw AdminError(.conflict, "target \(request.name) exists already")
            }
        }
        let keys = try await self.hostKeys(request.hostKeys, at: address, with: algorithms, by: actor)
        return try await self.perform {
            try store.addTarget(
                request.name, host: address.host, port: address.port, hostKeys: keys, algorithms: algorithms.text,
                passwordPrompt: prompt?.isEmpty == true ? nil : prompt, prompts: prompts ?? .refuse, labels: labels,
                by: actor.name)
            return try Self.target(request.name, in: store)
        }
    }

    func listTargets(by actor: AdminActor) async throws -> [TargetInfo] {
        let store = self.store
        return try await self.perform { try store.targets().map(TargetInfo.init) }
    }

    func showTarget(_ name: String, by actor: AdminActor) async throws -> TargetInfo {
        let store = self.store
        return try await self.perform { try Self.target(name, in: store) }
    }

    func removeTarget(_ name: String, by actor: AdminActor) async throws {
        let store = self.store
        _ = try await self.withdrawing(reason: nil, by: actor) { try store.removeTarget(name, by: actor.name) }
    }

    func pinHostKeys(
        _ request: PinHostKeysRequest, ofTarget name: String, by actor: AdminActor
    ) async throws -> TargetInfo {
        let keys = try await self.hostKeys(request.hostKeys, ofTarget: name, by: actor)
        let store = self.store
        return try await self.perform {
            try store.pinHostKeys(keys, ofTarget: name, by: actor.name)
            return try Self.target(name, in: store)
        }
    }

    func addHostKeys(
        _ request: PinHostKeysRequest, toTarget name: String, by actor: AdminActor
    ) async throws -> TargetInfo {
        let keys = try await self.hostKeys(request.hostKeys, ofTarget: name, by: actor)
        let store = self.store
        return try await self.perform {
            let pinned = try Self.target(name, in: store).hostKeys.map(\.fingerprint)
            guard Set(pinned + keys.map(\.fingerprint)).count <= Self.maximumHostKeys else {
                throw AdminError(
                    .invalidInput, "target \(name) would have more than \(Self.maximumHostKeys) host keys",
                    hint: "see sallyport target host-key remove")
            }
            try store.addHostKeys(keys, ofTarget: name, by: actor.name)
            return try Self.target(name, in: store)
        }
    }

    func judgeHostKey(
        _ request: JudgeHostKeyRequest, ofTarget name: String, by actor: AdminActor
    ) async throws -> TargetInfo {
        let store = self.store
        return try await self.perform {
            switch request.verdict {
            case .approve:
                try store.approveHostKey(
                    request.fingerprint, ofTarget: name, keepsOthers: request.keepsOthers, by: actor.name)
            case .drop: try store.dropPendingHostKey(request.fingerprint, ofTarget: name, by: actor.name)
            case .remove: try store.removeHostKey(request.fingerprint, ofTarget: name, by: actor.name)
            }
            return try Self.target(name, in: store)
        }
    }

    func changeTarget(
        _ request: ChangeTargetRequest, named name: String, by actor: AdminActor
    ) async throws -> TargetInfo {
        let algorithms = try request.algorithms.map { try Self.algorithms($0).text }
        let prompt = try request.passwordPrompt.map(Self.passwordPrompt)
        let prompts = try request.prompts.map(Self.prompts)
        let labels = try request.labels.map { try $0.map(Self.label) }
        let store = self.store
        let target = try await self.perform {
            try store.changeTarget(
                name, algorithms: algorithms, passwordPrompt: prompt, prompts: prompts, labels: labels, by: actor.name)
            return try Self.target(name, in: store)
        }
        // Grants may choose it by its labels.
        if labels != nil { _ = try await self.live.review(by: actor.name, reason: nil) }
        return target
    }

    static func label(_ text: String) throws -> Label {
        try GrantReading.reading { () throws(Label.Invalid) in try Label(parsing: text) }
    }

    func scanHostKeys(_ request: ScanHostKeysRequest, by actor: AdminActor) async throws -> [PublicKeyInfo] {
        let algorithms = try Self.algorithms(request.algorithms ?? TargetAlgorithms.modern.text)
        return try await self.scan(try Self.address(request.address), with: algorithms, by: actor)
            .map { PublicKeyInfo($0) }
    }

    private func hostKeys(
        _ source: HostKeySource, ofTarget name: String, by actor: AdminActor
    ) async throws -> [StoredKey] {
        let info = try await self.showTarget(name, by: actor)
        return try await self.hostKeys(
            source, at: try Self.address(info.address), with: try Self.algorithms(info.algorithms), by: actor)
    }

    private func hostKeys(
        _ source: HostKeySource, at address: NetworkAddress, with algorithms: TargetAlgorithms, by actor: AdminActor
    ) async throws -> [StoredKey] {
        switch source {
        case .scan:
            return try await self.scan(address, with: algorithms, by: actor)
        case .lines(let lines):
            guard (1...Self.maximumHostKeys).contains(lines.count) else {
                throw AdminError(
                    .invalidInput, "a target needs 1 to \(Self.maximumHostKeys) host keys",
                    hint: "give the target's public host key (--host-key FILE.pub), or let the gateway look (--scan)")
            }
            return try await self.perform {
                do {
                    return try StoredKey.list(of: lines, minimumRSABits: algorithms.minimumRSABits)
                } catch let error as VaultError where error.code == .unsupportedKey {
                    throw AdminError(
                        .invalidInput, error.message,
                        hint: "pin another key of the host; short rsa keys need --algorithms legacy")
                }
            }
        }
    }

    private func scan(
        _ address: NetworkAddress, with algorithms: TargetAlgorithms, by actor: AdminActor
    ) async throws -> [StoredKey] {
        let lines: [String]
        do {
            lines = try await self.live.scanHostKeys(
                host: address.host, port: address.port, algorithms: algorithms)
        } catch let failure as HostKeyScanFailure {
            throw AdminError(
                .failed, "\(address) can't be reached: \(failure.reason)",
                hint: "check the address, or give the host key with --host-key FILE.pub")
        }
        let store = self.store
        return try await self.perform {
            // A key of a type that isn't accepted is passed over: another one will be pinned.
            let bits = algorithms.minimumRSABits
            let keys = lines.compactMap { try? OpenSSHPublicKey(line: $0, minimumRSABits: bits) }.map { StoredKey($0) }
            try store.audit(
                .targetScanned(address: address.description, hostKeys: keys.map(\.fingerprint)), actor: actor.name)
            guard !keys.isEmpty else {
                throw AdminError(
                    .failed, "\(address) shows no host key that can be used",
                    hint: "is an SSH server listening there? an old one may need --algorithms legacy; "
                        + "DSA keys can't be served")
            }
            return keys
        }
    }

    static func address(_ text: String) throws -> NetworkAddress {
        guard let address = NetworkAddress(text, defaultPort: Self.defaultPort), address.port != 0 else {
            throw AdminError(
                .invalidInput, "the address is neither host:port nor [ipv6]:port",
                hint: "write it like 192.0.2.7:22 or web1.example.org")
        }
        return address
    }

    static func algorithms(_ text: String) throws -> TargetAlgorithms {
        do {
            return try TargetAlgorithms(text)
        } catch {
            throw AdminError(.invalidInput, error.message, hint: error.hint)
        }
    }

    /// Longest pattern, in bytes.
    private static let maximumPromptBytes = 256

    static func passwordPrompt(_ pattern: String) throws -> String {
        guard pattern.utf8.count <= Self.maximumPromptBytes, !pattern.utf8.contains(where: { $0 < 0x20 }) else {
            throw AdminError(
                .invalidInput, "the pattern of a prompt has one line of at most \(Self.maximumPromptBytes) bytes",
                hint: "write it like \"*password*\"")
        }
        return pattern
    }

    static func prompts(_ word: String) throws -> PromptPassing {
        guard let prompts = PromptPassing(rawValue: word) else {
            throw AdminError(
                .invalidInput, "the target's prompts are to be treated in a way that there is not",
                hint: "use \(PromptPassing.allCases.map(\.rawValue).joined(separator: " or "))")
        }
        return prompts
    }

    private static func target(_ name: String, in store: SessionStore) throws -> TargetInfo {
        guard let target = try store.target(name) else {
            throw AdminError(.notFound, "there is no target \(name)", hint: "see sallyport target list")
        }
        return TargetInfo(target)
    }
}

extension TargetInfo {
    fileprivate init(_ target: StoredTarget) {
        self.init(
            name: target.name, address: NetworkAddress(host: target.host, port: target.port).description,
            hostKeys: target.hostKeys.map { PublicKeyInfo($0) },
            pendingHostKeys: target.pendingHostKeys.map { PublicKeyInfo($0) }, algorithms: target.algorithms,
            passwordPrompt: target.passwordPrompt, prompts: target.prompts.rawValue, accounts: target.accounts,
            labels: target.labels,
            added: Timestamp(nanosecondsSince1970: target.addedNanoseconds))
    }
}
