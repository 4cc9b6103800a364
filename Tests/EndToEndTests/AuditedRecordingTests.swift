import Foundation
import SallyportTesting
import Testing

extension EndToEnd {
    /// Heads of recordings in the audit log, while they grow and when they are sealed.
    @Suite("recordings and the audit log", .serialized, .laboratory, .throughGateway)
    struct AuditedRecordings {
        private var gateway: TestGateway { Laboratory.current.gateway }

        @Test("a session that goes on is anchored in the audit log, and a file that lost its end is found out")
        func anchored() throws {
            let lab = Laboratory.current
            let known = Set(try self.gateway.recordings().map(\.id))
            let sequence = try self.gateway.lastAuditSequence()
            let command = "for i in $(seq 13); do head -c 300 /dev/urandom | base64; sleep 1; done"
            let outcome = try run(lab.client.ssh(lab.route(), command), in: lab.scratch, within: .seconds(60))
            #expect(outcome.ending == .exited(0))
            let entry = try #require(try self.gateway.sealedRecordings(since: known, count: 1).first)
            // One after ten seconds, and no more within the minute.
            #expect(try self.gateway.audited("SP5003I", after: sequence).count == 1)
            for name in [entry.id, entry.path] {
                let verified = try self.gateway.administer("recording", "verify", name, "--against-audit")
                #expect(verified.contains("the audit log holds its seal, and of what was before it 1 head"))
            }
            let log = try lab.scratch.write(
                try self.gateway.administer("audit", "list", "--json", "--limit", "10000"), to: "audit.json")
            let whole = try Data(contentsOf: URL(fileURLWithPath: entry.path))
            let copy = lab.scratch.path("copy.spr")
            for part in [0.3, 0.6, 0.9] {
                try whole.prefix(Int(Double(whole.count) * part)).write(to: URL(fileURLWithPath: copy))
                for words in [["--against-audit"], ["--audit-log", log]] {
                    let cut = try self.gateway.command(["recording", "verify", copy] + words)
                    #expect(cut.code == 4)
                    #expect(cut.errorText.contains("cut: the audit log knows \(whole.count) bytes"))
                }
            }
        }

        @Test("a session without traffic adds no head")
        func idle() throws {
            let lab = Laboratory.current
            let sequence = try self.gateway.lastAuditSequence()
            let outcome = try run(lab.client.ssh(lab.route(), "sleep 12"), in: lab.scratch, within: .seconds(60))
            #expect(outcome.ending == .exited(0))
            try self.gateway.audited("SP4002I", after: sequence)
            #expect(try self.gateway.audit().allSatisfy { $0.sequence <= sequence || $0.code != "SP5003I" })
        }
    }
}
