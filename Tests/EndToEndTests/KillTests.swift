import Foundation
import Glibc
import SallyportTesting
import Testing

extension EndToEnd {
    /// Ends that nobody chose on the client's side: kill, crash of the worker, crash of the broker.
    @Suite("kills and crashes", .serialized, .laboratory, .throughGateway)
    struct Kills {
        private var lab: Laboratory { .current }
        private var gateway: TestGateway { self.lab.gateway }

        /// A session that waits, with a command on the target that leaves `survived` behind should it be let go on.
        private func waitingSession(_ token: String) throws -> (client: RunningProcess, session: LiveSession) {
            let known = Set(try self.gateway.sessions().map(\.id))
            let client = try RunningProcess(
                self.lab.client.ssh(self.lab.route(), "echo \(token); cat >/dev/null"), in: self.lab.scratch,
                input: .pipe)
            try client.waitForOutput(token)
            let session = try #require(try self.gateway.sessions().first { !known.contains($0.id) })
            return (client, session)
        }

        private func sealed(_ id: String) throws -> CatalogueEntry {
            var found: CatalogueEntry?
            try waitUntil("the recording of \(id) is sealed") {
                found = try self.gateway.recordings().first { $0.id == id && $0.ended != nil }
                return found != nil
            }
            return try #require(found)
        }

        @Test("kill closes both legs and proves it, whatever the worker is doing", arguments: WorkerState.possible)
        func kill(while state: WorkerState) throws {
            let before = try self.gateway.lastAuditSequence()
            let atTarget = ProcessTable.establishedConnections(toPort: self.lab.target.port)
            let atGateway = ProcessTable.establishedConnections(toPort: self.gateway.port)
            let (client, session) = try self.waitingSession("token-\(state)")
            #expect(ProcessTable.establishedConnections(toPort: self.lab.target.port) == atTarget + 1)
            #expect(ProcessTable.establishedConnections(toPort: self.gateway.port) == atGateway + 1)
            try state.enter(session.pid) { try client.write("wake up\n") }

            let answer = try self.gateway.kill(session.id, reason: "a test \(state)")
            #expect(answer.id == session.id)
            #expect(answer.verified)
            #expect(answer.closedMs >= 0)
            // What the answer said is so already.
            #expect(!ProcessTable.isRunning(session.pid))
            #expect(ProcessTable.establishedConnections(toPort: self.gateway.port) == atGateway)
            try waitUntil("the target's side is closed too", within: .seconds(5)) {
                ProcessTable.establishedConnections(toPort: self.lab.target.port) == atTarget
            }
            #expect(try client.wait(within: .seconds(5)).code == 255)
            #expect(try !self.gateway.sessions().contains { $0.id == session.id })

            let entry = try self.sealed(session.id)
            #expect(entry.how == "killed")
            try self.gateway.administer("recording", "verify", session.id)
            #expect(
                try self.gateway.administer("recording", "transcript", session.id).contains("token-\(state)"))
            let audited = try self.gateway.audited(AuditCodes.sessionKilled, after: before)
            #expect(audited.first?.fields["reason"] == "a test \(state)")
        }

        @Test("a kill in the middle of a flood works, and other sessions go on")
        func killInFlood() throws {
            let (other, otherSession) = try self.waitingSession("bystander")
            let known = Set(try self.gateway.sessions().map(\.id))
            let flood = try RunningProcess(
                ["sh", "-c", "exec \"$@\" >/dev/null", "sh"]
                    + self.lab.client.ssh(self.lab.route(), "echo started >&2; cat /dev/zero"), in: self.lab.scratch)
            try waitUntil("the flood starts") { flood.errorText.contains("started") }
            let session = try #require(try self.gateway.sessions().first { !known.contains($0.id) })
            #expect(try self.gateway.kill(session.id, reason: "flood").verified)
            #expect(try flood.wait(within: .seconds(5)).code == 255)
            _ = try self.sealed(session.id)
            try self.gateway.administer("recording", "verify", session.id)
            #expect(other.poll() == nil)
            #expect(try self.gateway.sessions().map(\.id).contains(otherSession.id))
            other.closeInput()
            #expect(try other.wait().ending == .exited(0))
        }

