import Foundation
import Glibc
import SallyportTesting
import Testing

extension EndToEnd {
    /// Full disks, slow readers, planted secrets: what must hold when something is short or hostile.
    @Suite("limits", .serialized, .throughGateway)
    struct Limits {
        private func withLaboratory(recordingsOn options: String? = nil, _ body: (Laboratory) throws -> Void) throws {
            let lab = try Laboratory(recordingsOn: options)
            defer { lab.dispose() }
            try body(lab)
        }

        /// Takes all space of the file system that the recordings are on.
        private func fill(_ lab: Laboratory) throws {
            let filler = lab.gateway.pathSeenByDaemon(lab.gateway.state + "/recordings/filler")
            _ = try run(["dd", "if=/dev/zero", "of=\(filler)", "bs=4k"], in: lab.scratch)
        }

        @Test("when the disk is full the session ends at once, and nothing passes unrecorded", .asRoot)
        func fullDisk() throws {
            try self.withLaboratory(recordingsOn: "size=2m") { lab in
                let client = try RunningProcess(
                    lab.client.ssh(lab.route(), "echo ready; cat >\(lab.target.path("received"))"), in: lab.scratch,
                    input: .pipe)
                try client.waitForOutput("ready\n")
                let session = try #require(try lab.gateway.sessions().first)
                try self.fill(lab)
                // More than the rest of a page, and nothing that compresses.
                let bytes = Data((0..<32_768).map { _ in UInt8.random(in: .min ... .max) })
                try client.write(bytes)
                var outcome: Outcome?
                let elapsed = try timed { outcome = try client.wait(within: .seconds(20)) }
                #expect(outcome?.code ?? 0 > 0)
                // The promise is one second; the client's own end and the machine's load come on top.
                #expect(elapsed < .seconds(2))
                #expect(outcome?.errorText.contains(lab.gateway.state) == false)
                try lab.gateway.audited(AuditCodes.recordingFailed, after: 0)
                try waitUntil("the worker is gone") { !ProcessTable.isRunning(session.pid) }

                // Whatever reached the target is in the recording.
                let received = lab.target.file("received") ?? Data()
                #expect(received.count < bytes.count)
                #expect(bytes.starts(with: received))
                let size =
                    try FileManager.default.attributesOfItem(
                        atPath: lab.gateway.pathSeenByDaemon(
                            try #require(try lab.gateway.recordings().first { $0.id == session.id }).path))[.size]
                    as? Int
                #expect(size ?? 0 > received.count)
            }
        }

        @Test("when the disk is full already, a session is refused in one line and leaves no file", .asRoot)
        func fullBefore() throws {
            try self.withLaboratory(recordingsOn: "size=1m") { lab in
                #expect(try lab.ssh("echo fits").text == "fits\n")
                let known = try lab.gateway.recordings().count
                try self.fill(lab)
                let outcome = try lab.ssh("echo in >\(lab.target.path("arrived")); echo in")
                #expect(outcome.code > 0)
                #expect(outcome.text.isEmpty)
                #expect(outcome.errorLines.count == 1, "\(outcome.errorText)")
                #expect(lab.target.file("arrived") == nil)
                try lab.gateway.audited(AuditCodes.recordingFailed, after: 0)
                let files = try output(
                    of: ["find", lab.gateway.pathSeenByDaemon(lab.gateway.state + "/recordings"), "-name", "*.spr"],
                    in: lab.scratch)
                #expect(files.split(separator: "\n").count == known)
                // Once there is space again, so are sessions.
                try FileManager.default.removeItem(
                    atPath: lab.gateway.pathSeenByDaemon(lab.gateway.state + "/recordings/filler"))
                #expect(try lab.ssh("echo again").text == "again\n")
            }
        }

        /// MiB of resident memory that a worker may reach, whatever its peers do.
        private static let workerLimit = 24

        @Test("a client that stops reading a flood does not make the worker grow, and the flow resumes")
        func slowReader() throws {
            try self.withLaboratory { lab in
                let client = try RunningProcess(
                    lab.client.ssh(lab.route(), "cat /dev/zero"), in: lab.scratch, output: .pipe)
                for _ in 1...100 { _ = try client.read(atMost: 1 << 16) }
                let worker = try #require(try lab.gateway.sessions().first).pid
                pause(.seconds(5))
                try self.expectBounded(worker)
                // Far more than what was in flight when the reading stopped.
                var resumed = 0
                while resumed < 64 << 20 { resumed += try client.read(atMost: 1 << 20).count }
                try self.expectBounded(worker)
            }
        }

        @Test("a target that stops reading does not make the worker grow")
        func slowTarget() throws {
            try self.withLaboratory { lab in
                let client = try RunningProcess(
                    ["sh", "-c", "\"$@\" </dev/zero", "sh"]
                        + lab.client.ssh(lab.route(), "echo started; sleep 8; echo over"), in: lab.scratch)
                try client.waitForOutput("started\n")
                let worker = try #require(try lab.gateway.sessions().first).pid
                pause(.seconds(5))
                try self.expectBounded(worker)
                try client.waitForOutput("over\n")
            }
        }

        private func expectBounded(_ worker: pid_t) throws {
            let peak = try #require(ProcessTable.kibibytes("VmHWM", of: worker))
            #expect(peak <= Self.workerLimit << 10, "\(peak) KiB")
        }

        @Test("no planted secret is in a log, a process list, the state directory or a recording", .asRoot)
        func plantedSecrets() throws {
            try self.withLaboratory { lab in
                let client = try RunningProcess(
                    lab.client.ssh(lab.route(to: "web2"), "echo in; cat"), in: lab.scratch, input: .pipe)
                try client.waitForOutput("in\n")
                let privateKey = try String(contentsOfFile: lab.target.key.path, encoding: .utf8)
                let keyLine = String(privateKey.split(separator: "\n")[2])
                let secrets = [lab.target.password, Laboratory.alicePassword, keyLine]
                for line in ProcessTable.allCommandLines() {
                    for secret in secrets { #expect(!line.contains(secret)) }
                }
                client.closeInput()
                #expect(try client.wait().ending == .exited(0))
                #expect(
                    try lab.client.runSSH(lab.route(), "true", password: Laboratory.alicePassword).ending
                        == .exited(0))
                let transcripts = try lab.gateway.recordings().map {
                    try lab.gateway.administer("recording", "transcript", $0.id)
                }
                let audit = try lab.gateway.administer("audit", "list", "--json")
                for secret in secrets {
                    #expect(!lab.gateway.log.contains(secret))
                    #expect(!audit.contains(secret))
                    for transcript in transcripts { #expect(!transcript.contains(secret)) }
                    let found = try run(["grep", "-rlF", "--", secret, lab.gateway.state], in: lab.scratch)
                    #expect(found.ending == .exited(1), "\(found.text)")
                }
            }
        }

        @Test("the worker can't be looked into, has no privileges and can't get any")
        func confinement() throws {
            try self.withLaboratory { lab in
                let client = try RunningProcess(
                    lab.client.ssh(lab.route(), "echo in; cat"), in: lab.scratch, input: .pipe)
                try client.waitForOutput("in\n")
                let worker = try #require(try lab.gateway.sessions().first).pid
                let open = ProcessTable.openFiles(of: worker)
                #expect(open.count { $0.hasSuffix(".spr") } == 1)
                // The one other file is where standard error goes.
                #expect(open.count { $0.hasPrefix("/") && !$0.hasPrefix("/dev/") && !$0.hasSuffix(".spr") } <= 1)
                #expect(!open.contains(lab.gateway.configuration))
                #expect(ProcessTable.statusLine("NoNewPrivs", of: worker) == "1")
                #expect(ProcessTable.statusLine("Seccomp", of: worker) == "2")
                if runsAsRoot {
                    let ids = ProcessTable.statusLine("Uid", of: worker)?.split(whereSeparator: \.isWhitespace) ?? []
                    #expect(ids.count == 4)
                    #expect(!ids.contains("0"))
                    for field in ["CapEff", "CapPrm", "CapInh", "CapAmb"] {
                        #expect(ProcessTable.statusLine(field, of: worker) == "0000000000000000")
                    }
                    #expect(ProcessTable.statusLine("Groups", of: worker) == "")
                    // Files below /proc/PID belong to root when a process is not dumpable.
                    let owner = try FileManager.default.attributesOfItem(atPath: "/proc/\(worker)/environ")
                    #expect(owner[.ownerAccountID] as? Int == 0)
                }
                client.closeInput()
                #expect(try client.wait().ending == .exited(0))
            }
        }
    }
}
