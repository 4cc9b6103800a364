import Foundation
import Glibc

/// A throw-away OpenLDAP server on 127.0.0.1, without TLS, with StartTLS and by ldaps, that keeps `memberOf`.
///
/// The gateway may search as ``searcher``; nobody else sees anything.
public final class LDAPServer {
    public static let base = "dc=example,dc=org"
    public static let people = "ou=people,dc=example,dc=org"
    public static let searcher = "cn=gateway,dc=example,dc=org"
    public static let searcherPassword = "planted-password-of-the-searcher"
    private static let root = "cn=root,dc=example,dc=org"
    private static let rootPassword = "root-password-of-the-test"

    public let port: Int
    public let tlsPort: Int
    /// The authority that its certificate comes from.
    public let caFile: String
    public let scratch: Scratch
    private let folder: String
    private var process: RunningProcess?

    public var plainURL: String { "ldap://127.0.0.1:\(self.port)" }
    public var tlsURL: String { "ldaps://127.0.0.1:\(self.tlsPort)" }

    /// - parameters:
    ///   - host: what its certificate is for, `IP:` or `DNS:` and a name; nil for a server without TLS.
    public init(in scratch: Scratch, host: String? = "IP:127.0.0.1") throws {
        self.scratch = scratch
        self.port = try freePort()
        self.tlsPort = try freePort()
        self.folder = scratch.freshPath("slapd")
        mkdir(self.folder, 0o700)
        mkdir(self.folder + "/data", 0o700)
        self.caFile = self.folder + "/ca.pem"
        if let host { try Self.makeCertificate(for: host, in: self.folder, scratch) }
        let tls =
            host == nil
            ? ""
            : """
            TLSCACertificateFile \(self.folder)/ca.pem
            TLSCertificateFile \(self.folder)/server.pem
            TLSCertificateKeyFile \(self.folder)/server.key
            """
        let configuration = """
            include /etc/ldap/schema/core.schema
            include /etc/ldap/schema/cosine.schema
            include /etc/ldap/schema/inetorgperson.schema
            attributetype ( 1.3.6.1.4.1.24552.500.1.1.1.13 NAME 'sshPublicKey' EQUALITY octetStringMatch
              SYNTAX 1.3.6.1.4.1.1466.115.121.1.40 )
            attributetype ( 1.2.840.113556.1.4.8 NAME 'userAccountControl' EQUALITY integerMatch
              SYNTAX 1.3.6.1.4.1.1466.115.121.1.27 SINGLE-VALUE )
            objectclass ( 1.3.6.1.4.1.24552.500.1.1.2.99 NAME 'testAccount' SUP top AUXILIARY
              MAY ( sshPublicKey $ userAccountControl ) )
            modulepath /usr/lib/ldap
            moduleload back_mdb
            moduleload memberof
            \(tls)
            pidfile \(self.folder)/slapd.pid
            database mdb
            suffix "\(Self.base)"
            rootdn "\(Self.root)"
            rootpw \(Self.rootPassword)
            directory \(self.folder)/data
            overlay memberof
            access to attrs=userPassword by anonymous auth by * none
            access to * by dn.exact="\(Self.searcher)" read by * none

            """
        try Data(configuration.utf8).write(to: URL(fileURLWithPath: self.folder + "/slapd.conf"))
        try self.start()
        try self.change(
            """
            dn: \(Self.base)
            changetype: add
            objectClass: domain
            dc: example

            dn: \(Self.people)
            changetype: add
            objectClass: organizationalUnit
            ou: people

            dn: ou=groups,\(Self.base)
            changetype: add
            objectClass: organizationalUnit
            ou: groups

            dn: \(Self.searcher)
            changetype: add
            objectClass: applicationProcess
            objectClass: simpleSecurityObject
            cn: gateway
            userPassword: \(Self.searcherPassword)

            """)
    }

    deinit { self.stop() }

