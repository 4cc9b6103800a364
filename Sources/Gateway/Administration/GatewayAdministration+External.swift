import AdminAPI
import OpenBao
import Platform
import SessionStore
import Vault

extension GatewayAdministration {
    /// Sets a credential whose secret an OpenBao server keeps. Asks the server first, so that a mistake shows now and
    /// not at the next login; when it can't be had, nothing is set.
    func setExternalCredential(_ request: SetCredentialRequest, by actor: AdminActor) async throws -> CredentialInfo {
        guard let bao = self.bao else {
            throw AdminError(
                .invalidInput, "sallyport.toml names no OpenBao server",
                hint: "set [bao] address and a way to log in, and start sallyportd again")
        }
        do {
            if request.kind == .baoCertificate { return try await self.setRole(request, of: bao, by: actor) }
            return try await self.setReference(request, of: bao, by: actor)
        } catch {
            throw AdminError(error)
        }
    }

    private func setReference(
        _ request: SetCredentialRequest, of bao: BaoBackend, by actor: AdminActor
    ) async throws -> CredentialInfo {
        let text = request.place ?? ""
        guard let wanted = BaoReference(text, defaultField: "password") else {
            throw AdminError(
                .invalidInput, "'\(text)' can't be a path on the server",
                hint: "give PATH or PATH#FIELD below the KV engine's mount, such as linux/web1#root_password")
        }
        let (reference, secret) = try await Self.find(wanted, hasField: text.contains("#"), on: bao.client)
        let isKey = secret.withUnsafeBytes { $0.starts(with: "-----BEGIN ".utf8) }
        let publicKey = isKey ? try AgentIdentity(privateKeyText: secret).publicKey : nil
        guard isKey || secret.withoutNewline.count <= BaoBackend.maximumPasswordBytes else {
            throw AdminError(.invalidInput, "what \(reference) holds is too long for a password")
        }
        let (store, vault, target, account) = (self.store, self.vault, request.target, request.account)
        return try await self.perform {
            let sealed = try vault.sealReference(
                reference.description, for: .reference(target: target, account: account))
            try store.setCredential(
                target: target, account: account, kind: isKey ? .baoPrivateKey : .baoPassword, sealed: sealed,
                publicKey: publicKey.map { StoredKey($0) }, details: reference.description, by: actor.name)
            return try Self.credential(target: target, account: account, in: store)
        }
    }

    /// Without a field the secret's `password` is meant, or its `private_key`.
    private static func find(
        _ wanted: BaoReference, hasField: Bool, on client: BaoClient
    ) async throws -> (BaoReference, SecretBytes) {
        do throws(BaoError) {
            return (wanted, try await client.secret(wanted))
        } catch {
            guard error.code == .missing, !hasField,
                let other = BaoReference(wanted.path, defaultField: "private_key"),
                let secret = try? await client.secret(other)
            else { throw error }
            return (other, secret)
        }
    }

    private func setRole(
        _ request: SetCredentialRequest, of bao: BaoBackend, by actor: AdminActor
    ) async throws -> CredentialInfo {
        var options = request.certificate ?? CertificateOptions()
        if options.principals.isEmpty { options.principals = [request.account] }
        guard let role = BaoReference(options.authority, defaultField: "x"), !role.path.contains("/"),
            role.path == options.authority
        else { throw AdminError(.invalidInput, "'\(options.authority)' can't be a role of the SSH engine") }
        let terms = try Self.terms(options)
        try await bao.client.check()
        let authority = try OpenSSHPublicKey(line: try await bao.client.authorityKey())
        let (store, vault, target, account, given) = (
            self.store, self.vault, request.target, request.account, options
        )
        return try await self.perform {
            let sealed = try vault.sealTerms(terms, for: .certificateTerms(target: target, account: account))
            try store.setCredential(
                target: target, account: account, kind: .baoCertificate, sealed: sealed,
                publicKey: StoredKey(authority),
                details: String(decoding: try AdminJSON.encode(given), as: UTF8.self), by: actor.name)
            return try Self.credential(target: target, account: account, in: store)
        }
    }
}
