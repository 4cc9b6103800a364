import FoundationEssentials
import NIOHTTP1
import Platform

/// One OpenBao or HashiCorp Vault server: secrets of its KV engine (version 2), signatures of its SSH engine.
///
/// Each call asks the server anew, so that what was rotated there counts from the next session on. No thread waits.
/// HTTP API: openbao.org/api-docs (secret/kv/kv-v2, secret/ssh, auth/token, auth/approle, system/health).
public final class BaoClient: Sendable {
    public let settings: BaoSettings
    private let http: BaoHTTP
    private let session: BaoSession

    public init(_ settings: BaoSettings) {
        self.settings = settings
        self.http = BaoHTTP(settings)
        self.session = BaoSession(self.http, settings)
    }

    /// To be called once, at the end; the client must not be used afterwards.
    public func shutdown() async { await self.http.shutdown() }

    /// Renews the token until the task is cancelled; see ``BaoSession/keepAlive(report:)``.
    public func keepAlive(report: @escaping @Sendable (Result<Void, BaoError>) -> Void) async {
        await self.session.keepAlive(report: report)
    }

    /// The newest version of a secret's field, as text.
    public func secret(_ reference: BaoReference) async throws(BaoError) -> SecretBytes {
        let answer = try await self.request(.GET, "\(self.settings.kvMount)/data/\(reference.path)")
        switch answer.status {
        case 200: break
        case 404:
            throw BaoError(.missing, "there is no secret \(self.settings.kvMount)/\(reference.path), or it was deleted")
        default: throw BaoError(.unusable, "\(self.settings.kvMount)/\(reference.path): \(answer.errors)")
        }
        guard let value = try answer.decoded(KVAnswer.self).data.data[reference.field] else {
            throw BaoError(
                .missing, "the secret \(self.settings.kvMount)/\(reference.path) has no field \(reference.field)")
        }
        guard case .text(let text) = value, !text.isEmpty else {
            throw BaoError(.unusable, "\(self.settings.kvMount)/\(reference) is empty or not a text")
        }
        return SecretBytes(copying: text.utf8)
    }

    /// What a certificate is to say; see docs/vault.md for the role that permits it.
    public struct SigningRequest: Hashable, Sendable {
        /// An OpenSSH line.
        public var publicKey: String
        public var principals: [String]
        public var keyID: String
        public var validSeconds: Int
        /// Addresses and networks; empty for anywhere.
        public var sourceAddresses: [String]
        /// Names such as `permit-pty`.
        public var extensions: [String]

        public init(
            publicKey: String, principals: [String], keyID: String, validSeconds: Int, sourceAddresses: [String],
            extensions: [String]
        ) {
            self.publicKey = publicKey
            self.principals = principals
            self.keyID = keyID
            self.validSeconds = validSeconds
            self.sourceAddresses = sourceAddresses
            self.extensions = extensions
        }
    }

    /// Has a user certificate signed by a role of the SSH engine.
    /// - returns: its OpenSSH line.
    public func sign(_ request: SigningRequest, role: String) async throws(BaoError) -> String {
        let path = "\(self.settings.sshMount)/sign/\(role)"
        let answer = try await self.request(.POST, path, body: SignBody(request))
        switch answer.status {
        case 200: return try answer.decoded(SignAnswer.self).data.signedKey
        case 404: throw BaoError(.missing, "there is no role \(path)")
        default: throw BaoError(.denied, "\(path): \(answer.errors)")
        }
    }

    /// The key of the SSH engine's authority, an OpenSSH line.
    public func authorityKey() async throws(BaoError) -> String {
        let path = "\(self.settings.sshMount)/public_key"
        let answer = try await self.http.send(.GET, path, token: nil)
        guard answer.status == 200, let text = String(validating: answer.answer.body, as: UTF8.self),
            let line = text.split(whereSeparator: \.isNewline).first
        else { throw BaoError(.missing, "\(path): there is no SSH engine with an authority: \(answer.errors)") }
        return String(line)
    }

    /// Reaches the server and has a token that works.
    public func check() async throws(BaoError) {
        let answer = try await self.request(.GET, "auth/token/lookup-self")
        guard answer.status == 200 else { throw BaoError(.denied, answer.errors) }
    }

    private func request(_ method: HTTPMethod, _ path: String) async throws(BaoError) -> BaoHTTP.Answer {
        try await self.authorized(path) { (token) async throws(BaoError) in
            try await self.http.send(method, path, token: token)
        }
    }

    private func request(
        _ method: HTTPMethod, _ path: String, body: some Encodable & Sendable
    ) async throws(BaoError) -> BaoHTTP.Answer {
        try await self.authorized(path) { (token) async throws(BaoError) in
            try await self.http.send(method, path, token: token, body: body)
        }
    }

    /// A token that is refused may have been revoked or replaced: one more try with a fresh one.
    private func authorized(
        _ path: String, _ send: (String) async throws(BaoError) -> BaoHTTP.Answer
    ) async throws(BaoError) -> BaoHTTP.Answer {
        let token = try await self.session.token()
        let answer = try await send(token)
        guard answer.status == 403 else { return answer }
        let fresh = try await self.session.freshToken(insteadOf: token)
        let second = fresh == token ? answer : try await send(fresh)
        guard second.status != 403 else { throw BaoError(.denied, "\(path): \(second.errors)") }
        return second
    }
}

private struct KVAnswer: Decodable {
    var data: Version
    struct Version: Decodable { var data: [String: Value] }

    enum Value: Decodable {
        case text(String)
        case other

        init(from decoder: any Decoder) throws {
            self = (try? decoder.singleValueContainer().decode(String.self)).map { .text($0) } ?? .other
        }
    }
}

private struct SignBody: Encodable, Sendable {
    var publicKey: String
    var validPrincipals: String
    var certType = "user"
    var keyId: String
    var ttl: String
    var criticalOptions: [String: String]?
    // Values are always empty.
    var extensions: [String: String]

    init(_ request: BaoClient.SigningRequest) {
        self.publicKey = request.publicKey
        self.validPrincipals = request.principals.joined(separator: ",")
        self.keyId = request.keyID
        self.ttl = "\(request.validSeconds)s"
        if !request.sourceAddresses.isEmpty {
            self.criticalOptions = ["source-address": request.sourceAddresses.joined(separator: ",")]
        }
        self.extensions = Dictionary(uniqueKeysWithValues: request.extensions.map { ($0, "") })
    }
}

private struct SignAnswer: Decodable {
    var data: Body
    struct Body: Decodable { var signedKey: String }
}