        @Test("killing what is not there is an error in one line")
        func killNothing() throws {
            let outcome = try self.gateway.command(["session", "kill", "nosuchsession", "--reason", "none"])
            #expect(outcome.ending == .exited(1))
            #expect(outcome.errorLines.count { $0.hasPrefix("sallyport: error: ") } == 1)
        }

        @Test("a worker that dies ends its session alone; the recording is sealed and keeps what was shown")
        func workerDies() throws {
            let before = try self.gateway.lastAuditSequence()
            let (client, session) = try self.waitingSession("before-the-crash")
            Glibc.kill(session.pid, SIGKILL)
            #expect(try client.wait(within: .seconds(5)).code == 255)
            let entry = try self.sealed(session.id)
            #expect(entry.how == "interrupted")
            try self.gateway.administer("recording", "verify", session.id)
            #expect(try self.gateway.administer("recording", "transcript", session.id).contains("before-the-crash"))
            let crash = try self.gateway.audited(AuditCodes.workerCrashed, after: before)
            #expect(crash.map { $0.fields["cause"] } == ["signalled(9)"])
            #expect(try self.lab.ssh("echo next").text == "next\n")
        }

        @Test(
            "a broker that dies leaves no session behind, whatever its worker is doing; the next one seals the recording",
            arguments: WorkerState.possible)
        func brokerDies(while state: WorkerState) throws {
            let lab = try Laboratory()
            defer { lab.dispose() }
            let client = try RunningProcess(
                lab.client.ssh(lab.route(), "echo before-the-crash; cat >/dev/null"), in: lab.scratch, input: .pipe)
            try client.waitForOutput("before-the-crash")
            let session = try #require(try lab.gateway.sessions().first)
            try state.enter(session.pid) { try client.write("wake up\n") }
            Glibc.kill(lab.gateway.pid, SIGKILL)
            #expect(try client.wait(within: .seconds(70)).code == 255)
            try waitUntil("the worker ends", within: .seconds(70)) { !ProcessTable.isRunning(session.pid) }
            try lab.gateway.start()
            #expect(try lab.gateway.sessions().isEmpty)
            let entry = try #require(try lab.gateway.recordings().first { $0.id == session.id })
            #expect(entry.how == "interrupted")
            try lab.gateway.administer("recording", "verify", session.id)
            #expect(try lab.gateway.administer("recording", "transcript", session.id).contains("before-the-crash"))
            try lab.gateway.audited(AuditCodes.sessionRecovered, after: 0)
            #expect(try lab.ssh("echo next").text == "next\n")
        }

        @Test("a stopped broker takes its sessions and workers with it, sealed")
        func brokerStops() throws {
            let lab = try Laboratory()
            defer { lab.dispose() }
            let client = try RunningProcess(
                lab.client.ssh(lab.route(), "echo here; cat >/dev/null"), in: lab.scratch, input: .pipe)
            try client.waitForOutput("here")
            let session = try #require(try lab.gateway.sessions().first)
            let broker = lab.gateway.pid
            Glibc.kill(broker, SIGTERM)
            try waitUntil("the broker ends") { !lab.gateway.isRunning }
            #expect(!ProcessTable.isRunning(session.pid))
            #expect(try client.wait(within: .seconds(5)).code == 255)
            let path = lab.gateway.state + "/recordings"
            let files = try output(of: ["find", path, "-name", "*.spr"], in: lab.scratch).split(separator: "\n")
            #expect(files.count == 1)
            for file in files { try lab.gateway.administer("recording", "verify", String(file)) }
        }
    }
}
