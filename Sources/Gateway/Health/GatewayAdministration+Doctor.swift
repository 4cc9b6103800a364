import AdminAPI
import SessionStore

extension GatewayAdministration {
    func examine(by actor: AdminActor) async throws -> [Finding] {
        let (health, vault) = (self.health, try await self.vaultStatus(by: actor))
        var findings = try await self.perform {
            StateExamination(configuration: health.configuration, programs: health.programs).findings
        }
        findings += Self.findings(of: vault, stateDirectory: self.stateDirectory)
        findings += try await self.serviceFindings(by: actor)
        findings += try await self.accessFindings(by: actor)
        return findings.sorted { $0.severity > $1.severity }
    }

    private static func findings(of vault: VaultStatus, stateDirectory: String) -> [Finding] {
        var findings = vault.damaged.map {
            Finding(
                .critical, "vault", $0, hint: "set that secret anew, or restore a backup with the vault's key of then")
        }
        if vault.kind == .keyFile, let place = vault.place, place.hasPrefix(stateDirectory + "/") {
            findings.append(
                Finding(
                    .note, "vault-key",
                    "the vault's key lies beside the database: a copy of \(stateDirectory) has both",
                    hint: "sallyport vault rekey can put it under a passphrase, or elsewhere"))
        }
        if !vault.isLocked {
            findings.append(
                Finding(
                    .warning, "vault-key", "the vault's key may reach the swap space",
                    hint: "raise the limit of locked memory (systemd: LimitMEMLOCK=64M)"))
        }
        if let server = vault.server, let trouble = server.trouble {
            findings.append(
                Finding(
                    .critical, "vault-server", "\(server.address) can't be used: \(trouble)",
                    hint: "see the section [bao] of sallyport.toml"))
        }
        return findings
    }

    private func serviceFindings(by actor: AdminActor) async throws -> [Finding] {
        var findings: [Finding] = []
        if self.directory != nil, let status = try? await self.directoryStatus(by: actor) {
            for server in status.servers {
                guard let trouble = server.trouble else { continue }
                findings.append(
                    Finding(
                        .critical, "directory", "\(server.address) gives no answers: \(trouble)",
                        hint: "see the section [ldap] of sallyport.toml"))
            }
        }
        for health in self.directoryHealth where health.kind != "ldap" {
            guard let failure = health.failure else { continue }
            findings.append(
                Finding(
                    .critical, "directory", "\(health.address) gives no answers: \(failure)",
                    hint: "see the section [\(health.kind)] of sallyport.toml"))
        }
        for receiver in try await self.status(by: actor).auditReceivers {
            guard let failure = receiver.failure else { continue }
            findings.append(
                Finding(
                    .critical, "audit-receiver", "\(receiver.name) is \(receiver.behind) rows behind: \(failure)",
                    hint: "rows wait for it, none is lost; see the section [audit] of sallyport.toml"))
        }
        return findings
    }

    private func accessFindings(by actor: AdminActor) async throws -> [Finding] {
        var findings: [Finding] = []
        for target in try await self.listTargets(by: actor) {
            if target.hostKeys.isEmpty {
                findings.append(
                    Finding(
                        .warning, "host-keys", "target \(target.name) has no pinned host key: nobody gets there",
                        hint: "sallyport target host-key add \(target.name) --scan"))
            }
            if !target.pendingHostKeys.isEmpty {
                findings.append(
                    Finding(
                        .warning, "host-keys", "target \(target.name) showed a host key that nobody approved",
                        hint: "see sallyport target show \(target.name)"))
            }
        }
        let ways = try await self.accessReport(by: actor)
        let usable = Set(ways.filter { $0.enabled && $0.deniedBy.isEmpty }.map(\.grant))
        let grants = try await self.listGrants(by: actor).filter { $0.terms?.effect != "deny" }
        findings += grants.filter { !usable.contains($0.name) }.map {
            Finding(
                .note, "grants", "grant \($0.name) opens nothing to anybody",
                hint: "see its users, groups, targets and terms, or remove it")
        }
        // Of accounts and targets that are named; by labels, an account is only where it has a credential.
        let held = Set(try await self.listCredentials(by: actor).map { "\($0.account)@\($0.target)" })
        let granted = Set(
            grants.flatMap { grant in
                grant.targets.flatMap { target in grant.accounts.map { "\($0)@\(target)" } }
            })
        findings += granted.subtracting(held).filter { !$0.contains("*") }.sorted().map {
            Finding(
                .warning, "credentials", "a grant is for \($0), for which there is no credential",
                hint: "sallyport credential set, or take the account out of the grant")
        }
        return findings
    }
}
