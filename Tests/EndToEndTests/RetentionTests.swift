import Foundation
import SallyportTesting
import Testing

extension EndToEnd {
    /// Recordings whose time is over go, and what was signed of them stays.
    @Suite("retention", .serialized, .laboratory, .throughGateway)
    struct Retention {
        private var lab: Laboratory { .current }
        private var gateway: TestGateway { self.lab.gateway }

        /// The recording of a session on web1 that ended so long ago.
        private func recorded(_ command: String, daysAgo days: Int) throws -> CatalogueEntry {
            let known = Set(try self.gateway.recordings().map(\.id))
            #expect(try self.lab.ssh(command).code == 0)
            let recording = try #require(try self.gateway.sealedRecordings(since: known, count: 1).first)
            try self.database(
                "UPDATE sessions SET ended = ended - \(days) * 86400 * 1000000000 WHERE id = '\(recording.id)'")
            return recording
        }

        private func database(_ statement: String) throws {
            let script = """
                import sqlite3, sys
                db = sqlite3.connect(sys.argv[1], timeout=20)
                db.execute(sys.argv[2])
                db.commit()
                """
            try output(
                of: ["python3", "-c", script, self.gateway.state + "/sallyport.db", statement], in: self.lab.scratch)
        }

        private func isThere(_ recording: CatalogueEntry) -> Bool {
            FileManager.default.fileExists(atPath: recording.path)
        }

        private func retention(_ words: String...) throws -> String {
            let outcome = try self.gateway.command(["recording", "retention"] + words)
            #expect(outcome.code == 0, "\(outcome.errorText)")
            return outcome.text
        }

        /// Rules of one test are none of the next one's.
        private func forgetRules() throws { try self.database("DELETE FROM retention_rules") }

        @Test("the longest rule counts, a hold wins, and what is deleted leaves its seal, its row and its trace")
        func rules() throws {
            defer { try? self.forgetRules() }
            let before = try self.gateway.lastAuditSequence()
            let recording = try self.recorded("echo kookaburra-$((40 + 2))", daysAgo: 100)
            let id = recording.id
            try waitUntil("it is searchable") {
                try self.gateway.administer("recording", "search", "kookaburra-42").contains(id)
            }
            // Whatever its size has it, an index beside it goes too.
            let index = recording.path.replacingOccurrences(of: ".spr", with: ".spx")
            try Data([1]).write(to: URL(fileURLWithPath: index))
            #expect(try self.retention("--dry-run") == "no recording's time is over\n")
            _ = try self.retention("set", "--target", "web1", "--keep", "90d")
            #expect(try self.retention("--dry-run").contains("target web1, 90 d"))
            let listed = try self.retention("list")
            #expect(listed.contains("target web1") && listed.contains("90 d"), "\(listed)")
            try self.gateway.administer("target", "edit", "web1", "--label", "env=prod")
            _ = try self.retention("set", "--target-label", "env=prod", "--keep", "101d")
            #expect(try self.retention("--dry-run") == "no recording's time is over\n")
            _ = try self.retention("remove", "--target-label", "env=prod")
            _ = try self.retention("set", "--grant", "alice-web1", "--keep", "forever")
            #expect(try self.retention() == "no recording's time is over\n")
            _ = try self.retention("remove", "--grant", "alice-web1")
            let short = try self.gateway.command(["recording", "retention", "set", "--target", "web1", "--keep", "5s"])
            #expect(short.code == 2 && short.errorText.contains("a day at least"), "\(short.errorText)")

            try self.gateway.administer("recording", "hold", "--user", "alice", "--reason", "case 12")
            #expect(try self.gateway.administer("recording", "holds").contains("case 12"))
            #expect(try self.retention().contains("user alice: case 12"))
            let held = try self.gateway.command(["recording", "delete", id, "--reason", "tidy"])
            #expect(held.code == 1 && held.errorText.contains("legal hold of user alice"), "\(held.errorText)")
            #expect(self.isThere(recording))
            try self.gateway.administer("recording", "release", "--user", "alice", "--reason", "closed")

            #expect(try self.retention("--dry-run").contains("would go"))
            #expect(self.isThere(recording))
            #expect(try self.retention().contains("deleted"))
            #expect(!self.isThere(recording) && !FileManager.default.fileExists(atPath: index))
            #expect(try self.retention() == "no recording's time is over\n")

            let list = try self.gateway.administer("recording", "list")
            #expect(list.split(separator: "\n").contains { $0.contains(id) && $0.contains("deleted") })
            #expect(try self.gateway.administer("recording", "show", id).contains("target web1, 90 d"))
            let verified = try self.gateway.command(["recording", "verify", id])
            #expect(verified.code == 0 && verified.text.contains("its seal verifies"), "\(verified.errorText)")
            for words in [["transcript", id], ["export", id, "--format", "ndjson"]] {
                let gone = try self.gateway.command(["recording"] + words)
                #expect(gone.code == 1 && gone.errorText.contains("was deleted on"), "\(gone.errorText)")
            }
            #expect(try !self.gateway.administer("recording", "search", "kookaburra-42").contains(id))

            let events = try self.gateway.audit().filter { $0.sequence > before }
            let deletion = try #require(events.first { $0.code == "SP5025W" })
            let ending = try #require(
                events.first { $0.code == AuditCodes.sessionEnded && $0.fields["session"] == id })
            #expect(deletion.fields["session"] == id && deletion.fields["rule"] == "target web1, 90 d")
            #expect(deletion.fields["head"] == ending.fields["head"])
            for code in ["SP5021I", "SP5022I", "SP5023W", "SP5024W"] { #expect(events.contains { $0.code == code }) }
            try self.gateway.administer("audit", "verify")

            // The seal can't be forged in the database either.
            try self.database(
                "UPDATE deleted_recordings SET last_record = zeroblob(length(last_record)) WHERE session = '\(id)'")
            let forged = try self.gateway.command(["recording", "verify", id])
            #expect(forged.code == 4 && forged.text.contains("does not verify"), "\(forged.errorText)")
        }

