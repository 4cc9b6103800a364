import AuditLog
import Logging
import SessionStore
import Vault

/// Tries every stored secret, so that damage is known before somebody needs the secret.
struct VaultExamination {
    let entries: Int
    let damaged: [Damage]

    struct Damage {
        let owner: SealedEntry.Owner
        let cause: String
        /// One line.
        var line: String { "\(self.owner): \(self.cause)" }
    }

    /// More of them are counted, and not written one by one.
    private static let maximumReports = 100

    init(_ store: SessionStore, _ vault: Vault) throws {
        let entries = try store.sealedEntries()
        self.entries = entries.count
        self.damaged = entries.compactMap { entry in
            guard let fault = vault.fault(of: entry.sealed, for: SecretBinding(entry.owner)) else { return nil }
            // Does it open in another's place? Few entries come here.
            let rightful = entries.first { other in
                other.owner != entry.owner
                    && SecretBinding(other.owner).map { vault.fault(of: entry.sealed, for: $0) == nil } ?? false
            }
            return Damage(
                owner: entry.owner,
                cause: rightful.map { "what is stored there was sealed for another entry, \($0.owner)" }
                    ?? fault.message)
        }
    }

    /// Puts what is damaged on record.
    func report(to store: SessionStore, _ log: Logger) {
        for damage in self.damaged.prefix(Self.maximumReports) {
            log.critical("vault: \(damage.line)")
            _ = try? store.audit(
                .vaultEntryDamaged(entry: damage.owner.description, cause: damage.cause), actor: "gateway")
        }
        if self.damaged.count > Self.maximumReports {
            log.critical("vault: \(self.damaged.count - Self.maximumReports) more; see sallyport vault status")
        }
    }
}

extension SecretBinding {
    /// What an entry is sealed for; nil for one that this version can't open in full.
    init?(_ owner: SealedEntry.Owner) {
        switch owner {
        case .credential(let target, let account, let kind):
            switch StoredCredentialKind(rawValue: kind) {
            case .password: self = .password(target: target, account: account)
            case .privateKey: self = .privateKey(target: target, account: account)
            case .certificate: self = .certificateTerms(target: target, account: account)
            case .baoPassword, .baoPrivateKey: self = .reference(target: target, account: account)
            case .baoCertificate: self = .certificateTerms(target: target, account: account)
            case nil: return nil
            }
        case .answer(let target, let account, let question, let kind):
            switch StoredAnswerKind(rawValue: kind) {
            case .secret: self = .answer(target: target, account: account, question: question)
            case .totp: self = .oneTimeCodes(target: target, account: account, question: question)
            case nil: return nil
            }
        case .authority(let name): self = .authority(name)
        case .secondFactor(let user): self = .oneTimeCodes(user: user)
        case .gatewayKey(let name): self = .gatewayKey(name)
        case .other: return nil
        }
    }
}
