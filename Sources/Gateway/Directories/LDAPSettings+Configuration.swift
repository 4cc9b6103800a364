import AccessPolicy
import Directory
import GatewayConfiguration
import Glibc
import Platform
import Vault

extension LDAPSettings {
    private static let systemAuthorities = "/etc/ssl/certs/ca-certificates.crt"
    private static let maximumPasswordBytes = 4096

    /// Nil where the configuration names no server.
    /// - throws: `GatewayError` for settings that can't be right together.
    init?(_ ldap: GatewayConfiguration.LDAP) throws {
        guard !ldap.servers.isEmpty else { return nil }
        if let bad = ldap.servers.first(where: { !Self.isServer($0) }) {
            throw GatewayError(
                "ldap.servers can't be used: \(bad)", hint: "give ldaps://HOST, or ldap://HOST for StartTLS")
        }
        let hasPassword = !ldap.bindPasswordFile.isEmpty || !ldap.bindCredential.isEmpty
        guard hasPassword == !ldap.bindName.isEmpty, ldap.bindPasswordFile.isEmpty || ldap.bindCredential.isEmpty else {
            throw GatewayError(
                "ldap.bind_dn and its password don't go together",
                hint: "set bind_dn with either bind_password_file or bind_credential, or none of them")
        }
        guard DistinguishedName.normalized(ldap.userBase) != nil else {
            throw GatewayError(
                "ldap.user_base is no distinguished name: '\(ldap.userBase)'",
                hint: "say below which entry people are, such as ou=people,dc=example,dc=org")
        }
        for (key, filter, places) in [
            ("user_filter", ldap.userFilter, ["{user}"]), ("group_filter", ldap.groupFilter, ["{dn}", "{user}"]),
        ] {
            guard LDAPFilter.isPlausible(filter), places.contains(where: filter.contains) else {
                throw GatewayError(
                    "ldap.\(key) can't be a filter: \(filter)",
                    hint: "give one in brackets that holds \(places.joined(separator: " or "))")
            }
        }
        guard ldap.disabledFilter.isEmpty || LDAPFilter.isPlausible(ldap.disabledFilter) else {
            throw GatewayError("ldap.disabled_filter can't be a filter: \(ldap.disabledFilter)")
        }
        let caFile = ldap.caFile.isEmpty ? Self.systemAuthorities : ldap.caFile
        let needsAuthorities = !ldap.permitsPlainText || ldap.servers.contains { $0.hasPrefix("ldaps:") }
        guard !needsAuthorities || access(caFile, R_OK) == 0 else {
            throw GatewayError("ldap.ca_file can't be read: \(caFile)")
        }
        self.init(
            servers: ldap.servers, caFile: caFile, bindName: ldap.bindName.isEmpty ? nil : ldap.bindName,
            bindPassword: Self.password(ldap), userBase: ldap.userBase, userFilter: ldap.userFilter,
            nameAttribute: ldap.nameAttribute,
            memberOfAttribute: ldap.memberOfAttribute.isEmpty ? nil : ldap.memberOfAttribute,
            groupBase: ldap.groupBase.isEmpty ? nil : ldap.groupBase, groupFilter: ldap.groupFilter,
            groups: try Self.groups(ldap.groups),
            publicKeyAttribute: ldap.publicKeyAttribute.isEmpty ? nil : ldap.publicKeyAttribute,
            disabledFilter: ldap.disabledFilter.isEmpty ? nil : ldap.disabledFilter,
            timeoutSeconds: ldap.timeoutSeconds)
        self.permitsPlainText = ldap.permitsPlainText
        // A password that can't be read is told now, and not at the first login.
        guard self.bindName != nil else { return }
        do {
            _ = try self.bindPassword()
        } catch {
            throw GatewayError("ldap: \(error.message)")
        }
    }

    /// The groups' names by the directory's.
    private static func groups(_ table: [String: [String]]) throws -> [String: Set<String>] {
        var groups: [String: Set<String>] = [:]
        for (name, places) in table {
            do {
                try ObjectName.validate(name, as: .group)
            } catch {
                throw GatewayError("ldap.groups: \(name): \(error.message)")
            }
            for place in places {
                guard let normalized = DistinguishedName.normalized(place) else {
                    throw GatewayError(
                        "ldap.groups: \(name) leads from no distinguished name: '\(place)'",
                        hint: "such as cn=\(name),ou=groups,dc=example,dc=org")
                }
                groups[normalized, default: []].insert(name)
            }
        }
        return groups
    }

    private static func password(
        _ ldap: GatewayConfiguration.LDAP
    ) -> @Sendable () throws(DirectoryError) -> SecretBytes {
        let (file, credential) = (ldap.bindPasswordFile, ldap.bindCredential)
        return { () throws(DirectoryError) in
            do {
                let secret =
                    try credential.isEmpty
                    ? PrivateFile.read(file, limitBytes: Self.maximumPasswordBytes) : SystemdCredential.read(credential)
                guard secret.withoutNewline.count > 0 else {
                    throw DirectoryError(.configuration, "the password for the directory is empty")
                }
                return secret.withoutNewline
            } catch let error as DirectoryError {
                throw error
            } catch let error as VaultError {
                throw DirectoryError(.configuration, error.message)
            } catch let error as SystemError where error.code == EACCES {
                throw DirectoryError(.configuration, "\(file) can't be read, or is open to others (chmod 600)")
            } catch {
                throw DirectoryError(.configuration, "the password for the directory can't be had: \(error)")
            }
        }
    }
}
