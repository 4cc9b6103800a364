import Foundation
import SallyportTesting
import Testing

extension EndToEnd {
    /// What dies in the middle of a rotation, at each of its steps: afterwards a login through the gateway works, and
    /// history and audit log say what became of it.
    @Suite("crashes in the middle of a rotation", .serialized, .laboratory, .throughGateway, .asRoot)
    struct RotationCrashes {
        private var lab: Laboratory { .current }
        private var gateway: TestGateway { self.lab.gateway }

        enum Victim: String, CaseIterable, Sendable {
            /// The machine with everything on it.
            case target
            case broker
            /// Of the gateway's own session.
            case worker
        }

        enum Kind: String, CaseIterable, Sendable { case password, key }

        enum Step: String, CaseIterable, Sendable {
            /// The target has changed nothing yet.
            case before
            /// The target has changed it, and has not said so.
            case applied
            /// The new secret was right, and the target has not let it in.
            case proof
            /// It has let it in, and the vault has not made it the account's.
            case commit
            /// The old key's line is about to go, or gone.
            case removal, removed
            /// The old secret is found to be the right one; of a key, while the new one's line is taken away.
            case rollback

            var leadsToTheNewSecret: Bool { self != .before && self != .rollback }
            var isOfKeysAlone: Bool { self == .removal || self == .removed }
        }

        struct Crash: Sendable, CustomTestStringConvertible {
            let victim: Victim
            let kind: Kind
            let step: Step

            static let all: [Self] = Kind.allCases.flatMap { kind in
                Step.allCases.filter { kind == .key || !$0.isOfKeysAlone }.flatMap { step in
                    Victim.allCases.map { Self(victim: $0, kind: kind, step: step) }
                }
            }

            var account: String { self.kind == .password ? "ops" : "keyed" }
            var testDescription: String { "\(self.kind.rawValue)-\(self.step.rawValue)-\(self.victim.rawValue)" }

            /// How the audit log calls the end of a rotation that came to nothing.
            var lastState: String {
                switch (self.step, self.kind, self.victim) {
                // The broker that lives has heard the change fail.
                case (.rollback, .password, .worker): "old-works"
                case (.rollback, .key, .worker), (.rollback, .key, .target): "new-key-left"
                default: "new-kept"
                }
            }
        }

        /// A server that the gateway knows, and on which alice may be `ops`, `root` and `keyed`.
        private func server(_ name: String) throws -> AccountServer {
            let server = try AccountServer(named: name, in: self.lab.scratch)
            try self.gateway.administer(
                "target", "add", name, "--address", "127.0.0.1:\(server.port)", "--host-key", server.hostKey.publicPath)
            for account in ["root", "ops"] {
                try self.gateway.administer(
                    "credential", "set", "\(name)/\(account)", "--password-stdin", input: server.password + "\n")
            }
            try self.gateway.administer("credential", "set", "\(name)/keyed", "--key", server.key.path)
            try self.gateway.administer(
                "grant", "add", "alice-\(name)", "--user", "alice", "--target", name, "--account", "root,ops,keyed",
                "--allow", "exec")
            return server
        }

        private func login(_ account: String, on target: String) throws -> Outcome {
            try self.lab.client.runSSH(self.lab.route().logging(inAs: "alice@\(account)@\(target)"), "echo in")
        }

        private func expectLogin(_ account: String, on target: String, _ server: AccountServer) throws {
            let outcome = try self.login(account, on: target)
            #expect(
                outcome.text == "in\n",
                "\(outcome.errorText) \(server.log.suffix(1500)) \(self.gateway.log.suffix(1500))")
        }

        private func isUnsettled(_ place: String) throws -> Bool {
            try self.gateway.administer("credential", "show", place).contains("unsettled")
        }

        private func rotate(_ place: String) throws -> RunningProcess {
            let via = place.hasSuffix("/ops") ? ["--via", "root"] : []
            return try RunningProcess(
                [Binaries.commandLine, "--state", self.gateway.state, "credential", "rotate", place] + via,
                in: self.lab.scratch)
        }

        /// Nobody else writes to the database until it is let go.
        private func lockDatabase() throws -> RunningProcess {
            let script = """
                import sqlite3, sys
                db = sqlite3.connect(sys.argv[1], timeout=20, isolation_level=None)
                db.execute("BEGIN IMMEDIATE")
                print("locked", flush=True)
                sys.stdin.read()
                """
            let lock = try RunningProcess(
                ["python3", "-c", script, self.gateway.state + "/sallyport.db"], in: self.lab.scratch, input: .pipe)
            try lock.waitForOutput("locked")
            return lock
        }

