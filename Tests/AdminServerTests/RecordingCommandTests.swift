import AdminAPI
import Foundation
import Testing

/// `sallyport recording` on a real session file.
@Suite(.timeLimit(.minutes(2))) struct RecordingCommandTests {
    /// A gateway that holds `sample` under every id.
    private func gateway(_ sample: SampleRecording, bytes: [UInt8]? = nil) -> FakeService {
        let bytes = bytes ?? sample.bytes
        return FakeService(sample: sample, bytes: bytes)
    }

    @Test("a sound recording verifies by id and as a file")
    func sound() async throws {
        let sample = try SampleRecording()
        let service = self.gateway(sample)
        try await CommandLineFixture.run(service) { fixture in
            let byID = try await fixture.sallyport("recording", "verify", "r1")
            #expect(byID.status == 0 && byID.output.hasPrefix("complete: closed") && byID.errors == "")
            #expect(service.seen.calls == ["openRecording r1 verify", "recordingContent r1 0 false"])
            let file = try fixture.file("file.spr", sample.bytes)
            let key = try fixture.file("key.pub", Array(sample.signingKey.line.utf8))
            let byFile = try await fixture.sallyport("recording", "verify", file, "--public-key", key)
            #expect(byFile.status == 0 && byFile.output.hasPrefix("complete: closed") && byFile.errors == "")
            let unknown = try await fixture.sallyport("recording", "verify", file)
            #expect(unknown.status == 0 && unknown.errors.hasPrefix("note: "))
        }
    }

    @Test("an altered, a cut and a foreign recording exit 4 with the reason, also as JSON")
    func unsound() async throws {
        let sample = try SampleRecording()
        var altered = sample.bytes
        altered[sample.firstFrame + 10] ^= 1
        try await CommandLineFixture.run(self.gateway(sample, bytes: altered)) { fixture in
            let byID = try await fixture.sallyport("recording", "verify", "r1", "--json")
            #expect(byID.status == 4 && byID.errors.contains("altered"))
            let json = try JSONSerialization.jsonObject(with: Data(byID.output.utf8)) as? [String: Any]
            #expect(json?["verdict"] as? String == "altered" && json?["verified"] as? Bool == false)
            let cut = try fixture.file("file.spr", Array(sample.bytes.dropLast(5)))
            let cutRun = try await fixture.sallyport("recording", "verify", cut)
            #expect(cutRun.status == 4 && cutRun.output.hasPrefix("cut") && cutRun.errors.contains("cut"))
            let whole = try fixture.file("file.spr", sample.bytes)
            let otherKey = try fixture.file("key.pub", Array(try SampleRecording().signingKey.line.utf8))
            let foreign = try await fixture.sallyport("recording", "verify", whole, "--public-key", otherKey)
            #expect(foreign.status == 4 && foreign.output.hasPrefix("wrong signer"))
            let noise = try fixture.file("file.spr", Array("not a session file".utf8))
            #expect(try await fixture.sallyport("recording", "verify", noise).status == 4)
        }
    }

    @Test("a file that does not exist is one clear line, not a verification failure")
    func missingFile() async throws {
        try await CommandLineFixture.run(nil) { fixture in
            let run = try await fixture.sallyport("recording", "verify", fixture.directory + "/none.spr")
            #expect(run.status == 1 && run.errors.hasPrefix("sallyport: error: cannot read "))
        }
    }
}
