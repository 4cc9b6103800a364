import Directory
import GatewayConfiguration
import Platform
import Synchronization

/// The directory of the configuration, asked where it may block, and how it fares.
final class UserDirectory: Sendable {
    let ldap: LDAPDirectory
    let terms: DirectoryTerms
    let refreshSeconds: Int
    /// Threads of its own: a directory that doesn't answer keeps nobody else waiting.
    private let pool = BlockingPool(threads: 8, name: "directory")
    let health = ServiceHealth()
    private let seen = Mutex<[String: Seen]>([:])

    private struct Seen {
        /// On the monotonic clock, in nanoseconds.
        var time: UInt64
        var person: DirectoryPerson?
    }

    /// For how long an answer to a key serves for the next one, in nanoseconds: clients offer one after another.
    private static let freshness: UInt64 = 5_000_000_000
    private static let maximumSeen = 10_000

    /// Nil where the configuration names no directory.
    /// - throws: `GatewayError`, `DirectoryError` for what can't be right.
    init?(_ configuration: GatewayConfiguration.LDAP) throws {
        guard let settings = try LDAPSettings(configuration) else { return nil }
        self.ldap = LDAPDirectory(settings)
        self.terms = DirectoryTerms(
            createsUsers: configuration.createsUsers, hasKeys: settings.publicKeyAttribute != nil)
        self.refreshSeconds = configuration.refreshSeconds
    }

    func answer(_ question: DirectoryQuestion) async throws -> DirectoryWord {
        if let password = question.password {
            return switch try await self.run({ try $0.verify(question.names, password) }) {
            case .nobody: .nobody(names: question.names)
            case .right(let person): .person(person, password: .right)
            case .wrong(let person, let cause): .person(person, password: .wrong(cause: cause))
            }
        }
        let people = try await self.people(question.names, mayBeSeen: true)
        let person = question.names.lazy.compactMap { people[$0] ?? nil }.first
        return person.map { .person($0, password: .notAsked) } ?? .nobody(names: question.names)
    }

    /// Who the names are; nil for nobody.
    /// - parameter mayBeSeen: a few seconds ago is soon enough.
    func people(_ names: [String], mayBeSeen: Bool = false) async throws -> [String: DirectoryPerson?] {
        let now = Clock.monotonicNanoseconds()
        if mayBeSeen {
            let known = self.seen.withLock { seen in
                names.compactMap { name in
                    seen[name].flatMap { now < $0.time + Self.freshness ? (name, $0.person) : nil }
                }
            }
            if known.count == names.count { return Dictionary(known) { first, _ in first } }
        }
        let found = try await self.run { try $0.people(names) }
        let answer = Dictionary(names.map { ($0, found[$0]) }) { first, _ in first }
        self.seen.withLock { seen in
            if seen.count > Self.maximumSeen { seen = [:] }
            for (name, person) in answer { seen[name] = Seen(time: now, person: person) }
        }
        return answer
    }

    /// Asks each server now; why it doesn't serve, or nil.
    func check() async -> [(server: String, trouble: String?)] {
        var found: [(server: String, trouble: String?)] = []
        for server in self.ldap.settings.servers {
            do {
                try await self.run { try $0.check(server) }
                found.append((server, nil))
            } catch {
                found.append((server, "\(error)"))
            }
        }
        return found
    }

    private func run<Answer: Sendable>(
        _ question: @escaping @Sendable (LDAPDirectory) throws -> Answer
    ) async throws -> Answer {
        let ldap = self.ldap
        do {
            return try await self.pool.run { try question(ldap) }
        } catch {
            // What it said before counts no longer.
            self.seen.withLock { $0 = [:] }
            throw error
        }
    }
}
