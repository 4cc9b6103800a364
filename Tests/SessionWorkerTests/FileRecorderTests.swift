import RecordingFormat
import SSHTransport
import Testing

@testable import SessionWorker

/// What may be left out of a recording hangs on the program that runs, and on nothing else a client asks for.
@Suite("file content and the order of requests")
struct FileRecorderTests {
    private static let copy = ChannelRequest.Kind.exec(command: Array("scp -t file".utf8))
    private static let other = ChannelRequest.Kind.exec(command: Array("cat >file".utf8))
    private static let sftp = ChannelRequest.Kind.subsystem(name: Array("sftp".utf8))
    private static let terminal = ChannelRequest.Kind.pty(
        terminal: [], columns: 80, rows: 24, widthPixels: 0, heightPixels: 0, modes: [])
    /// scp: a file of 9 bytes.
    private static let scp = "C0644 9 name\nplanted!!\0"

    private func recorder(omits: Bool = true) -> FileRecorder {
        var recorder = FileRecorder()
        recorder.omitsContent = omits
        return recorder
    }

    /// The bytes that are for the recording; `‹n›` for n that are left out.
    private func heard(_ recorder: inout FileRecorder, _ text: String, _ direction: Direction) -> String {
        Array(text.utf8).withUnsafeBytes { bytes in
            recorder.heard(bytes, direction).parts.map { part in
                switch part {
                case .recorded(let bytes): String(decoding: bytes, as: UTF8.self)
                case .omitted(let count): "‹\(count)›"
                }
            }.joined()
        }
    }

    /// What is recorded of an scp upload.
    private func upload(_ recorder: inout FileRecorder) -> String {
        _ = self.heard(&recorder, "\0", .toClient)
        return self.heard(&recorder, Self.scp, .toTarget)
    }

    @Test("of scp the content is left out, and nothing else; with `record` nothing is", arguments: [true, false])
    func plain(omits: Bool) {
        var recorder = self.recorder(omits: omits)
        recorder.received(Self.copy)
        recorder.answered(Self.copy, .granted)
        #expect(self.upload(&recorder) == (omits ? "C0644 9 name\n‹9›\0" : Self.scp))
    }

    @Test("before the program is accepted everything is recorded")
    func unanswered() {
        var recorder = self.recorder()
        recorder.received(Self.copy)
        #expect(self.upload(&recorder) == Self.scp)
    }

    @Test("scp or sftp asked for beside a running program leave nothing of it out", arguments: [copy, sftp])
    func later(second: ChannelRequest.Kind) {
        for outcome in [nil, RequestOutcome.refused, .granted, .untold] {
            var recorder = self.recorder()
            recorder.received(Self.other)
            recorder.answered(Self.other, .granted)
            recorder.received(second)
            if let outcome { recorder.answered(second, outcome) }
            #expect(self.upload(&recorder) == Self.scp)
        }
    }

    @Test("scp asked for in one breath with another program leaves nothing of that out")
    func together() {
        for order in [[Self.copy, Self.other], [Self.other, Self.copy]] {
            var recorder = self.recorder()
            for request in order { recorder.received(request) }
            recorder.answered(order[0], order[0] == Self.other ? .granted : .refused)
            recorder.answered(order[1], order[1] == Self.other ? .granted : .refused)
            #expect(self.upload(&recorder) == Self.scp)
        }
    }

    @Test("a refused program is forgotten, and scp after it is followed")
    func refused() {
        var recorder = self.recorder()
        recorder.received(Self.sftp)
        recorder.answered(Self.sftp, .refused)
        recorder.received(Self.copy)
        recorder.answered(Self.copy, .granted)
        #expect(self.upload(&recorder) == "C0644 9 name\n‹9›\0")
    }

    @Test("a refused scp leaves nothing out of the program after it")
    func refusedCopy() {
        var recorder = self.recorder()
        recorder.received(Self.copy)
        recorder.answered(Self.copy, .refused)
        recorder.received(Self.other)
        recorder.answered(Self.other, .granted)
        #expect(self.upload(&recorder) == Self.scp)
    }

    @Test("behind a terminal everything is recorded")
    func pty() {
        var recorder = self.recorder()
        recorder.received(Self.terminal)
        recorder.received(Self.copy)
        recorder.answered(Self.copy, .granted)
        #expect(self.upload(&recorder) == Self.scp)
    }

    @Test("a program that may have been refused untold leaves nothing out, whatever runs", arguments: [copy, sftp])
    func untold(first: ChannelRequest.Kind) {
        var recorder = self.recorder()
        recorder.received(first)
        recorder.answered(first, .untold)
        recorder.received(Self.other)
        recorder.answered(Self.other, .granted)
        #expect(self.upload(&recorder) == Self.scp)
    }
}
