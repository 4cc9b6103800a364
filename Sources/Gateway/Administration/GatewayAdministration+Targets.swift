import AdminAPI
import AuditLog
import GatewayConfiguration
import SessionStore
import Vault

extension GatewayAdministration {
    /// Most host keys that one target may have.
    private static let maximumHostKeys = 32
    private static let defaultPort: UInt16 = 22

    func addTarget(_ request: AddTargetRequest, by actor: AdminActor) async throws -> TargetInfo {
        let address = try Self.address(request.address)
        let store = self.store
        // Before a scan, which takes its time.
        try await self.perform {
            guard try store.target(request.name) == nil else {
                throw AdminError(.conflict, "target \(request.name) exists already")
            }
        }
        let keys = try await self.hostKeys(request.hostKeys, at: address, by: actor)
        return try await self.perform {
            try store.addTarget(
                request.name, host: address.host, port: address.port, hostKeys: keys, by: actor.name)
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
        try await self.perform { try store.removeTarget(name, by: actor.name) }
    }

    func pinHostKeys(
        _ request: PinHostKeysRequest, ofTarget name: String, by actor: AdminActor
    ) async throws -> TargetInfo {
        let info = try await self.showTarget(name, by: actor)
        let keys = try await self.hostKeys(request.hostKeys, at: try Self.address(info.address), by: actor)
        let store = self.store
        return try await self.perform {
            try store.pinHostKeys(keys, ofTarget: name, by: actor.name)
            return try Self.target(name, in: store)
        }
    }

    func scanHostKeys(_ request: ScanHostKeysRequest, by actor: AdminActor) async throws -> [PublicKeyInfo] {
        try await self.scan(try Self.address(request.address), by: actor).map { PublicKeyInfo($0) }
    }

    private func hostKeys(
        _ source: HostKeySource, at address: NetworkAddress, by actor: AdminActor
    ) async throws -> [StoredKey] {
        switch source {
        case .scan:
            return try await self.scan(address, by: actor)
        case .lines(let lines):
            guard (1...Self.maximumHostKeys).contains(lines.count) else {
                throw AdminError(
                    .invalidInput, "a target needs 1 to \(Self.maximumHostKeys) host keys",
                    hint: "give the target's public host key (--host-key FILE.pub), or let the gateway look (--scan)")
            }
            return try await self.perform { try StoredKey.list(of: lines) }
        }
    }

    private func scan(_ address: NetworkAddress, by actor: AdminActor) async throws -> [StoredKey] {
        let lines: [String]
        do {
            lines = try await self.live.scanHostKeys(host: address.host, port: address.port)
        } catch let failure as HostKeyScanFailure {
            throw AdminError(
                .failed, "\(address) can't be reached: \(failure.reason)",
                hint: "check the address, or give the host key with --host-key FILE.pub")
        }
        let store = self.store
        return try await self.perform {
            // A key of a type that isn't accepted is passed over: another one will be pinned.
            let keys = lines.compactMap { try? OpenSSHPublicKey(line: $0) }.map { StoredKey($0) }
            try store.audit(
                .targetScanned(address: address.description, hostKeys: keys.map(\.fingerprint)), actor: actor.name)
            guard !keys.isEmpty else {
                throw AdminError(
                    .failed, "\(address) shows no host key that can be used",
                    hint: "is an SSH server listening there?")
            }
            return keys
        }
    }

    private static func address(_ text: String) throws -> NetworkAddress {
        guard let address = NetworkAddress(text, defaultPort: Self.defaultPort), address.port != 0 else {
            throw AdminError(
                .invalidInput, "the address is neither host:port nor [ipv6]:port",
                hint: "write it like 192.0.2.7:22 or web1.example.org")
        }
        return address
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
            hostKeys: target.hostKeys.map { PublicKeyInfo($0) }, accounts: target.accounts,
            added: Timestamp(nanosecondsSince1970: target.addedNanoseconds))
    }
}
