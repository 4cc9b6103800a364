import AdminAPI
import Foundation
import RecordingFormat
import Testing

/// `sallyport recording export` on a real session file.
@Suite(.timeLimit(.minutes(2))) struct RecordingExportTests {
    /// What the sample's target sent.
    private static let shown = "root@web1:~# id\r\nuid=0(root) \u{1b}[1mbold\u{1b}[0m\r\n"

    /// Runs the body with the path of the sample's session file, and of the identity that opens it.
    private func withFiles(
        _ sample: SampleRecording, _ body: (CommandLineFixture, _ file: String, _ identity: String) async throws -> Void
    ) async throws {
        try await CommandLineFixture.run(nil) { fixture in
            let file = try fixture.file("file.spr", sample.bytes)
            try await body(fixture, file, try fixture.file("key", Array(sample.identity.secretText.utf8)))
        }
    }

    @Test("by id it is opened once and read twice")
    func opensOnce() async throws {
        let sample = try SampleRecording()
        let service = FakeService(sample: sample, bytes: sample.bytes)
        try await CommandLineFixture.run(service) { fixture in
            let run = try await fixture.sallyport("recording", "export", "r1", "--format", "ndjson")
            #expect(run.status == 0 && run.errors == "")
            #expect(
                service.seen.calls == [
                    "openRecording r1 export", "recordingContent r1 0 false", "recordingContent r1 0 false",
                ])
            let lines = run.output.split(separator: "\n")
            #expect(lines.count == SampleRecording.session.count + 2)
            #expect(lines.first?.contains("\"user\":\"alice\"") == true)
            #expect(lines.last?.contains("\"verified\":true") == true)
        }
    }

    @Test("every format goes to a file of its owner's alone, and holds what was shown")
    func files() async throws {
        let sample = try SampleRecording()
        try await self.withFiles(sample) { fixture, file, identity in
            func export(_ format: String, _ output: String, _ more: String...) async throws -> [UInt8] {
                let path = fixture.directory + "/" + output
                let run = try await fixture.sallyport(
                    ["recording", "export", file, "--identity", identity, "--format", format, "--output", path] + more)
                #expect(run.status == 0 && run.output == "" && run.errors == "", "\(format): \(run.errors)")
                return format == "script" ? [] : try fixture.content(output)
            }
            let version3 = String(decoding: try await export("asciicast-v3", "v3.cast"), as: UTF8.self)
            #expect(version3.hasPrefix("{\"version\": 3") && version3.contains("uid=0(root)"))
            let records = try await export("ttyrec", "ttyrec")
            #expect(String(decoding: records, as: UTF8.self).contains("uid=0(root)"))
            let page = String(decoding: try await export("html", "page.html"), as: UTF8.self)
            #expect(page.hasPrefix("<!DOCTYPE html>") && page.hasSuffix("</html>\n") && !page.contains("uid=0"))
            _ = try await export("script", "s", "--input")
            #expect(String(decoding: try fixture.content("s.typescript"), as: UTF8.self).contains(Self.shown))
            #expect(String(decoding: try fixture.content("s.timing"), as: UTF8.self).contains("O 0.500000 13\n"))
            #expect(String(decoding: try fixture.content("s.input"), as: UTF8.self).contains("id\r\nScript done"))
            let attributes = try FileManager.default.attributesOfItem(atPath: fixture.directory + "/page.html")
            #expect(attributes[.posixPermissions] as? Int == 0o600)
        }
    }

    @Test("what cannot be written as asked is a usage error before anything is opened")
    func usage() async throws {
        let sample = try SampleRecording()
        let service = FakeService(sample: sample, bytes: sample.bytes)
        try await CommandLineFixture.run(service) { fixture in
            for arguments in [["--format", "script"], ["--format", "ttyrec", "--input"], ["--format", "gif"]] {
                let run = try await fixture.sallyport(["recording", "export", "r1"] + arguments)
                #expect(run.status == 2 && run.output == "" && run.errors.hasPrefix("sallyport: error: "))
            }
            let piped = try await fixture.sallyport(
                ["recording", "export", "/dev/null", "--format", "ndjson"])
            #expect(piped.status == 2 && piped.errors.contains("not a regular file"))
            #expect(service.seen.calls.isEmpty)
        }
    }

    @Test("a file that cannot be written is one clear line")
    func unwritable() async throws {
        try await self.withFiles(try SampleRecording()) { fixture, file, identity in
            let run = try await fixture.sallyport(
                [
                    "recording", "export", file, "--identity", identity, "--format", "html", "--output",
                    fixture.directory + "/none/page.html",
                ])
            #expect(run.status == 1 && run.errors.contains("sallyport: error: cannot write "))
            let full = try await fixture.sallyport(
                [
                    "recording", "export", file, "--identity", identity, "--format", "html", "--output", "/dev/full",
                ])
            #expect(full.status == 1 && full.errors.contains("no space left on device"))
        }
    }

    @Test("an altered recording is exported as far as it goes, says so in itself, and exits 4")
    func altered() async throws {
        let sample = try SampleRecording()
        var bytes = sample.bytes
        bytes[bytes.count - 20] ^= 1
        try await CommandLineFixture.run(FakeService(sample: sample, bytes: bytes)) { fixture in
            let run = try await fixture.sallyport("recording", "export", "r1", "--format", "ndjson")
            #expect(run.status == 4 && run.errors.hasPrefix("sallyport: error: r1 does not verify: seal"))
            #expect(run.output.contains("uid=0(root)"))
            #expect(run.output.split(separator: "\n").last?.contains("\"verified\":false") == true)
        }
    }
}