        /// Logins as the account that the server has let in.
        private func accepted(_ account: String, by server: AccountServer) -> Int {
            let method = account == "keyed" ? "publickey" : "password"
            return server.log.components(separatedBy: "Accepted \(method) for \(account) from").count - 1
        }

        /// Begins a rotation, and returns once it has come to the step: the rotation, and how it is let go on from there.
        private func arrive(
            at crash: Crash, on server: AccountServer, _ place: String
        ) throws -> (rotation: RunningProcess, letGo: () throws -> Void) {
            let login = AccountServer.Moment.login(crash.account)
            let (before, after): (AccountServer.Moment, AccountServer.Moment) =
                crash.kind == .password ? (.before, .after) : (.adding, .added)
            func held(at moment: AccountServer.Moment) throws -> RunningProcess {
                try server.hold(moment)
                let rotation = try self.rotate(place)
                try server.waitUntilHeld(moment)
                return rotation
            }
            func heldAtProof() throws -> RunningProcess {
                let rotation = try held(at: after)
                try server.hold(login)
                try server.release(after)
                try server.waitUntilHeld(login)
                return rotation
            }
            switch (crash.step, crash.kind) {
            case (.before, _): return (try held(at: before), { try server.abort(before) })
            case (.applied, _): return (try held(at: after), { try server.abort(after) })
            case (.proof, _): return (try heldAtProof(), { try server.release(login) })
            case (.commit, _):
                let rotation = try heldAtProof()
                let known = self.accepted(crash.account, by: server)
                let lock = try self.lockDatabase()
                try server.release(login)
                try waitUntil("the target lets it in") { self.accepted(crash.account, by: server) > known }
                return (rotation, { lock.kill() })
            case (.removal, _): return (try held(at: .removing), { try server.abort(.removing) })
            case (.removed, _): return (try held(at: .removed), { try server.abort(.removed) })
            case (.rollback, .key):
                // A file that the server does not look into: the new key is put there, and lets nobody in.
                try FileManager.default.copyItem(
                    atPath: server.path("keyed", ".ssh/authorized_keys"), toPath: self.spare(server))
                chown(self.spare(server), 61_875, 61_875)
                try self.gateway.administer("credential", "schedule", place, "--keys-file", self.spare(server))
                return (try held(at: .removing), { try server.abort(.removing) })
            case (.rollback, .password):
                let rotation = try held(at: before)
                try server.hold(login)
                try server.abort(before)
                try server.waitUntilHeld(login)
                return (rotation, { try server.release(login) })
            }
        }

        private func spare(_ server: AccountServer) -> String { server.path("keyed", ".ssh/spare") }

