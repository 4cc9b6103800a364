import Foundation
import SallyportTesting
import Testing

extension EndToEnd {
    /// Who is told of requests, and where tickets are looked up.
    @Suite("notices of requests", .serialized, .throughGateway)
    struct RequestNotices {
        private static let deskProgram = """
            import http.server, sys
            class Desk(http.server.BaseHTTPRequestHandler):
                def do_GET(self):
                    known = self.path == "/t/OPS%2F47" and self.headers["Authorization"] == "Bearer desk-token-1"
                    self.send_response(200 if known else 404); self.end_headers()
                def log_message(self, *words): pass
            http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Desk).serve_forever()
            """

        private static func filed(_ gateway: TestGateway, after sequence: UInt64) throws -> String {
            try #require(try gateway.audited("SP3101I", after: sequence).first?.fields["request"])
        }

        @Test("a program gets each event on its standard input, in order, also those that it failed at first")
        func command() throws {
            let lab = try Laboratory(startGateway: false)
            defer { lab.dispose() }
            let (told, broken) = (lab.scratch.path("told"), lab.scratch.path("broken"))
            let hook = lab.scratch.freshPath("hook")
            try writeProgram(
                """
                #!/bin/sh
                if [ -e '\(broken)' ]; then echo no route; exit 3; fi
                { /bin/cat; echo; echo "args $*"; echo "env $(/usr/bin/env | /usr/bin/cut -d= -f1 | /usr/bin/sort | /usr/bin/tr '\\n' ' ')"; } >>'\(told)'
                """, to: hook, mode: 0o700)
            try lab.gateway.configure("requests", "notify_command = [\"\(hook)\", \"a b\"]")
            try lab.gateway.start()
            try lab.introduce(to: lab.gateway)
            let account = lab.target.login
            try lab.gateway.administer("group", "add", "leads")
            try lab.gateway.administer("user", "add", "nora", "--key", lab.identity.publicPath)
            try lab.gateway.administer(
                "grant", "add", "on", "--user", "nora", "--target", "web1", "--account", account, "--allow", "exec",
                "--approval", "1", "--approvers", "leads")
            let before = try lab.gateway.lastAuditSequence()
            try lab.gateway.administer("request", "create", "web1/\(account)", "--user", "nora", "--reason", "first")
            func lines() -> [String] {
                ((try? String(contentsOfFile: told, encoding: .utf8)) ?? "").split(separator: "\n").map(String.init)
            }
            try waitUntil("the program is told") { lines().count >= 3 }
            struct Event: Decodable {
                struct Row: Decodable {
                    let code: String
                    let fields: [String: String]
                }
                let gateway: String
                let rows: [Row]
            }
            let event = try JSONDecoder().decode(Event.self, from: Data(lines()[0].utf8))
            #expect(event.rows.map(\.code) == ["SP3101I"] && event.rows.first?.fields["reason"] == "first")
            #expect(lines()[1] == "args a b")
            // What sh itself sets.
            #expect(
                lines()[2] == "env PWD " || lines()[2] == "env PWD SHLVL _ " || lines()[2] == "env PWD _ ", "\(lines())"
            )

            // While it fails, requests go on; afterwards it hears of all.
            try Data().write(to: URL(fileURLWithPath: broken))
            let id = try Self.filed(lab.gateway, after: before)
            try lab.gateway.administer("request", "deny", id, "--text", "second")
            try waitUntil("status tells") {
                try lab.gateway.administer("status").contains("no route")
            }
            try lab.gateway.administer("request", "create", "web1/\(account)", "--user", "nora", "--reason", "third")
            try FileManager.default.removeItem(atPath: broken)
            try waitUntil("the program is told of the rest", within: .seconds(90)) { lines().count >= 9 }
            let codes = try lines().filter { $0.hasPrefix("{") }.map {
                try JSONDecoder().decode(Event.self, from: Data($0.utf8)).rows.map(\.code).joined()
            }
            #expect(codes == ["SP3101I", "SP3104I", "SP3101I"])
        }

        @Test(
            "a ticket is looked up before a request is filed, and one that nobody knows, or can be asked about, is refused"
        )
        func tickets() throws {
            let lab = try Laboratory(startGateway: false)
            defer { lab.dispose() }
            let port = try freePort()
            let desk = try RunningProcess(["python3", "-c", Self.deskProgram, "\(port)"], in: lab.scratch)
            let token = try lab.scratch.write("desk-token-1\n", to: "desk-token")
            try lab.gateway.configure(
                "requests",
                "ticket_url = \"http://127.0.0.1:\(port)/t/{ticket}\"\nticket_token_file = \"\(token)\"")
            try lab.gateway.start()
            try lab.introduce(to: lab.gateway)
            let account = lab.target.login
            try lab.gateway.administer("group", "add", "leads")
            try lab.gateway.administer("user", "add", "nora", "--key", lab.identity.publicPath)
            try lab.gateway.administer(
                "grant", "add", "on", "--user", "nora", "--target", "web1", "--account", account, "--allow", "exec",
                "--approval", "1", "--approvers", "leads", "--ticket", "OPS/[0-9]+")
            func create(_ ticket: String) throws -> Outcome {
                try lab.client.runSSH(
                    lab.route().logging(inAs: "nora"), "request create \(account)@web1 --ticket \(ticket)")
            }
            try waitUntil("the desk answers") {
                try run(
                    ["python3", "-c", "import socket; socket.create_connection(('127.0.0.1', \(port)))"],
                    in: lab.scratch
                )
                .code == 0
            }
            let unknown = try create("OPS/48")
            #expect(
                unknown.code == 1 && unknown.errorText.contains("there is no ticket OPS/48"), "\(unknown.errorText)")
            let odd = try create("XYZ")
            #expect(odd.code == 1 && odd.errorText.contains("the ticket is not of the form"), "\(odd.errorText)")
            let known = try create("OPS/47")
            #expect(known.code == 0, "\(known.errorText)")
            desk.kill()
            let before = try lab.gateway.audit().count { $0.code == "SP3101I" }
            let unanswered = try create("OPS/47")
            #expect(unanswered.code == 1)
            #expect(unanswered.errorText.contains("the ticket can't be looked up just now"), "\(unanswered.errorText)")
            #expect(try lab.gateway.audit().count { $0.code == "SP3101I" } == before)
        }
    }
}
