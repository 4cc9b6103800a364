import AdminAPI
import Foundation
import Testing

/// `sallyport report` against the real server.
@Suite(.timeLimit(.minutes(2))) struct ReportCommandTests {
    @Test("reports come as a table, as comma-separated values that no spreadsheet runs, and as JSON")
    func forms() async throws {
        let service = FakeService()
        try await CommandLineFixture.run(service) { fixture in
            let table = try await fixture.sallyport("report", "access").output
            #expect(table.split(separator: "\n").count == 2)
            #expect(table.contains("alice  root     web1    day    ops       shell,sftp"))
            #expect(
                try await fixture.sallyport("report", "access", "--csv").output
                    == "USER,ACCOUNT,TARGET,GRANT,BY GROUP,ALLOW,TERMS,DENIED BY,OPEN\r\n"
                    + "alice,root,web1,day,ops,\"shell,sftp\",\"mon-fri 08:00-18:00 Europe/Berlin; idle at most 15 min\","
                    + "no-files,yes\r\n")
            let json = try await fixture.sallyport("report", "access", "--json").output
            #expect(
                try AdminJSON.decode([AccessReportRow].self, from: Array(json.utf8)).map(\.deniedBy) == [["no-files"]])

            let activity = try await fixture.sallyport("report", "activity", "--since", "2026-01-31", "--csv").output
            #expect(
                activity.split(separator: "\r\n").last
                    == "'=cmd|x,root,web1,2,1,2023-11-14 22:13:20Z,2023-11-14 22:13:20Z,60,4096")
            #expect(service.seen.calls.contains("activityReport 2026-01-31T00:00:00.000000Z"))

            #expect(
                try await fixture.sallyport("report", "unused-grants", "--since", "90d").output == "no unused grants\n")
            #expect(
                try await fixture.sallyport("report", "unused-grants", "--csv").output
                    == "GRANT,ADDED,LAST USED,USERS,GROUPS\r\n")
            #expect(try await fixture.sallyport("report", "access", "--csv", "--json").status == 2)
            #expect(try await fixture.sallyport("report", "activity", "--since", "soon").status == 2)
        }
    }
}
