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
            #expect(
                service.seen.calls == ["showRecording r1", "openRecording r1 verify", "recordingContent r1 0 false"])
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

    @Test("with a recipient's identity, verifying names the frame that was altered")
    func alteredFrame() async throws {
        let sample = try SampleRecording()
        var altered = sample.bytes
        altered[sample.firstFrame + 10] ^= 1
        try await CommandLineFixture.run(nil) { fixture in
            let identity = try fixture.file("key", Array(sample.identity.secretText.utf8))
            let file = try fixture.file("file.spr", altered)
            let run = try await fixture.sallyport("recording", "verify", file, "--identity", identity)
            #expect(run.status == 4 && run.output.contains("\nframe 0 at byte \(sample.firstFrame): "), "\(run)")
            let whole = try fixture.file("file.spr", sample.bytes)
            let sound = try await fixture.sallyport("recording", "verify", whole, "--identity", identity)
            #expect(sound.status == 0 && !sound.output.contains("frame 0"), "\(sound)")
        }
    }

    @Test("a file that does not exist is one clear line, not a verification failure")
    func missingFile() async throws {
        try await CommandLineFixture.run(nil) { fixture in
            let run = try await fixture.sallyport("recording", "verify", fixture.directory + "/none.spr")
            #expect(run.status == 1 && run.errors.hasPrefix("sallyport: error: cannot read "))
        }
    }

    @Test("the transcript holds what was typed and shown, by id, and from a file by its gateway or by an identity")
    func transcript() async throws {
        let sample = try SampleRecording()
        let service = self.gateway(sample)
        try await CommandLineFixture.run(service) { fixture in
            let byID = try await fixture.sallyport("recording", "transcript", "r1")
            #expect(byID.status == 0 && byID.errors == "")
            #expect(byID.output.contains("root@web1:~# id") && byID.output.contains("uid=0(root) bold"))
            #expect(byID.output.contains("[typed] id") && !byID.output.contains("\u{1b}"))
            let file = try fixture.file("file.spr", sample.bytes)
            let byGateway = try await fixture.sallyport("recording", "transcript", file)
            #expect(byGateway.status == 0 && byGateway.output == byID.output)
            #expect(service.seen.calls.last == "openRecording file transcript")
            let identity = try fixture.file("key", Array(sample.identity.secretText.utf8))
            let byIdentity = try await fixture.sallyport("recording", "transcript", file, "--identity", identity)
            #expect(byIdentity.status == 0 && byIdentity.output == byID.output)
        }
    }

    @Test("a file without a key to decrypt it, or with a wrong one, is one clear line")
    func noKey() async throws {
        let sample = try SampleRecording()
        try await CommandLineFixture.run(nil) { fixture in
            let file = try fixture.file("file.spr", sample.bytes)
            let none = try await fixture.sallyport("recording", "transcript", file)
            #expect(none.status == 1 && none.output == "" && none.errors.contains("hint: give --identity"))
            let other = try fixture.file("key", Array(try SampleRecording().identity.secretText.utf8))
            let foreign = try await fixture.sallyport("recording", "transcript", file, "--identity", other)
            #expect(foreign.status == 1 && foreign.errors.contains("not encrypted to this identity"))
            let noise = try fixture.file("key", Array("hello".utf8))
            #expect(try await fixture.sallyport("recording", "transcript", file, "--identity", noise).status == 2)
        }
    }

    @Test("an altered recording is shown as far as it goes, and exits 4")
    func alteredTranscript() async throws {
        let sample = try SampleRecording()
        var altered = sample.bytes
        altered[altered.count - 20] ^= 1
        try await CommandLineFixture.run(self.gateway(sample, bytes: altered)) { fixture in
            for command in ["transcript", "export"] {
                let run =
                    command == "export"
                    ? try await fixture.sallyport("recording", "export", "r1", "--format", "asciicast-v2")
                    : try await fixture.sallyport("recording", "transcript", "r1")
                #expect(run.status == 4 && run.output.contains("uid=0(root)"))
                #expect(run.errors.hasPrefix("sallyport: error: r1 does not verify: seal"))
            }
        }
    }

    @Test("the asciicast is JSON lines with the size, the time and what was shown")
    func export() async throws {
        let sample = try SampleRecording()
        let service = self.gateway(sample)
        try await CommandLineFixture.run(service) { fixture in
            let run = try await fixture.sallyport("recording", "export", "r1", "--format", "asciicast-v2")
            #expect(run.status == 0)
            let lines = try run.output.split(separator: "\n").map {
                try JSONSerialization.jsonObject(with: Data($0.utf8))
            }
            let header = try #require(lines.first as? [String: Any])
            #expect(header["version"] as? Int == 2 && header["width"] as? Int == 80)
            #expect(header["timestamp"] as? Int == 1_700_000_000)
            #expect(header["title"] as? String == "alice as root on web1")
            #expect(lines.dropFirst().contains { ($0 as? [Any])?[1] as? String == "o" })
            #expect(service.seen.calls.first == "openRecording r1 export")
            let missing = try await fixture.sallyport(
                "recording", "export", "r1", "--format", "asciicast-v2", "--channel", "9")
            #expect(missing.status == 1 && missing.errors.contains("has no channel 9"))
            #expect(try await fixture.sallyport("recording", "export", "r1", "--format", "gif").status == 2)
        }
    }

    @Test("a recording is shown with the commands that it ran, by id and as a file")
    func show() async throws {
        let sample = try SampleRecording()
        let service = self.gateway(sample)
        try await CommandLineFixture.run(service) { fixture in
            let byID = try await fixture.sallyport("recording", "show", "r1")
            #expect(byID.status == 0 && byID.output.contains("account:") && byID.output.contains("echoed"))
            #expect(service.seen.calls.contains("openRecording r1 transcript"))
            let file = try fixture.file("file.spr", sample.bytes)
            let byFile = try await fixture.sallyport("recording", "show", file, "--json")
            let json = try JSONSerialization.jsonObject(with: Data(byFile.output.utf8)) as? [String: Any]
            #expect((json?["commands"] as? [[String: Any]])?.first?["text"] as? String == "id")
            #expect((json?["files"] as? [Any])?.isEmpty == true)
        }
    }

    @Test("hits are listed with the moment to play from, harmless, and with what could not be searched")
    func search() async throws {
        let service = FakeService()
        try await CommandLineFixture.run(service) { fixture in
            let run = try await fixture.sallyport("recording", "search", "restart", "nginx", "--limit", "7")
            #expect(run.status == 0 && run.output.contains("1:02.345") && run.output.contains("command"))
            #expect(!run.output.contains("\u{1b}"))
            #expect(run.errors.contains("note: 2 ended recordings were not searched"))
            #expect(service.seen.calls == ["searchRecordings restart nginx 7"])
            let none = try await fixture.sallyport("recording", "search", "none")
            #expect(none.status == 0 && none.output == "nothing found\n")
            let json = try await fixture.sallyport("recording", "search", "nginx", "--json")
            let hits = try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [[String: Any]]
            #expect(hits?.first?["play"] as? String == "sallyport recording play r1 --at 1:02.345 --channel 2")
            #expect(hits?.first?["recording"] as? String == "r1" && hits?.first?["time_us"] as? Int == 62_345_678)
            #expect(try await fixture.sallyport("recording", "search").status == 2)
            #expect(try await fixture.sallyport("recording", "search", "a", "--limit", "0").status == 2)
            for time in ["1:x", "", "1:2:3:4", "1.", "-1", "1.1234567"] {
                #expect(try await fixture.sallyport("recording", "play", "r1", "--at=\(time)").status == 2)
            }
        }
    }

    @Test("watching a session prints its text as it comes and says how it ended")
    func watch() async throws {
        let sample = try SampleRecording()
        let (content, growing) = AsyncThrowingStream<[UInt8], any Error>.makeStream()
        let service = FakeService(live: sample, content: content)
        try await CommandLineFixture.run(service) { fixture in
            growing.yield(Array(sample.bytes[..<(sample.bytes.count - 50)]))
            async let watching = fixture.sallyport("session", "watch", "s1")
            while service.seen.calls.count < 3 { try await Task.sleep(for: .milliseconds(5)) }
            #expect(service.seen.calls == ["openRecording s1 watch", "issueWatch s1", "recordingContent s1 0 true"])
            growing.yield(Array(sample.bytes[(sample.bytes.count - 50)...]))
            growing.finish()
            let run = try await watching
            #expect(run.status == 0 && run.output == "root@web1:~# id\nuid=0(root) bold\n")
            #expect(run.errors == "session s1 closed\n")
        }
    }

    @Test("the index comes from the gateway with the recording, and one that doesn't fit hinders nothing")
    func index() async throws {
        let sample = try SampleRecording()
        let service = self.gateway(sample)
        try await CommandLineFixture.run(service) { fixture in
            let play = try await fixture.sallyportOnTerminal(
                "recording", "play", "r1", "--at", "1:00", key: "q", onceShown: "uid=0(root)")
            #expect(play.status == 0 && play.output.contains("uid=0(root)"))
            #expect(
                service.seen.calls == ["openRecording r1 replay", "recordingContent r1 0 false", "recordingIndex r1"])
            let without = try await fixture.sallyportOnTerminal(
                "recording", "play", "r2", "--no-index", "--at", "1:00", key: "q", onceShown: "uid=0(root)")
            #expect(without.status == 0 && without.output.contains("uid=0(root)"))
            #expect(service.seen.calls.suffix(2) == ["openRecording r2 replay", "recordingContent r2 0 false"])
        }
    }

    @Test("what cannot be shown is not opened: no terminal to play on, no session to watch")
    func notOpened() async throws {
        let sample = try SampleRecording()
        let service = self.gateway(sample)
        try await CommandLineFixture.run(service) { fixture in
            let play = try await fixture.sallyport("recording", "play", "r1")
            #expect(play.status == 1 && play.errors.contains("not a terminal") && service.seen.calls.isEmpty)
            let watch = try await fixture.sallyport("session", "watch", "r1")
            #expect(watch.status == 1 && watch.errors.hasPrefix("sallyport: error: session r1 has ended\n"))
        }
    }

    @Test("watching a session whose recording breaks off is reported as such")
    func brokenWatch() async throws {
        let sample = try SampleRecording()
        let (content, growing) = AsyncThrowingStream<[UInt8], any Error>.makeStream()
        try await CommandLineFixture.run(FakeService(live: sample, content: content)) { fixture in
            growing.yield(Array(sample.bytes.dropLast(30)))
            growing.finish()
            let run = try await fixture.sallyport("session", "watch", "s1")
            #expect(run.status == 4 && run.output.contains("uid=0(root)") && run.errors.contains("cut"))
        }
    }
}
