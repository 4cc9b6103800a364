import Foundation
import SallyportTesting
import Testing

extension EndToEnd {
    /// A real gateway against what its API says of itself, and how it tells how it fares.
    @Suite("API document and health", .serialized, .throughGateway)
    struct APIDocument {
        private func withAPI(_ body: (APIClient) throws -> Void) throws {
            let scratch = try Scratch()
            defer { scratch.dispose() }
            let gateway = try TestGateway(in: scratch)
            defer { gateway.stop() }
            try body(APIClient(startingWith: gateway))
        }

        private struct Document: Decodable {
            struct Operation: Decodable {}
            var paths: [String: [String: Operation]]
        }

        @Test("no path of the document answers without a token")
        func strangers() throws {
            try self.withAPI { api in
                let token = try api.token("reader", role: "approver")
                let text = try api.ask("/v1/openapi.json", token: token).body
                let document = try JSONDecoder().decode(Document.self, from: Data(text.utf8))
                #expect(document.paths.count > 50)
                for (path, operations) in document.paths {
                    for method in operations.keys {
                        let answer = try api.ask(
                            path.replacing(/[{}]/, with: ""), token: nil, method: method.uppercased())
                        #expect(answer.status == 401, "\(method) \(path): \(answer)")
                    }
                }
            }
        }

        @Test(
            "schemathesis finds no failure and no answer that its schema does not permit",
            .enabled(if: ForeignTools.schemathesis != nil, "scripts/test installs the packages that it needs"))
        func schemathesis() throws {
            try self.withAPI { api in
                let scratch = api.gateway.scratch
                let token = try api.token("fuzz", role: "admin")
                let key = try SSHKey(.ed25519, named: "found", in: scratch)
                try api.gateway.administer("user", "add", "found", "--key", key.publicPath)
                // Left out: what reaches out to other hosts, and so may well fail; what would end the run (the vault's
                // key, streams); and wrong tokens, which this source would be slowed for.
                let left = "/host-key-scan|/rotation|/discovery|/restoration|/vault/key|/backup|/events/|/tokens/"
                let outcome = try run(
                    [
                        // It leaves files where it runs.
                        "env", "--chdir", scratch.directory.path, ForeignTools.schemathesis ?? "", "run",
                        api.url + "/v1/openapi.json", "--header",
                        "Authorization: Bearer \(token)", "--tls-verify", api.certificate, "--phases", "fuzzing",
                        "--max-examples", "6", "--generation-deterministic",
                        "--request-timeout", "60", "--no-color", "--checks",
                        "not_a_server_error,status_code_conformance,content_type_conformance,"
                            + "response_schema_conformance",
                        "--exclude-path-regex", left,
                    ], in: scratch, within: .seconds(300))
                #expect(outcome.code == 0, "\(outcome.text)\(outcome.errorText)")
                #expect(outcome.text.contains("Tested: "), "\(outcome.text)")
                #expect(api.gateway.isRunning && api.gateway.workers.isEmpty)
            }
        }

        @Test("metrics are what Prometheus takes, and count what happened")
        func metrics() throws {
            try self.withAPI { api in
                let token = try api.token("prometheus", role: "auditor", "--scope", "metrics.read")
                #expect(try api.ask("/v1/status", token: token).status == 403)
                let answer = try api.ask("/metrics", token: token)
                #expect(answer.status == 200)
                for line in [
                    "sallyport_sessions{state=\"open\"} 0", "sallyport_audit_events_total{code=\"SP8001W\"} 1",
                    "sallyport_audit_events_total{code=\"SP8011I\"} 1",
                ] {
                    #expect(answer.body.contains("\n\(line)\n"), "\(line) is not in \(answer.body)")
                }
                guard let promtool = ForeignTools.promtool else { return }
                let file = try api.gateway.scratch.write(answer.body + "\n", to: "metrics")
                let checked = try run(
                    [promtool, "check", "metrics"], in: api.gateway.scratch, input: .file(file))
                #expect(checked.code == 0, "\(checked.text)\(checked.errorText)")
            }
        }

        @Test("doctor finds what is wrong with the state directory, the programs, and the way to targets")
        func doctor() throws {
            let lab = try Laboratory(startGateway: false)
            defer { lab.dispose() }
            let api = try APIClient(startingWith: lab.gateway)
            try lab.introduce(to: lab.gateway)
            func checks() throws -> [String: [Finding]] {
                let outcome = try lab.gateway.command(["doctor", "--json"])
                let found = try JSONDecoder().decode([Finding].self, from: outcome.output)
                #expect((outcome.code == 0) == found.allSatisfy { $0.severity == "note" })
                return Dictionary(grouping: found, by: \.check)
            }
            // Of this host, not of the gateway.
            let before = try checks().filter { !["clock", "disk-space", "open-files", "vault-key"].contains($0.key) }
            #expect(before.isEmpty, "\(before)")

            let files = FileManager.default
            try files.setAttributes([.posixPermissions: 0o755], ofItemAtPath: lab.gateway.state)
            try lab.gateway.administer(
                "grant", "add", "bare", "--user", "alice", "--target", "web1", "--account", "nobody-has-this",
                "--allow", "exec")
            let after = try checks()
            #expect(after["state-modes"]?.first?.severity == "critical")
            #expect(after["credentials"]?.first?.message.contains("nobody-has-this@web1") == true, "\(after)")
            #expect(try api.ask("/readyz", token: nil).status == 200)
            #expect(try api.ask("/healthz", token: nil).body == "ok\n")
        }

        private struct Finding: Decodable {
            var severity: String
            var check: String
            var message: String
        }

        @Test("the log comes as JSON, or with the journal's priorities", arguments: ["json", "journald"])
        func logs(_ format: String) throws {
            let scratch = try Scratch()
            defer { scratch.dispose() }
            let gateway = try TestGateway(in: scratch)
            defer { gateway.stop() }
            try gateway.configure("log", "format = \"\(format)\"")
            _ = try APIClient(startingWith: gateway)
            let lines = gateway.log.split(separator: "\n")
            #expect(!lines.isEmpty)
            for line in lines {
                if format == "json" {
                    let entry = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
                    #expect(entry?["level"] is String && entry?["message"] is String && entry?["time"] is String)
                } else {
                    #expect(line.wholeMatch(of: /<[2-7]>[^<].*/) != nil, "\(line)")
                }
            }
        }
    }
}
