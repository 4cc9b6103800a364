import Foundation
import SallyportTesting
import Testing

extension EndToEnd {
    /// The audit log, checked with the gateway's public key alone.
    @Suite("the audit log proves itself", .laboratory)
    struct AuditProof {
        private var gateway: TestGateway { Laboratory.current.gateway }

        @Test("an exported log verifies offline, and every alteration of it is told with exit code 4")
        func export() throws {
            let lab = Laboratory.current
            try waitUntil("a row is signed", within: .seconds(60)) {
                try self.gateway.administer("audit", "verify").contains("hang together; signed up to row")
            }
            let log = try self.gateway.administer("audit", "export")
            let key = self.gateway.state + "/keys/recording_signing.pub"
            func verdict(_ text: String) throws -> Outcome {
                let file = try lab.scratch.write(text, to: "audit.ndjson")
                return try self.gateway.command(["audit", "verify", file, "--public-key", key])
            }
            let lines = log.split(separator: "\n").map(String.init)
            #expect(try verdict(log).code == 0)
            #expect(lines[0].contains("sallyport-audit-1"))

            let actor = "\"actor\":\"gateway\""
            let wrongs = [
                (log.replacing(actor, with: "\"actor\":\"mallory\"", maxReplacements: 1), "was altered"),
                // Without the first row and the signature after it.
                (([lines[0]] + lines[3...]).joined(separator: "\n"), "row 1 is missing"),
                (lines.dropFirst().joined(separator: "\n"), "its first line is missing"),
                (log + "{}\n", "line \(lines.count + 1) is not one that"),
                ("", "it is empty"),
            ]
            for (text, complaint) in wrongs {
                let outcome = try verdict(text)
                #expect(outcome.code == 4)
                #expect(outcome.errorText.contains(complaint))
            }
        }

        @Test("an export that goes on where an earlier one ended verifies with it")
        func continued() throws {
            let lab = Laboratory.current
            let first = try self.gateway.administer("audit", "export")
            let last = try self.gateway.lastAuditSequence()
            let rows = first.split(separator: "\n").filter { !$0.contains("\"signature\"") }.count - 1
            _ = try run(lab.client.ssh(lab.route(), "true"), in: lab.scratch, within: .seconds(60))
            #expect(rows <= Int(last))
            let rest = try self.gateway.administer("audit", "export", "--after", String(rows))
            let file = try lab.scratch.write(first + rest, to: "whole.ndjson")
            #expect(try self.gateway.command(["audit", "verify", file]).code == 0)
            let part = try lab.scratch.write(rest, to: "part.ndjson")
            #expect(try self.gateway.command(["audit", "verify", part]).code == 0)
        }
    }
}