        @Test("a login finds out which secret works, and the next session gets it", arguments: Crash.all)
        func crashes(crash: Crash) throws {
            let name = "crash-\(crash.testDescription)"
            let place = "\(name)/\(crash.account)"
            let server = try self.server(name)
            defer { server.stop() }
            // Whatever goes wrong here, the next case finds a gateway.
            defer { if !self.gateway.isRunning { try? self.gateway.start() } }
            try self.gateway.settleEachSecond()
            let keysFile = server.path("keyed", ".ssh/authorized_keys")
            let keys = try Data(contentsOf: URL(fileURLWithPath: keysFile))
            let before = try self.gateway.lastAuditSequence()

            let (rotation, letGo) = try self.arrive(at: crash, on: server, place)
            // Before the target hears of a secret it is in the vault, and what is open is open.
            #expect(try self.isUnsettled(place))
            switch crash.victim {
            case .target: server.crash()
            case .broker: self.gateway.crash()
            case .worker:
                let workers = self.gateway.workers
                try #require(workers.count == 1, "the gateway's own session is the only one")
                kill(workers[0], SIGKILL)
            }
            if crash.victim != .target || crash.step == .commit { try letGo() }
            if crash.victim == .broker { try self.gateway.start() }
            let outcome = try rotation.wait()
            if crash.victim == .target {
                let isOpen = try self.isUnsettled(place)
                #expect(crash.step == .commit || isOpen, "\(outcome.errorText)")
                try server.restart()
            }
            try waitUntil("it is settled: \(self.gateway.log.suffix(1500))", within: .seconds(60)) {
                try !self.isUnsettled(place)
            }
            try self.expectLogin(crash.account, on: name, server)

            let events = try self.gateway.audit().filter { $0.sequence > before && $0.fields["target"] == name }
            let history = try self.gateway.administer("credential", "history", place)
            if crash.step.leadsToTheNewSecret {
                #expect(events.contains { $0.code == "SP7212I" })
                #expect(history.contains("rotated") && !history.contains("unproved"), "\(history)")
                #expect(events.contains { $0.code == "SP7231I" } == (crash.kind == .key))
            } else {
                #expect(outcome.code != 0)
                #expect(events.last { $0.code == "SP7213E" }?.fields["state"] == crash.lastState)
                #expect(!history.contains("rotated"))
                #expect(history.contains("unproved") == (crash.lastState == "new-kept"), "\(history)")
            }
            // One line of the gateway's, and nothing else has changed.
            let now = try Data(contentsOf: URL(fileURLWithPath: keysFile))
            #expect((now == keys) == (crash.kind == .password || !crash.step.leadsToTheNewSecret))
            #expect(now.count(where: { $0 == 10 }) == keys.count(where: { $0 == 10 }))
            if crash.step == .rollback, crash.kind == .key {
                #expect(try Data(contentsOf: URL(fileURLWithPath: self.spare(server))) == keys)
                try self.gateway.administer("credential", "schedule", place, "--keys-file", "-")
            }
            #expect(
                try Set(FileManager.default.contentsOfDirectory(atPath: server.path("keyed", ".ssh")))
                    .subtracting(["spare"]) == ["authorized_keys"])
            // And it can be rotated anew.
            let again = try self.rotate(place).wait()
            #expect(again.text.hasPrefix("rotated"), "\(again.errorText)")
            try self.expectLogin(crash.account, on: name, server)
        }

        @Test("a change that comes through after the connection was lost finds its secret in the vault")
        func lateChange() throws {
            let server = try self.server("late")
            defer { server.stop() }
            try server.hold(.before)
            let rotation = try self.rotate("late/ops")
            try server.waitUntilHeld(.before)
            kill(try #require(self.gateway.workers.first), SIGKILL)
            let outcome = try rotation.wait()
            #expect(outcome.code == 1 && outcome.errorText.contains("the new one is kept"), "\(outcome.errorText)")
            try self.expectLogin("ops", on: "late", server)
            #expect(try self.gateway.administer("credential", "history", "late/ops").contains("unproved"))

            try server.finish(.before)
            #expect(try self.login("ops", on: "late").code != 0)
            try self.gateway.administer("credential", "restore", "late/ops", "--version", "2")
            try self.expectLogin("ops", on: "late", server)
        }

        @Test("an edit of the keys that was given up comes to nothing when it goes on")
        func lateEdit() throws {
            let server = try self.server("edit")
            defer { server.stop() }
            let path = server.path("keyed", ".ssh/authorized_keys")
            let keys = try Data(contentsOf: URL(fileURLWithPath: path))
            try server.hold(.adding)
            let rotation = try self.rotate("edit/keyed")
            try server.waitUntilHeld(.adding)
            kill(try #require(self.gateway.workers.first), SIGKILL)
            #expect(try rotation.wait().code == 1)
            try server.finish(.adding)
            #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == keys)
            try self.expectLogin("keyed", on: "edit", server)
        }

        @Test("after a start of the gateway no session gets a secret that is in doubt, however many accounts are")
        func start() throws {
            let servers = try ["first", "second"].map { ($0, try self.server($0)) }
            defer { for (_, server) in servers { server.stop() } }
            let rotations = try servers.map { name, server in
                try server.hold(.after)
                let rotation = try self.rotate("\(name)/ops")
                try server.waitUntilHeld(.after)
                return rotation
            }
            defer { for rotation in rotations { rotation.kill() } }
            self.gateway.crash()
            // The first one's server lets nobody in for now, and so does not settle.
            for (_, server) in servers { try server.finish(.after) }
            try servers[0].1.hold(.login("ops"))
            try self.gateway.start()
            try self.expectLogin("ops", on: "second", servers[1].1)
            try servers[0].1.release(.login("ops"))
            try self.expectLogin("ops", on: "first", servers[0].1)
        }
    }
}

extension TestGateway {
    /// What is open is looked at each second, from the next start on at the latest.
    fileprivate func settleEachSecond() throws {
        guard try !String(contentsOfFile: self.configuration, encoding: .utf8).contains("\ncheck_seconds = 1\n") else {
            return
        }
        try self.configure("rotation", "check_seconds = 1")
        self.stop()
        try self.start()
    }
}