        @Test("what is being made and what is damaged stays, whoever wants it gone; by hand needs a reason")
        func refusals() throws {
            let damaged = try self.recorded("echo in", daysAgo: 0)
            let original = try Data(contentsOf: URL(fileURLWithPath: damaged.path))
            var bytes = original
            bytes[bytes.count / 2] ^= 1
            try bytes.write(to: URL(fileURLWithPath: damaged.path))
            let refused = try self.gateway.command(["recording", "delete", damaged.id, "--reason", "tidy"])
            #expect(refused.code == 1 && refused.errorText.contains("does not verify"), "\(refused.errorText)")
            #expect(self.isThere(damaged))

            let session = try RunningProcess(
                self.lab.client.ssh(self.lab.route(), "echo in; cat"), in: self.lab.scratch, input: .pipe)
            try session.waitForOutput("in\n")
            let live = try #require(try self.gateway.sessions().first)
            let running = try self.gateway.command(["recording", "delete", live.id, "--reason", "tidy"])
            #expect(running.code == 1 && running.errorText.contains("has not ended"), "\(running.errorText)")
            session.closeInput()
            #expect(try session.wait().code == 0)

            try original.write(to: URL(fileURLWithPath: damaged.path))
            #expect(try self.gateway.command(["recording", "delete", damaged.id]).code == 2)
            #expect(try self.gateway.command(["recording", "delete", damaged.id, "--reason", " "]).code == 2)
            #expect(self.isThere(damaged))
            let before = try self.gateway.lastAuditSequence()
            try self.gateway.administer("recording", "delete", damaged.id, "--reason", "ticket 4711")
            #expect(!self.isThere(damaged))
            let event = try #require(try self.gateway.audited("SP5025W", after: before).first)
            #expect(event.fields["rule"] == "by hand" && event.fields["reason"] == "ticket 4711")
            #expect(try self.gateway.administer("recording", "verify", damaged.id).contains("ticket 4711"))
        }

        @Test(
            "a gateway that dies on the way leaves it whole, or gone with its trace; a copy that comes back goes again")
        func crash() throws {
            let recording = try self.recorded("echo in", daysAgo: 40)
            let copy = try Data(contentsOf: URL(fileURLWithPath: recording.path))
            // Before the trace is in the database nothing has happened.
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
            let deletion = try RunningProcess(
                [
                    Binaries.commandLine, "--state", self.gateway.state, "recording", "delete", recording.id,
                    "--reason",
                    "test",
                ], in: self.lab.scratch)
            try waitUntil("the gateway has the file in hand") {
                deletion.poll() == nil
                    && ProcessTable.openFiles(of: self.gateway.pid).contains { $0.hasSuffix(recording.path) }
            }
            self.gateway.crash()
            lock.kill()
            _ = try deletion.wait()
            try self.gateway.start()
            #expect(self.isThere(recording))
            try self.gateway.administer("recording", "verify", recording.id)

            // The default alone lets it go when the gateway starts.
            try self.gateway.configure("recording", "keep = \"30d\"")
            self.gateway.stop()
            let before = try self.lastSequence()
            try self.gateway.start()
            try waitUntil("it is gone") { !self.isThere(recording) }
            let event = try #require(try self.gateway.audited("SP5025W", after: before).first)
            #expect(event.fields["rule"] == "default, 30 d" && event.actor == "gateway")

            // After the trace, before the file went.
            try waitUntil("the deletion has ended") { try self.isNotedAsGone(recording.id) }
            self.gateway.crash()
            try self.database("UPDATE deleted_recordings SET is_gone = 0 WHERE session = '\(recording.id)'")
            try copy.write(to: URL(fileURLWithPath: recording.path))
            let crashed = try self.lastSequence()
            try self.gateway.start()
            try waitUntil("it is gone") { !self.isThere(recording) }
            try waitUntil("the deletion has ended") { try self.isNotedAsGone(recording.id) }
            #expect(try !self.gateway.audit().contains { $0.sequence > crashed && $0.code == "SP5026W" })

            // A copy of the recordings of before.
            self.gateway.stop()
            try copy.write(to: URL(fileURLWithPath: recording.path))
            let restored = try self.lastSequence()
            try self.gateway.start()
            try waitUntil("it is gone") { !self.isThere(recording) }
            #expect(
                try self.gateway.audited("SP5026W", after: restored).first?.fields["session"] == recording.id)
            #expect(try self.gateway.command(["recording", "verify", recording.id]).code == 0)
        }

        private func ask(_ question: String) throws -> String {
            let script = """
                import sqlite3, sys
                print(sqlite3.connect(sys.argv[1], timeout=20).execute(sys.argv[2]).fetchone()[0])
                """
            return try output(
                of: ["python3", "-c", script, self.gateway.state + "/sallyport.db", question], in: self.lab.scratch
            ).trimmingCharacters(in: .whitespacesAndNewlines)
        }

        private func lastSequence() throws -> UInt64 {
            try #require(UInt64(try self.ask("SELECT max(sequence) FROM audit")))
        }

        private func isNotedAsGone(_ id: String) throws -> Bool {
            try self.ask("SELECT is_gone FROM deleted_recordings WHERE session = '\(id)'") == "1"
        }
    }
}
