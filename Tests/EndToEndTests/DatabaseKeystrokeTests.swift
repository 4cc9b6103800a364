import Foundation
import SallyportTesting
import Testing

extension EndToEnd.Keystrokes {
    @Test(
        "mysql -p at a real server, its password changed there, and a wrong one",
        .enabled(if: MariaDBServer.isInstalled, "needs root and the package mariadb-server"))
    func mariaDB() throws {
        let server = try MariaDBServer(password: self.secret, in: self.lab.scratch)
        defer { server.process.kill() }
        self.expectExact(
            "mysql",
            try self.record { typist in
                let options = "--no-defaults -u admin -p -S \(server.socket)"
                try typist.typeSlowly("mysql \(options)\r", then: "password: ")
                try typist.answer(self.secret, slowly: true, then: "[(none)]> ")
                try typist.typeSlowly("select 6 * 7 as product;\r", then: "1 row in set")
                try typist.type("show databases;\r", then: "rows in set")
                try typist.typeSlowly("\\q\r", then: "ready> ")
                try typist.typeSlowly("mysqladmin \(options) password\r", then: "Enter password: ")
                try typist.answer(self.secret, slowly: true, then: "New password: ")
                try typist.answer(self.secret + "-new", slowly: true, then: "Confirm new password: ")
                try typist.answer(self.secret + "-new", then: "ready> ")
                try typist.type("mysql \(options) -e 'select 1'\r", then: "password: ")
                try typist.answer(self.secret + "-new", then: "ready> ")
                try typist.type("mysql \(options)\r", then: "password: ")
                try typist.answer(self.secret + "-wrong", slowly: true, then: "ready> ")
            })
    }

    @Test(
        "psql -W at a real server, and a new password there",
        .enabled(if: PostgresServer.isInstalled, "needs root and the package postgresql"))
    func database() throws {
        let server = try PostgresServer(password: self.secret, in: self.lab.scratch)
        defer { server.process.kill() }
        self.expectExact(
            "psql",
            try self.record { typist in
                try typist.typeSlowly("psql -W -h 127.0.0.1 -p \(server.port) -U admin postgres\r", then: "Password: ")
                try typist.answer(self.secret, slowly: true, then: "postgres=# ")
                try typist.typeSlowly("select 6 * 7 as product;\r", then: "(1 row)")
                try typist.type("\\password\r", then: ": ")
                try typist.answer(self.secret + "-new", then: ": ")
                try typist.answer(self.secret + "-new", slowly: true, then: "postgres=# ")
                try typist.typeSlowly("\\q\r", then: "ready> ")
                try typist.type("psql -h 127.0.0.1 -p \(server.port) -U admin postgres\r", then: "admin: ")
                try typist.answer(self.secret + "-new", then: "postgres=# ")
                try typist.type("\\q\r", then: "ready> ")
            })
    }
}

/// A database server of Debian's postgresql, as the user `postgres`, on a port of 127.0.0.1. It needs root.
private struct PostgresServer {
    let process: RunningProcess
    let port: Int

    private static let tools = (15...30).map { "/usr/lib/postgresql/\($0)/bin" }.first {
        FileManager.default.isExecutableFile(atPath: $0 + "/postgres")
    }

    static var isInstalled: Bool { self.tools != nil && TargetServer.hasOwnLogin }

    /// - parameter password: of its role `admin`.
    init(password: String, in scratch: Scratch) throws {
        let tools = try #require(Self.tools)
        let folder = scratch.freshPath("postgres")
        let passwordFile = folder + "/password"
        let asPostgres = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
        _ = try output(of: ["install", "--directory", "--owner=postgres", "--mode=700", folder], in: scratch)
        try password.write(toFile: passwordFile, atomically: true, encoding: .utf8)
        _ = try output(of: ["chown", "postgres", passwordFile], in: scratch)
        _ = try output(
            of: asPostgres + [
                tools + "/initdb", "--pgdata", folder + "/data", "--auth=scram-sha-256", "--username=admin",
                "--pwfile", passwordFile, "--no-sync",
            ], in: scratch)
        self.port = try freePort()
        self.process = try RunningProcess(
            asPostgres + [
                tools + "/postgres", "-D", folder + "/data", "-h", "127.0.0.1", "-p", "\(self.port)", "-k", folder,
            ], in: scratch)
        let ready = [tools + "/pg_isready", "-q", "-h", "127.0.0.1", "-p", "\(self.port)"]
        try waitUntil("postgres answers") { try run(ready, in: scratch).code == 0 }
    }
}

/// A database server of Debian's mariadb-server, as the user `mysql`, on a socket alone. It needs root.
private struct MariaDBServer {
    let process: RunningProcess
    let socket: String

    static var isInstalled: Bool {
        FileManager.default.isExecutableFile(atPath: "/usr/sbin/mariadbd") && TargetServer.hasOwnLogin
    }

    /// - parameter password: of its user `admin`.
    init(password: String, in scratch: Scratch) throws {
        let folder = scratch.freshPath("mariadb")
        self.socket = folder + "/socket"
        let asMySQL = ["setpriv", "--reuid=mysql", "--regid=mysql", "--clear-groups"]
        _ = try output(of: ["install", "--directory", "--owner=mysql", "--mode=755", folder], in: scratch)
        _ = try output(
            of: asMySQL + [
                "mariadb-install-db", "--no-defaults", "--datadir=\(folder)/data", "--skip-test-db",
                "--auth-root-authentication-method=normal",
            ], in: scratch)
        self.process = try RunningProcess(
            asMySQL + [
                "mariadbd", "--no-defaults", "--datadir=\(folder)/data", "--socket=\(self.socket)", "--skip-networking",
                "--pid-file=\(folder)/pid",
            ], in: scratch)
        let client = ["--no-defaults", "-u", "root", "-S", self.socket]
        try waitUntil("mariadbd answers") { try run(["mysqladmin"] + client + ["ping"], in: scratch).code == 0 }
        let made = try run(
            ["mysql"] + client, in: scratch,
            typing: "create user admin@localhost identified by '\(password)'; grant all on *.* to admin@localhost;\n")
        guard made.code == 0 else { throw HarnessError("no user at mariadbd: \(made.errorText)") }
    }
}
