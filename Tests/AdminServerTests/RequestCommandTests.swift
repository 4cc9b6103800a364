import Testing

/// `sallyport request` and `break-glass` against the real server.
@Suite(.timeLimit(.minutes(2))) struct RequestCommandTests {
    @Test("each verb reaches its route with what was said, and what is missing is usage")
    func verbs() async throws {
        let service = FakeService()
        try await CommandLineFixture.run(service) { fixture in
            func code(_ words: String...) async throws -> Int32 { try await fixture.sallyport(words).status }
            let list = try await fixture.sallyport("request", "list", "--all").output
            #expect(list.contains("7  waiting  alice  root     web1    on-call  2 of leads  carol"))
            let made = try await fixture.sallyport(
                "request", "create", "web1/root", "--user", "alice", "--reason", "disk full", "--for", "30m",
                "--ticket",
                "OPS-1")
            #expect(made.output == "request 8 waits for 2 of leads\n")
            #expect(try await fixture.sallyport("request", "show", "7").output.contains("by carol: go"))
            #expect(
                try await fixture.sallyport("request", "deny", "7", "--text", "no").output == "request 7 is denied\n")
            #expect(try await code("request", "revoke", "7") == 0)
            #expect(try await code("request", "approve", "7", "--override", "--text", "why") == 0)
            #expect(try await code("request", "approve") == 2)
            #expect(try await code("request", "show", "x") == 2)
            #expect(try await code("request", "create", "web1/root", "--reason", "r") == 2)
            let codes = try await fixture.sallyport("break-glass", "codes", "make", "-k", "2", "-n", "5").output
            #expect(codes.contains("any 2 of these") && codes.contains("  AAAA"))
            #expect(try await code("break-glass", "end", "3", "--reason", "over") == 0)
            #expect(try await fixture.sallyport("break-glass", "list").output.contains("needs-review"))
            for words in [
                ["--approval", "1"], ["--approvers", "leads"], ["--deputies", "x"], ["--break-glass"],
                ["--reviewers", "leads"],
            ] {
                let grant = ["grant", "add", "g", "--user", "a", "--target", "t", "--account", "r", "--allow", "shell"]
                #expect(try await fixture.sallyport(grant + words).status == 2, "\(words)")
            }
            for call in [
                "listRequests true", "createRequest alice root@web1 1800 disk full OPS-1 -", "denyRequest 7 no",
                "revokeRequest 7 -", "approveRequest 7 true why", "makeSealedCodes 2 5", "endEmergency 3 over",
            ] {
                #expect(service.seen.calls.contains(call), "\(call): \(service.seen.calls)")
            }
        }
    }
}
