import Foundation
import SallyportTesting
import Testing

extension EndToEnd {
    /// What an auditor's browser makes of an exported recording whose user, and target, mean them harm.
    @Suite(
        "exported pages in a browser", .serialized, .laboratory, .throughGateway,
        .enabled(if: Browser.isInstalled, "scripts/test installs a browser"))
    struct ExportedPages {
        private var lab: Laboratory { .current }

        private struct Seen: Decodable {
            let title: String, heading: String, facts: String, marks: String, start: String, end: String
            let requests: [String], complaints: [String], popups: [String], trap: [String]
            let address: Bool
            let foreign: Int
        }

        /// Whatever a terminal, a page or a script might be talked into.
        private static let hostile = [
            #"<script>alert(1)</script>"#, #"</script><img src=x onerror=alert(2)>"#,
            #"\033]0;</title><script>alert(3)</script>\007"#, #"\033]8;;javascript:alert(4)\033\\click\033]8;;\033\\"#,
            #"\033]52;c;cHduZWQ=\007"#, #"\033[c\033[6n\033[21t"#, #"\033]9;4;1\007"#,
            #"\033P+q544e\033\\"#, #"\342\200\256exe.txt\342\200\254"#, #"--><svg onload=alert(5)>"#,
            #"{{constructor.constructor('alert(6)')()}}"#,
        ]

        @Test("nothing that was recorded runs, leads anywhere, or asks for anything; all of it is shown as text")
        func hostileBytes() throws {
            let known = Set(try self.lab.gateway.recordings().map(\.id))
            // printf is given them as a format; the name of the command itself is hostile too.
            let lines = Self.hostile.map { "printf '\($0.replacing("'", with: ""))\\r\\n'" }
            let command =
                "printf 'begin\\r\\n'; \(lines.joined(separator: "; ")); : '<img src=x onerror=alert(7)>'; "
                + "printf 'the end\\r\\n'"
            let outcome = try self.lab.ssh(command, flags: ["-tt"])
            #expect(outcome.text.contains("the end"), "\(outcome.errorText)")
            let recording = try #require(try self.lab.gateway.sealedRecordings(since: known, count: 1).first)
            let file = self.lab.scratch.freshPath("page") + ".html"
            try self.lab.gateway.administer(
                "recording", "export", recording.id, "--format", "html", "--output", file)
            var arguments = [file]
            if let place = ProcessInfo.processInfo.environment["SALLYPORT_SCREENSHOTS"] {
                arguments.append("\(place)/exported-page.png")
            }
            let seen =
                arguments.count == 1
                ? try Browser.run("exported_page.py", file, as: Seen.self, in: self.lab.scratch)
                : try Browser.run("exported_page.py", file, arguments[1], as: Seen.self, in: self.lab.scratch)
            #expect(seen.trap.isEmpty && seen.popups.isEmpty, "\(seen.trap) \(seen.popups)")
            #expect(seen.requests.isEmpty, "\(seen.requests)")
            #expect(seen.complaints.isEmpty, "\(seen.complaints)")
            #expect(seen.foreign == 0 && seen.address)
            #expect(seen.heading.contains("alice") && seen.heading.contains("web1"))
            #expect(seen.facts.contains("complete"))
            for shown in ["<script>alert(1)</script>", "<img src=x onerror=alert(2)>", "click", "the end"] {
                #expect(seen.end.contains(shown), "\(shown) in \(seen.end)")
            }
            #expect(!seen.end.contains("\u{202E}"))
            #expect(seen.marks.contains("<img src=x onerror=alert(7)>"), "\(seen.marks)")
            #expect(!seen.start.contains("the end"))
        }
    }
}
