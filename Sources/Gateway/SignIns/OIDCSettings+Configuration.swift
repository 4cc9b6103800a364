import GatewayConfiguration
import Glibc
import OpenIDConnect
import Platform
import Vault

extension OIDCSettings {
    private static let maximumSecretBytes = 4096

    /// Nil where the configuration names no provider.
    /// - throws: `GatewayError` for settings that can't be right together.
    init?(_ oidc: GatewayConfiguration.OIDC) throws {
        guard !oidc.issuer.isEmpty else { return nil }
        guard ServerAddress.mayGetSecrets(oidc.issuer), !oidc.issuer.contains(where: { "?#".contains($0) }) else {
            throw GatewayError(
                "oidc.issuer can't be used: \(oidc.issuer)",
                hint: "give it as the provider's tokens have it, such as https://id.example.org")
        }
        guard !oidc.clientID.isEmpty else {
            throw GatewayError(
                "oidc.issuer needs oidc.client_id", hint: "register the gateway there, for the device flow")
        }
        guard oidc.caFile.isEmpty || access(oidc.caFile, R_OK) == 0 else {
            throw GatewayError("oidc.ca_file can't be read: \(oidc.caFile)")
        }
        self.init(
            issuer: oidc.issuer, clientID: oidc.clientID,
            clientSecret: oidc.clientSecretFile.isEmpty ? nil : Self.secret(oidc.clientSecretFile),
            scopes: oidc.scopes, nameClaim: oidc.nameClaim,
            groupsClaim: oidc.groupsClaim.isEmpty ? nil : oidc.groupsClaim,
            caFile: oidc.caFile.isEmpty ? nil : oidc.caFile, timeoutSeconds: oidc.timeoutSeconds)
        do {
            _ = try self.clientSecret?()
        } catch {
            throw GatewayError("oidc: \(error.message)")
        }
    }

    private static func secret(_ path: String) -> @Sendable () throws(OIDCError) -> SecretBytes {
        return { () throws(OIDCError) in
            guard let secret = try? PrivateFile.read(path, limitBytes: Self.maximumSecretBytes).withoutNewline,
                secret.count > 0
            else { throw OIDCError(.configuration, "\(path) can't be read, is empty or is open to others (chmod 600)") }
            return secret
        }
    }
}
