import CLDAP
import Glibc
import Platform

/// One connection to one server, for one question. Everything blocks, until the deadline at most.
///
/// To be used by one thread: libldap locks nothing of a handle. Settings of the machine (ldap.conf) and of the
/// environment count for nothing that matters here, since all of that is set anew.
final class LDAPConnection {
    private let handle: OpaquePointer
    private let server: String
    /// On the monotonic clock, in nanoseconds.
    private let deadline: UInt64
    private let cutter: SocketDeadline
    /// libldap points to it as long as there is the handle.
    private let callbacks: UnsafeMutablePointer<ldap_conncb>

    /// Connects, encrypts, and signs in as the one who searches.
    init(_ server: String, _ settings: LDAPSettings) throws(DirectoryError) {
        self.server = server
        let limit = UInt64(settings.timeoutSeconds) * 1_000_000_000
        self.deadline = Clock.monotonicNanoseconds() + limit
        var made: OpaquePointer?
        guard ldap_initialize(&made, server) == LDAP_SUCCESS, let made else {
            throw DirectoryError(.unusable, "\(server) can't be the address of a directory")
        }
        self.handle = made
        self.cutter = SocketDeadline(after: limit)
        self.callbacks = .allocate(capacity: 1)
        self.callbacks.initialize(to: self.cutter.callbacks)
        try self.prepare(settings)
        if server.hasPrefix("ldap://"), !settings.permitsPlainText {
            try self.check(ldap_start_tls_s(self.handle, nil, nil), "StartTLS")
        }
        if let name = settings.bindName {
            let password = try settings.bindPassword()
            // Without a password it would be nobody's login, and succeed (RFC 4513 section 5.1.2).
            guard password.count > 0 else { throw DirectoryError(.configuration, "the password of \(name) is empty") }
            let result = self.bind(name, password)
            guard result != LDAP_INVALID_CREDENTIALS, result != LDAP_INAPPROPRIATE_AUTH else {
                throw DirectoryError(.denied, "\(server): the gateway can't sign in as \(name): \(self.words(result))")
            }
            try self.check(result, "signing in as \(name)")
        }
    }

    deinit {
        ldap_unbind_ext(self.handle, nil, nil)
        self.callbacks.deallocate()
    }

    private func prepare(_ settings: LDAPSettings) throws(DirectoryError) {
        let version = LDAP_VERSION3
        let demand = LDAP_OPT_X_TLS_DEMAND
        // TLS 1.2, as the header's LDAP_OPT_X_TLS_PROTOCOL_TLS1_2 has it.
        let oldest: CInt = 0x303
        let never = LDAP_DEREF_NEVER
        let client: CInt = 0
        // Nobody is sent elsewhere with a password.
        var results = [
            ldap_set_option(self.handle, LDAP_OPT_REFERRALS, nil),
            ldap_set_option(self.handle, LDAP_OPT_CONNECT_CB, self.callbacks),
        ]
        for (option, value) in [
            (LDAP_OPT_PROTOCOL_VERSION, version), (LDAP_OPT_DEREF, never), (LDAP_OPT_X_TLS_REQUIRE_CERT, demand),
        ] { results.append(withUnsafePointer(to: value) { ldap_set_option(self.handle, option, $0) }) }
        try self.limitTime()
        // Where it speaks in clear there may be no authorities either.
        if self.server.hasPrefix("ldap://"), settings.permitsPlainText, results.allSatisfy({ $0 == LDAP_OPT_SUCCESS }) {
            return
        }
        results.append(ldap_set_option(self.handle, LDAP_OPT_X_TLS_CACERTFILE, settings.caFile))
        // Not known to every library that TLS may come from, all of which refuse what is older by themselves.
        _ = withUnsafePointer(to: oldest) { ldap_set_option(self.handle, LDAP_OPT_X_TLS_PROTOCOL_MIN, $0) }
        // Takes over what was set above.
        results.append(withUnsafePointer(to: client) { ldap_set_option(self.handle, LDAP_OPT_X_TLS_NEWCTX, $0) })
        guard results.allSatisfy({ $0 == LDAP_OPT_SUCCESS }) else {
            throw DirectoryError(.configuration, "TLS for the directory can't be set up: is \(settings.caFile) right?")
        }
    }

    /// Lets no step take longer than what is left.
    private func limitTime() throws(DirectoryError) {
        var time = try self.remaining()
        _ = ldap_set_option(self.handle, LDAP_OPT_NETWORK_TIMEOUT, &time)
        _ = ldap_set_option(self.handle, LDAP_OPT_TIMEOUT, &time)
    }

    private func remaining() throws(DirectoryError) -> timeval {
        let now = Clock.monotonicNanoseconds()
        guard now < self.deadline else { throw DirectoryError(.unreachable, "\(self.server): no answer in time") }
        let microseconds = Int((self.deadline - now) / 1000) + 1
        return timeval(tv_sec: microseconds / 1_000_000, tv_usec: microseconds % 1_000_000)
    }

