import AdminAPI
import AuditLog
import Directory
import SessionStore

extension GatewayAdministration {
    func directoryStatus(by actor: AdminActor) async throws -> DirectoryStatus {
        guard let directory = self.directory else { return DirectoryStatus(servers: []) }
        return DirectoryStatus(
            servers: await directory.check().map {
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
            .invalidInput, "sallyport.toml names no directory", hint: "set [ldap] servers, and start sallyportd again")
    }

    /// In the order of the configuration.
    var directoryHealth: [DirectoryHealth] {
        guard let directory = self.directory else { return [] }
        let addresses = directory.ldap.settings.servers.joined(separator: ", ")
        return [DirectoryHealth(kind: "ldap", address: addresses, failure: directory.trouble.map(AuditField.printable))]
    }

    /// A password here would never be looked at.
    static func refuseLocalPassword(of user: StoredUser) throws {
        guard user.source == .local else {
            throw AdminError(.conflict, "user \(user.name) signs in with the password of the directory")
        }
    }
}
