import CLDAP
import Glibc
import Platform
import Synchronization

/// An LDAP directory or Active Directory: who people are, their groups, whether a password is theirs.
///
/// Every method blocks, for `timeoutSeconds` with each server at most. Free to use from any thread.
public final class LDAPDirectory: Sendable {
    public let settings: LDAPSettings
    private let failures = Mutex<[String: Failure]>([:])

    private struct Failure {
        /// On the monotonic clock, in nanoseconds.
        var time: UInt64
        var error: DirectoryError
    }

    /// How long a server that failed is tried after the others, in nanoseconds.
    private static let avoidance: UInt64 = 30_000_000_000
    /// When every server has failed within this time, in nanoseconds, nobody waits for the same again.
    private static let respite: UInt64 = 2_000_000_000

    /// To be made before the process has threads: it sets a variable of the environment.
    public init(_ settings: LDAPSettings) {
        // Nothing of ldap.conf, such as further authorities, may count beside what is set here (ldap.conf(5)).
        setenv("LDAPNOINIT", "1", 1)
        self.settings = settings
    }

    /// What the directory says of each name; nobody for names that it doesn't hold.
    public func people(_ names: [String]) throws(DirectoryError) -> [String: DirectoryPerson] {
        try self.asking { (connection) throws(DirectoryError) in
            var found: [String: DirectoryPerson] = [:]
            for name in names { found[name] = try self.person(name, connection) }
            return found
        }
    }

    /// Whether the password is that of the first of the names that the directory holds. An empty password is wrong,
    /// and is not sent.
    public func verify(_ names: [String], _ password: SecretBytes) throws(DirectoryError) -> PasswordVerdict {
        try self.asking { (connection) throws(DirectoryError) in
            for name in names {
                guard let person = try self.person(name, connection) else { continue }
                return try self.verify(person, password, connection)
            }
            return .nobody
        }
    }

    private func verify(
        _ person: DirectoryPerson, _ password: SecretBytes, _ connection: LDAPConnection
    ) throws(DirectoryError) -> PasswordVerdict {
        guard password.count > 0 else { return .wrong(person, cause: "empty password") }
        guard !person.distinguishedName.isEmpty else { return .wrong(person, cause: person.refusal ?? "no entry") }
        // The last thing that is done with this connection: it is theirs from here on.
        let result = connection.bind(person.distinguishedName, password)
        switch result {
        case LDAP_SUCCESS: return .right(person)
        case LDAP_INVALID_CREDENTIALS: return .wrong(person, cause: "wrong password")
        case LDAP_INAPPROPRIATE_AUTH, LDAP_UNWILLING_TO_PERFORM, LDAP_CONSTRAINT_VIOLATION, LDAP_INSUFFICIENT_ACCESS,
            LDAP_NO_SUCH_OBJECT:
            return .wrong(person, cause: "the directory refuses the password: \(connection.words(result))")
        default:
            try connection.check(result, "signing in as \(person.distinguishedName)")
            throw DirectoryError(.unusable, "the directory's answer to a password can't be understood")
        }
    }

    /// Asks one server, whatever is known of it; for an operator who wants to know.
    public func check(_ server: String) throws(DirectoryError) {
        let connection = try LDAPConnection(server, self.settings)
        let found = try connection.search(self.settings.userBase, .base, "(objectClass=*)", attributes: ["1.1"])
        guard !found.isEmpty else {
            throw DirectoryError(.unusable, "\(server): there is no \(self.settings.userBase), or it is not shown")
        }
    }

    // MARK: Servers

    private func asking<Answer>(
        _ question: (LDAPConnection) throws(DirectoryError) -> Answer
    ) throws(DirectoryError) -> Answer {
        let now = Clock.monotonicNanoseconds()
        let known = self.failures.withLock { $0 }
        let recent = self.settings.servers.map { known[$0].flatMap { now < $0.time + Self.respite ? $0.error : nil } }
        if let error = recent.first ?? nil, !recent.contains(where: { $0 == nil }) { throw error }
        let isAvoided = { (server: String) in known[server].map { now < $0.time + Self.avoidance } ?? false }
        let order = self.settings.servers.filter { !isAvoided($0) } + self.settings.servers.filter(isAvoided)
        var first: DirectoryError?
        for server in order {
            do throws(DirectoryError) {
                let answer = try question(try LDAPConnection(server, self.settings))
                self.failures.withLock { $0[server] = nil }
                return answer
            } catch {
                if error.code == .unreachable {
                    let failure = Failure(time: Clock.monotonicNanoseconds(), error: error)
                    self.failures.withLock { $0[server] = failure }
                }
                first = first ?? error
            }
        }
        throw first ?? DirectoryError(.configuration, "the directory has no server")
    }

    // MARK: People

    private func person(_ name: String, _ connection: LDAPConnection) throws(DirectoryError) -> DirectoryPerson? {
        let settings = self.settings
        let filter = LDAPFilter.filled(settings.userFilter, user: name)
        let attributes =
            [settings.nameAttribute, settings.memberOfAttribute, settings.publicKeyAttribute].compactMap { $0 }
            + AccountMarks.attributes
        let entries = try connection.search(settings.userBase, .subtree, filter, attributes: attributes, limit: 2)
        guard entries.count < 2 else {
            return DirectoryPerson(
                name: name, distinguishedName: "", refusal: "ambiguous in the directory: more than one entry fits")
        }
        // Directories take letters of either case, blanks and more for the same; names of the gateway are exact.
        guard let entry = entries.first, entry.texts(settings.nameAttribute).contains(name) else { return nil }
        let groups = try self.groups(of: entry, name, connection)
        var refusal = AccountMarks.refusal(of: entry, at: Clock.wallNanoseconds())
        if refusal == nil, let disabled = settings.disabledFilter,
            try !connection.search(entry.name, .base, disabled, attributes: ["1.1"]).isEmpty
        {
            refusal = "disabled in the directory"
        }
        // An entry without a name is the root, which is nobody.
        guard !entry.name.isEmpty else { return nil }
        return DirectoryPerson(
            name: name, distinguishedName: entry.name, identifiers: AccountMarks.identifiers(of: entry),
            directoryGroups: groups,
            groups: groups.compactMap(DistinguishedName.normalized)
                .reduce(into: Set<String>()) { $0.formUnion(settings.groups[$1] ?? []) }.sorted(),
            publicKeys: settings.publicKeyAttribute.map(entry.texts) ?? [], refusal: refusal)
    }

    private func groups(
        of entry: LDAPConnection.Entry, _ name: String, _ connection: LDAPConnection
    ) throws(DirectoryError) -> [String] {
        var found = Set(self.settings.memberOfAttribute.map(entry.texts) ?? [])
        if let base = self.settings.groupBase {
            let filter = LDAPFilter.filled(self.settings.groupFilter, user: name, dn: entry.name)
            found.formUnion(try connection.search(base, .subtree, filter, attributes: ["1.1"]).map(\.name))
        }
        return found.sorted()
    }
}