    /// - returns: a result code of libldap. An empty password is never sent.
    func bind(_ name: String, _ password: SecretBytes) -> CInt {
        guard password.count > 0, !name.isEmpty else { return LDAP_INVALID_CREDENTIALS }
        do {
            try self.limitTime()
        } catch {
            return LDAP_TIMEOUT
        }
        return password.withUnsafeBytes { bytes in
            // libldap only reads it.
            let start = UnsafeMutablePointer(mutating: bytes.baseAddress?.assumingMemoryBound(to: CChar.self))
            var value = berval(bv_len: ber_len_t(bytes.count), bv_val: start)
            return ldap_sasl_bind_s(self.handle, name, nil, &value, nil, nil, nil)
        }
    }

    enum Scope { case base, subtree }

    struct Entry {
        var name: String
        /// By attribute in lower case.
        var values: [String: [[UInt8]]]

        func texts(_ attribute: String) -> [String] {
            (self.values[attribute.lowercased()] ?? []).compactMap { String(validating: $0, as: UTF8.self) }
        }
    }

    /// Most entries of one answer.
    private static let maximumEntries: CInt = 1000

    func search(
        _ base: String, _ scope: Scope, _ filter: String, attributes: [String], limit: CInt = maximumEntries
    ) throws(DirectoryError) -> [Entry] {
        try self.limitTime()
        var time = try self.remaining()
        var answer: OpaquePointer?
        defer { ldap_msgfree(answer) }
        var names: [UnsafeMutablePointer<CChar>?] = attributes.map { strdup($0) } + [nil]
        defer { for name in names { free(name) } }
        let result = ldap_search_ext_s(
            self.handle, base, scope == .base ? LDAP_SCOPE_BASE : LDAP_SCOPE_SUBTREE, filter, &names, 0, nil, nil,
            &time, limit, &answer)
        switch result {
        case LDAP_NO_SUCH_OBJECT: return []
        case LDAP_FILTER_ERROR: throw DirectoryError(.unusable, "the filter \(filter) can't be understood")
        // Enough to see that there are too many.
        case LDAP_SIZELIMIT_EXCEEDED: break
        default: try self.check(result, "searching below \(base)")
        }
        var entries: [Entry] = []
        var next = ldap_first_entry(self.handle, answer)
        while let entry = next {
            entries.append(try self.read(entry, attributes))
            next = ldap_next_entry(self.handle, entry)
        }
        return entries
    }

    private func read(_ entry: OpaquePointer, _ attributes: [String]) throws(DirectoryError) -> Entry {
        guard let written = ldap_get_dn(self.handle, entry) else {
            throw DirectoryError(.unusable, "\(self.server): an entry has no name")
        }
        defer { ldap_memfree(written) }
        var values: [String: [[UInt8]]] = [:]
        for attribute in attributes {
            guard let list = ldap_get_values_len(self.handle, entry, attribute) else { continue }
            defer { ldap_value_free_len(list) }
            var index = 0
            while let value = list[index] {
                let bytes = UnsafeRawBufferPointer(start: value.pointee.bv_val, count: Int(value.pointee.bv_len))
                values[attribute.lowercased(), default: []].append(Array(bytes))
                index += 1
            }
        }
        return Entry(name: String(cString: written), values: values)
    }

    func check(_ result: CInt, _ attempt: String) throws(DirectoryError) {
        guard result != LDAP_SUCCESS else { return }
        let line = "\(self.server): \(attempt): \(self.words(result))"
        switch result {
        case LDAP_SERVER_DOWN, LDAP_CONNECT_ERROR, LDAP_TIMEOUT, LDAP_BUSY, LDAP_UNAVAILABLE, LDAP_LOCAL_ERROR:
            throw DirectoryError(.unreachable, line)
        case LDAP_INSUFFICIENT_ACCESS, LDAP_STRONG_AUTH_REQUIRED, LDAP_CONFIDENTIALITY_REQUIRED,
            LDAP_INAPPROPRIATE_AUTH:
            throw DirectoryError(.denied, line)
        default: throw DirectoryError(.unusable, line)
        }
    }

    /// libldap's words, and the server's or the TLS library's, on one line.
    func words(_ result: CInt) -> String {
        // By the deadline the socket was cut, and what is said of that would lead astray.
        guard result != LDAP_TIMEOUT, Clock.monotonicNanoseconds() < self.deadline else { return "no answer in time" }
        let general = String(cString: ldap_err2string(result))
        var message: UnsafeMutablePointer<CChar>?
        ldap_get_option(self.handle, LDAP_OPT_DIAGNOSTIC_MESSAGE, &message)
        guard let message else { return general }
        defer { ldap_memfree(message) }
        let detail = String(cString: message).onOneLine(atMost: 200)
        return detail.isEmpty ? general : "\(general) (\(detail))"
    }
}
