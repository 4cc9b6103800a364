import AdminAPI
import Foundation
import RecordingFormat
import Testing

/// `sallyport recording verify` with the heads in an audit log.
@Suite(.timeLimit(.minutes(2))) struct AuditedHeadsTests {
    private func event(_ code: String, _ fields: [String: String]) -> AuditEventInfo {
        AuditEventInfo(
            sequence: 1, time: FakeService.time, code: code, actor: "gateway", text: code, fields: fields)
    }

    /// The rows of a session named `session`: its start, heads of `sample` at `lengths`, and its end.
    private func log(
        _ sample: SampleRecording, session: String, lengths: [Int], isEnded: Bool = true
    ) throws -> [AuditEventInfo] {
        var rows = [self.event("SP4001I", ["session": session])]
        for length in lengths {
            rows.append(
                self.event(
                    "SP5003I",
                    ["session": session, "bytes": "\(length)", "head": Self.sha256(sample.bytes[..<length])]))
        }
        if isEnded {
            let verifier = RunningVerifier()
            verifier.feed(sample.bytes)
            rows.append(
                self.event(
                    "SP4002I",
                    [
                        "session": session, "bytes": "\(sample.bytes.count)",
                        "head": try #require(verifier.report.vouched).text,
                    ]))
        }
        return rows
    }

    private static func sha256(_ bytes: ArraySlice<UInt8>) -> String {
        let hash = RunningHash()
        hash.update(Array(bytes))
        return hash.digest.map { String(format: "%02x", $0) }.joined()
    }

    @Test("a sealed recording agrees with its audit log, by id and as a file, online and offline")
    func sound() async throws {
        let sample = try SampleRecording()
        let session = sample.sessionID
        let log = try self.log(sample, session: session, lengths: [sample.firstFrame])
        let service = FakeService(sample: sample, bytes: sample.bytes, auditLog: log)
        try await CommandLineFixture.run(service) { fixture in
            let file = try fixture.file("copy.spr", sample.bytes)
            let export = try fixture.file("audit.json", try AdminJSON.encode(log))
            for words in [[session, "--against-audit"], [file, "--against-audit"], [file, "--audit-log", export]] {
                let run = try await fixture.sallyport(["recording", "verify"] + words)
                #expect(run.status == 0, "\(run)")
                #expect(run.output.contains("complete: closed"))
                #expect(run.output.contains("the audit log holds its seal, and of what was before it 1 head"))
            }
            let json = try await fixture.sallyport("recording", "verify", file, "--against-audit", "--json")
            #expect(json.output.contains("\"audit\":{"))
            let noLog = try await fixture.sallyport("recording", "verify", file, "--audit-log", file)
            #expect(noLog.status == 2)
        }
    }

    @Test("a recording that lost its end at any record is found out, also one that never had a seal")
    func cut() async throws {
        let sample = try SampleRecording()
        var ends: [Int] = []
        var parser = RecordParser()
        parser.append(sample.bytes)
        while let record = try parser.next() { ends.append(Int(record.end)) }
        let last = try #require(ends.dropLast().last)
        let session = sample.sessionID
        for isEnded in [true, false] {
            let log = try self.log(sample, session: session, lengths: [sample.firstFrame, last], isEnded: isEnded)
            try await CommandLineFixture.run(FakeService(sample: sample, bytes: sample.bytes, auditLog: log)) {
                fixture in
                for end in ends.dropLast(2) {
                    let file = try fixture.file("cut.spr", Array(sample.bytes[..<end]))
                    let run = try await fixture.sallyport("recording", "verify", file, "--against-audit")
                    #expect(run.status == 4 && run.errors.contains("cut: the audit log knows"), "\(run)")
                    // When the log's rows are from, a tenth of a second after the start.
                    #expect(run.errors.contains(" bytes of 00:00:00.1, the file ends after \(end)"), "\(run)")
                }
            }
        }
    }

    @Test("a recording made anew under another key is found out, and so is one that nobody recorded")
    func forged() async throws {
        let sample = try SampleRecording()
        let forged = try SampleRecording()
        let session = forged.sessionID
        let log = try self.log(sample, session: session, lengths: [sample.firstFrame])
        try await CommandLineFixture.run(FakeService(sample: forged, bytes: forged.bytes, auditLog: log)) { fixture in
            let run = try await fixture.sallyport("recording", "verify", session, "--against-audit")
            #expect(run.output.hasPrefix("complete: closed"))
            #expect(run.status == 4 && run.errors.contains("altered: the audit log holds another head"), "\(run)")
        }
        let other = try self.log(sample, session: session, lengths: [])
        try await CommandLineFixture.run(FakeService(sample: forged, bytes: forged.bytes, auditLog: other)) { fixture in
            let run = try await fixture.sallyport("recording", "verify", session, "--against-audit")
            #expect(run.status == 4 && run.errors.contains("altered: the audit log holds another seal"), "\(run)")
        }
        try await CommandLineFixture.run(FakeService(sample: forged, bytes: forged.bytes)) { fixture in
            let run = try await fixture.sallyport("recording", "verify", session, "--against-audit")
            #expect(run.status == 4 && run.errors.contains("unknown: the audit log has no such session"), "\(run)")
        }
    }
}
