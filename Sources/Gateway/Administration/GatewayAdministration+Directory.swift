import AdminAPI
import AuditLog
import Directory
import OpenIDConnect
import SessionStore

extension GatewayAdministration {
    func directoryStatus(by actor: AdminActor) async throws -> DirectoryStatus {
        var found = await self.directory?.check() ?? []
        if let client = self.provider?.client {
            do throws(OIDCError) {
                try await client.check()
                found.append((client.settings.issuer, nil))
            } catch {
                found.append((client.settings.issuer, error.message))
            }
        }
        return DirectoryStatus(
            servers: found.map {
                DirectoryStatus.Server(address: $0.server, trouble: $0.trouble.map(AuditField.printable))
            })
    }

    func showDirectoryPerson(_ name: String, by actor: AdminActor) async throws -> DirectoryPersonInfo {
        guard let directory = self.directory else { throw Self.noDirectory }
        let found: DirectoryPerson?
        do {
            found = try await directory.people([name])[name] ?? nil
        } catch {
            throw AdminError(.unavailable, AuditField.printable("\(error)"))
        }
        guard let person = found else {
            throw AdminError(
                .notFound, "the directory holds nobody of the name \(AuditField.printable(name))",
                hint: "names are exact, in upper and lower case; see user_base and user_filter of sallyport.toml")
        }
        return DirectoryPersonInfo(
            name: person.name, distinguishedName: AuditField.printable(person.distinguishedName),
            directoryGroups: person.directoryGroups.map(AuditField.printable), groups: person.groups,
            keys: person.storedKeys.map(\.fingerprint), refusal: person.refusal)
    }

    static var noDirectory: AdminError {
        AdminError(
            .invalidInput, "sallyport.toml names no such directory",
            hint: "set [ldap] servers, or [oidc] issuer, and start sallyportd again")
    }

    /// Where a new user comes from.
    func source(_ word: String?) throws -> UserSource {
        switch word {
        case nil: return .local
        case "ldap" where self.directory != nil: return .ldap
        case "oidc" where self.provider != nil: return .oidc
        case "ldap", "oidc": throw Self.noDirectory
        case let word?:
            throw AdminError(.invalidInput, "users come from ldap or oidc, and not from '\(word)'")
        }
    }

    /// In the order of the configuration.
    var directoryHealth: [DirectoryHealth] {
        func health(_ kind: String, _ address: String, _ health: ServiceHealth) -> DirectoryHealth {
            DirectoryHealth(kind: kind, address: address, failure: health.trouble.map(AuditField.printable))
        }
        return [
            self.directory.map { health("ldap", $0.ldap.settings.servers.joined(separator: ", "), $0.health) },
            self.provider.map { health("oidc", $0.client.settings.issuer, $0.health) },
        ].compactMap { $0 }
    }

    /// A password here would never be looked at.
    static func refuseLocalPassword(of user: StoredUser) throws {
        guard user.source == .local else {
            throw AdminError(
                .conflict,
                user.source == .ldap
                    ? "user \(user.name) signs in with the password of the directory"
                    : "user \(user.name) signs in at the provider")
        }
    }
}
