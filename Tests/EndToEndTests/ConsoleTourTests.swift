import Foundation
import SallyportTesting
import Testing

extension EndToEnd {
    /// The web console in a real browser, while a stock client works.
    @Suite(
        "the web console in a browser", .serialized,
        .enabled(if: Browser.isInstalled, "scripts/test installs a browser"))
    struct ConsoleTour {
        private struct Plan: Encodable {
            let url: String, user: String, password: String
            let codes: [String], live: [String], asking: [String]
            let asker: String, prompt: String
            let pictures: String?
        }

        @Test(
            "somebody signs in, watches, locks, messages, ends, approves, searches and replays, by what is on the pages"
        )
        func tour() throws {
            let lab = try Laboratory(startGateway: false)
            defer { lab.dispose() }
            let api = try APIClient(startingWith: lab.gateway)
            try lab.introduce(to: lab.gateway)
            let gateway = lab.gateway
            let password = "a long enough password"
            try gateway.administer("user", "add", "sec", "--password-stdin", input: password + "\n")
            try gateway.administer("user", "edit", "sec", "--role", "admin")
            let factor = try SecondFactor(enrolling: "sec", on: gateway)
            try gateway.administer("group", "add", "leads", "--user", "sec")
            try gateway.administer(
                "target", "add", "db1", "--address", "127.0.0.1:\(lab.target.port)", "--host-key",
                lab.target.hostKey.publicPath)
            try gateway.administer("credential", "set", "db1/\(lab.target.login)", "--key", lab.target.key.path)
            try gateway.administer(
                "grant", "add", "db", "--user", "alice", "--target", "db1", "--account", lab.target.login, "--allow",
                "shell,exec", "--approval", "1", "--approvers", "leads", "--require-reason")
            let before = try gateway.lastAuditSequence()
            let plan = Plan(
                url: api.url, user: "sec", password: password, codes: factor.recoveryCodes,
                live: lab.client.ssh(lab.route(), flags: ["-tt"]),
                asking: lab.client.ssh(
                    lab.route().logging(inAs: "alice@\(lab.target.login)@db1"), flags: ["-tt"],
                    "echo approved-and''-in"),
                asker: "alice", prompt: "ready>",
                pictures: ProcessInfo.processInfo.environment["SALLYPORT_SCREENSHOTS"])
            let file = lab.scratch.freshPath("plan")
            try JSONEncoder().encode(plan).write(to: URL(fileURLWithPath: file))
            let seen = try Browser.run("console_tour.py", file, as: Seen.self, in: lab.scratch)

            #expect(seen.foreign.isEmpty, "another origin was asked, or a dialog opened: \(seen.foreign)")
            #expect(seen.made == 0 && seen.title == "alice as \(lab.target.login) on web1 · Sallyport")
            #expect(seen.complaints.isEmpty, "\(seen.complaints)")
            #expect(seen.tooWide.isEmpty)
            #expect(seen.refused.contains("not right"))
            #expect(seen.listed == "alice as \(lab.target.login) on web1")
            #expect(seen.state == "live" && seen.locked == "locked by sec")
            #expect(!seen.typedWhileLocked && seen.killed && seen.askerEnded)
            #expect(seen.request.contains("the disk is full") && seen.request.contains("needs 1 of leads"))
            #expect(seen.approved == "Approved.")
            #expect(seen.hit.contains("alice as"))
            #expect(seen.openedAt > 0 && seen.openedAt < seen.duration / 2, "it does not open where it was shown")
            #expect(seen.transcript.contains("seen-42") && seen.hits.contains("shown at"))
            #expect(seen.events.contains("locked by sec") && seen.seal.contains("killed by sec: enough"))
            #expect(seen.seal.contains("complete") && seen.seal.contains("SHA256:"))
            #expect(seen.targets.contains("db1") && seen.users.contains("alice") && seen.explain.contains("No"))
            #expect(seen.audit.contains("SP8021I") && seen.health.contains("Sessions are taken"))
            #expect(seen.afterSigningOut.hasSuffix("/sign-in?next=/audit"))

            // Each page that replays opens its recording once, whatever its script asks for.
            let opened = try gateway.audited("SP5002I", after: before).filter { $0.fields["purpose"] == "replay" }
            #expect(opened.count == 2, "\(opened.map(\.fields))")
            // All of it in the person's name.
            for code in ["SP8021I", "SP4003W", "SP3103I", "SP5010I", "SP8023I"] {
                let rows = try gateway.audited(code, after: before)
                #expect(rows.contains { $0.actor == "sec" }, "\(code): \(rows)")
            }
        }

        private struct Seen: Decodable {
            let refused: String, listed: String, state: String, locked: String, request: String, approved: String
            let hit: String, transcript: String, hits: String, events: String, seal: String
            let targets: String, users: String, explain: String, audit: String, health: String
            let foreign: [String], complaints: [String], tooWide: [String]
            let typedWhileLocked: Bool, killed: Bool, askerEnded: Bool
            let made: Int, title: String
            let openedAt: Double, duration: Double
            let afterSigningOut: String

            private enum CodingKeys: String, CodingKey {
                case refused, listed, state, locked, request, approved, hit, transcript, hits, events, seal, targets
                case users, explain, audit, health, foreign, complaints, killed, duration, made, title
                case tooWide = "too wide"
                case typedWhileLocked = "typed while locked"
                case askerEnded = "asker ended"
                case openedAt = "opened at"
                case afterSigningOut = "after signing out"
            }
        }
    }
}
