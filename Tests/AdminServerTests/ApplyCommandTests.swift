import AdminAPI
import Foundation
import Testing

/// `sallyport apply` and `export-config` against the real server.
@Suite(.timeLimit(.minutes(2))) struct ApplyCommandTests {
    @Test("the plan is shown, and done with --yes; without a terminal nobody is asked")
    func plan() async throws {
        let service = FakeService()
        try await CommandLineFixture.run(service) { fixture in
            let file = try fixture.file("access.yaml", Array("version: 1\nusers:\n  alice:\n    keys: []\n".utf8))
            let dry = try await fixture.sallyport("apply", "-f", file, "--dry-run")
            #expect(dry.status == 0 && dry.output == "add user alice\n")
            // Names that YAML would rather read as something else.
            let odd = try fixture.file(
                "odd.yaml", Array("version: 1\nusers:\n  \"no\": {}\n  yes: {}\n  '1': {keys: []}\n".utf8))
            #expect(try await fixture.sallyport("apply", "-f", odd, "--dry-run").output == "add user alice\n")
            let asked = try await fixture.sallyport("apply", "-f", file)
            #expect(asked.status == 2 && asked.errors.contains("there is no terminal to ask on"))
            #expect(!service.seen.calls.contains { $0.hasPrefix("apply false false") })
            let done = try await fixture.sallyport("apply", "-f", file, "--yes", "--prune")
            #expect(done.status == 0 && done.output == "add user alice\ndone\n")
            #expect(service.seen.calls.last == "apply true false [\"add user alice\"]")
            let exported = try await fixture.sallyport("export-config").output
            let again = try fixture.file("again.yaml", Array(exported.utf8))
            #expect(try await fixture.sallyport("apply", "-f", again, "--dry-run").output == "add user alice\n")
        }
    }

    @Test(
        "what is wrong is told with its line and column",
        arguments: [
            ("version: 1\nusers:\n  alice:\n    kyes: []\n", "4:5: users.alice has no field kyes"),
            (
                "version: 1\nusers:\n  alice:\n    enabled: 7\n",
                "4:5: users.alice.enabled: the value is of another type"
            ),
            ("version: 1\nusers:\n  alice: [\n", ":"),
            ("version: 1\nuser: {}\n", "2:1: the document has no field user"),
            ("version: 1\ngrants:\n  bad:\n    windows: [x]\n", "3:3: grants.bad: the days of a window"),
            ("users: {}\n", "the field version is missing"), ("- a\n", "1:1: the document has to be a mapping"),
            ("version: 1\nusers:\n  a: {}\n  a: {}\n", "a is there twice"),
        ])
    func places(text: String, message: String) async throws {
        try await CommandLineFixture.run(FakeService()) { fixture in
            let file = try fixture.file("access.yaml", Array(text.utf8))
            let run = try await fixture.sallyport("apply", "-f", file, "--yes")
            #expect(run.status == 2)
            #expect(run.errors.hasPrefix("sallyport: error: \(file):"), "\(run.errors)")
            #expect(run.errors.contains(message), "\(run.errors)")
        }
    }
}
