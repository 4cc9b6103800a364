import AdminAPI
import Glibc
import Platform
import SessionStore
import Vault

extension GatewayAdministration {
    /// Most principals of one account.
    private static let maximumPrincipals = 16

    func listAuthorities(by actor: AdminActor) async throws -> [AuthorityInfo] {
        let store = self.store
        return try await self.perform { try store.authorities().map(AuthorityInfo.init) }
    }

    func removeAuthority(_ name: String, by actor: AdminActor) async throws {
        let store = self.store
        try await self.perform { try store.removeAuthority(name, by: actor.name) }
    }

    /// Stores the terms of an account's certificates, and the authority with them where it is new.
    /// - parameter secret: the private key of an authority to import; empty for none.
    static func setCertificate(
        _ request: SetCredentialRequest, _ secret: SecretBytes, _ passphrase: SecretBytes?, _ store: SessionStore,
        _ vault: Vault, by actor: AdminActor
    ) throws {
        var options = request.certificate ?? CertificateOptions()
        if options.principals.isEmpty { options.principals = [request.account] }
        let terms = try Self.terms(options)
        let existing = try store.authority(options.authority)
        let new = try Self.newAuthority(options.authority, existing, importing: secret, passphrase, vault)
        guard let key = new?.publicKey ?? existing?.publicKey else {
            preconditionFailure("an authority that isn't stored was made just now")
        }
        let sealed = try vault.sealTerms(
            terms, for: .certificateTerms(target: request.target, account: request.account))
        try store.setCredential(
            target: request.target, account: request.account, kind: .certificate, sealed: sealed, publicKey: key,
            authority: options.authority, newAuthority: new,
            details: String(decoding: try AdminJSON.encode(options), as: UTF8.self), by: actor.name)
    }

    /// Nil when the authority is stored already.
    private static func newAuthority(
        _ name: String, _ existing: StoredAuthority?, importing secret: SecretBytes, _ passphrase: SecretBytes?,
        _ vault: Vault
    ) throws -> NewAuthority? {
        guard secret.count > 0 else {
            guard existing == nil else { return nil }
            let (sealed, key) = try vault.makeAuthority(comment: "sallyport authority \(name)", for: .authority(name))
            return NewAuthority(name: name, sealed: sealed, publicKey: StoredKey(key), origin: .made)
        }
        let (sealed, key) = try vault.sealPrivateKey(text: secret, passphrase: passphrase, for: .authority(name))
        guard let existing else {
            return NewAuthority(name: name, sealed: sealed, publicKey: StoredKey(key), origin: .imported)
        }
        guard existing.publicKey.blob == key.blob else {
            throw AdminError(
                .conflict, "certificate authority \(name) has another key, \(existing.publicKey.fingerprint)",
                hint: "import this one under another name: --ca-name NAME")
        }
        return nil
    }

    static func terms(_ options: CertificateOptions) throws -> CertificateTerms {
        guard CertificateOptions.validMinutes.contains(options.validMinutes) else {
            throw AdminError(
                .invalidInput, "certificates can't be valid for \(options.validMinutes) minutes",
                hint: "give \(CertificateOptions.validMinutes.lowerBound) to "
                    + "\(CertificateOptions.validMinutes.upperBound); sessions outlive their certificate")
        }
        guard options.principals.count <= Self.maximumPrincipals,
            options.principals.allSatisfy({ name in
                (1...128).contains(name.utf8.count)
                    && name.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: ",") }
            })
        else {
            throw AdminError(
                .invalidInput, "bad principals",
                hint: "give at most \(Self.maximumPrincipals), each of printable characters without blanks and commas")
        }
        return CertificateTerms(
            authority: options.authority, principals: options.principals,
            validSeconds: UInt32(options.validMinutes * 60), source: try Self.source(options.source))
    }

    private static func source(_ text: String) throws -> CertificateTerms.Source {
        switch text {
        case CertificateOptions.anywhere: return .anywhere
        case CertificateOptions.outgoing: return .outgoing
        default:
            let networks = text.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
            for network in networks where !Self.isNetwork(network) {
                throw AdminError(
                    .invalidInput, "\(network.isEmpty ? "nothing" : network) is no address or network",
                    hint: "give outgoing, anywhere, or addresses such as 192.0.2.7,10.0.0.0/8 without host bits")
            }
            return .networks(networks)
        }
    }

    /// An address, or a network none of whose host bits is set: sshd refuses every certificate with another one.
    private static func isNetwork(_ text: String) -> Bool {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        var bytes = [UInt8](repeating: 0, count: 16)
        let count: Int
        if inet_pton(AF_INET, parts[0], &bytes) == 1 {
            count = 4
        } else if inet_pton(AF_INET6, parts[0], &bytes) == 1 {
            count = 16
        } else {
            return false
        }
        guard parts.count == 2 else { return true }
        guard !parts[1].isEmpty, parts[1].utf8.allSatisfy({ (48...57).contains($0) }), let bits = Int(parts[1]),
            bits <= count * 8
        else { return false }
        return (bits..<(count * 8)).allSatisfy { bytes[$0 / 8] & (0x80 >> UInt8($0 % 8)) == 0 }
    }
}

extension AuthorityInfo {
    fileprivate init(_ authority: StoredAuthority) {
        self.init(
            name: authority.name, publicKey: PublicKeyInfo(authority.publicKey), accounts: authority.accounts,
            added: Timestamp(nanosecondsSince1970: authority.addedNanoseconds))
    }
}