    public func start() throws {
        self.process = try RunningProcess(
            ["slapd", "-d", "stats", "-f", self.folder + "/slapd.conf", "-h", "\(self.plainURL) \(self.tlsURL)"],
            in: self.scratch)
        try waitUntil("slapd answers: \(self.log)", within: .seconds(60), every: .milliseconds(50)) {
            try run(
                ["ldapwhoami", "-x", "-H", self.plainURL, "-D", Self.root, "-w", Self.rootPassword], in: self.scratch
            ).code == 0
        }
    }

    public func stop() {
        self.process?.signal(SIGCONT)
        self.process?.kill()
        self.process = nil
    }

    /// From its return on it takes connections and never answers.
    public func freeze() throws {
        guard let process = self.process else { return }
        process.signal(SIGSTOP)
        try waitUntil("slapd stands still") { ProcessTable.isStopped(process.pid) }
    }

    public func thaw() { self.process?.signal(SIGCONT) }

    /// Every operation, with names and filters.
    public var log: String { self.process?.errorText ?? "" }

    /// The lines of the log that tell of a login as `name`.
    public func binds(as name: String) -> Int {
        self.log.split(separator: "\n").count { $0.contains("BIND dn=\"\(name)\" method=") }
    }

    public func entry(_ name: String) -> String { "uid=\(name),\(Self.people)" }

    /// Runs LDIF change records as the administrator; each must succeed.
    public func change(_ records: String) throws {
        let file = self.scratch.freshPath("ldif")
        try Data(records.utf8).write(to: URL(fileURLWithPath: file))
        let outcome = try run(
            ["ldapmodify", "-x", "-H", self.plainURL, "-D", Self.root, "-w", Self.rootPassword, "-f", file],
            in: self.scratch)
        guard outcome.code == 0 else { throw HarnessError("ldapmodify: \(outcome.errorText)\(records)") }
    }

    public func addPerson(_ name: String, password: String, publicKey: String? = nil) throws {
        try self.change(
            """
            dn: \(self.entry(name))
            changetype: add
            objectClass: inetOrgPerson
            objectClass: testAccount
            uid: \(name)
            cn: \(name)
            sn: \(name)
            userAccountControl: 512
            userPassword: \(password)
            \(publicKey.map { "sshPublicKey: \($0)" } ?? "description: without a key")

            """)
    }

    public func addGroup(_ name: String, members: String...) throws {
        try self.change(
            """
            dn: cn=\(name),ou=groups,\(Self.base)
            changetype: add
            objectClass: groupOfNames
            cn: \(name)
            \(members.map { "member: \(self.entry($0))" }.joined(separator: "\n"))

            """)
    }

    public func delete(_ name: String) throws { try self.change("dn: \(self.entry(name))\nchangetype: delete\n") }

    /// `values` replace those of the attribute.
    public func set(_ attribute: String, of dn: String, to values: String...) throws {
        let lines = values.map { "\(attribute): \($0)\n" }.joined()
        try self.change("dn: \(dn)\nchangetype: modify\nreplace: \(attribute)\n\(lines)")
    }

    /// An authority of its own in `ca.pem`, and what it vouches for in `server.pem`.
    private static func makeCertificate(for host: String, in folder: String, _ scratch: Scratch) throws {
        let request = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"]
        try output(
            of: [
                "openssl", "req", "-x509", "-subj", "/CN=test authority", "-keyout", folder + "/ca.key", "-out",
                folder + "/ca.pem",
            ] + request, in: scratch)
        try output(
            of: [
                "openssl", "req", "-x509", "-subj", "/CN=directory", "-CA", folder + "/ca.pem", "-CAkey",
                folder + "/ca.key", "-addext", "subjectAltName=\(host)", "-addext", "basicConstraints=CA:FALSE",
                "-keyout", folder + "/server.key", "-out", folder + "/server.pem",
            ] + request, in: scratch)
    }
}
