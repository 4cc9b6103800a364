import Glibc
import Platform
import SSHTransport
import Testing

@testable import RecordingFormat
@testable import SessionWorker

/// Only the terminal and the program that run decide what is masked; what a client asks for beside them does not.
@Suite("keystrokes and the order of requests")
struct KeystrokeRecorderTests {
    private static let terminal = ChannelRequest.Kind.pty(
        terminal: Array("xterm".utf8), columns: 80, rows: 24, widthPixels: 0, heightPixels: 0, modes: [])
    private static let sftp = ChannelRequest.Kind.subsystem(name: Array("sftp".utf8))

    private static func exec(_ command: String) -> ChannelRequest.Kind { .exec(command: Array(command.utf8)) }

    /// A recorder with a tap that writes frames to a file without a name.
    private struct Channel {
        let tap: RecordingTap
        private var recorder = KeystrokeRecorder(channel: 1)
        private let file: SharedDescriptor
        private let keys: RecordingSubkeys

        init(hasInputTrack: Bool = false) throws {
            self.keys = RecordingSubkeys(
                fileKey: .random(), inputFileKey: hasInputTrack ? .random() : nil, fileID: .random())
            var path = Array("/tmp/keystrokes-XXXXXX".utf8CString)
            self.file = SharedDescriptor(
                OwnedDescriptor(takingOwnershipOf: try SystemError.check(mkstemp(&path), "make a file")))
            unlink(path)
            let (broker, _) = try MessageSocket.makePair()
            self.tap = RecordingTap(
                descriptor: self.file, frameKey: self.keys.frames, inputKey: self.keys.input, start: 0,
                recordedBytes: 0, broker: BrokerLink(broker))
        }

        mutating func ask(_ request: ChannelRequest.Kind) { self.recorder.received(request) }

        mutating func answer(_ request: ChannelRequest.Kind, accepted: Bool) throws {
            try self.answer(request, accepted ? .granted : .refused)
        }

        mutating func answer(_ request: ChannelRequest.Kind, _ outcome: RequestOutcome) throws {
            try self.recorder.answered(request, outcome, on: self.tap)
        }

        mutating func type(_ text: String) throws {
            try Array(text.utf8).withUnsafeBytes { try self.recorder.noteInput($0, on: self.tap) }
        }

        mutating func show(_ text: String) throws {
            try Array(text.utf8).withUnsafeBytes {
                try self.recorder.noteOutput($0, errors: UnsafeRawBufferPointer(start: nil, count: 0), on: self.tap)
            }
        }

        /// The input that the recording holds; `‹n›` for n bytes that are masked.
        mutating func recorded(withInput: Bool = true) throws -> String {
            try self.recorder.finish(on: self.tap)
            try self.tap.flush()
            var bytes = [UInt8](repeating: 0, count: 65536)
            let count = pread(self.file.rawValue, &bytes, bytes.count, 0)
            var parser = RecordParser(resumingAt: 0)
            parser.append(bytes.prefix(count))
            let decoder = FrameDecoder(keys: withInput ? self.keys : self.keys.withoutInput)
            var text = ""
            while let record = try parser.next() {
                for event in try decoder.events(of: record) {
                    switch event.body {
                    case .input(let bytes), .revealed(let bytes): text += String(decoding: bytes, as: UTF8.self)
                    case .masked(let count): text += "‹\(count)›"
                    default: break
                    }
                }
            }
            return text
        }
    }

    @Test("what is typed goes into its own track if there is one, masked as ever", arguments: [true, false])
    func inputTrack(withInput: Bool) throws {
        var channel = try Channel(hasInputTrack: true)
        let command = Self.exec("sudo -S id; passwd ops")
        channel.ask(command)
        try channel.answer(command, accepted: true)
        try channel.type("hunter2\nopen\n")
        try channel.show("New password: ")
        try channel.type("hunter3\n")
        #expect(try channel.recorded(withInput: withInput) == (withInput ? "‹8›open\n‹8›" : ""))
    }

    @Test("a subsystem asked for beside a running program doesn't end its masking", arguments: [true, false])
    func laterSubsystem(isAnswered: Bool) throws {
        var channel = try Channel()
        let command = Self.exec("sudo -S id; passwd ops")
        channel.ask(command)
        try channel.answer(command, accepted: true)
        channel.ask(Self.sftp)
        if isAnswered { try channel.answer(Self.sftp, accepted: false) }
        try channel.type("hunter2\nopen\n")
        try channel.show("New password: ")
        try channel.type("hunter3\n")
        #expect(try channel.recorded() == "‹8›open\n‹8›")
    }

    @Test(
        "a subsystem that was refused, or may have been, doesn't end the masking of the program after it",
        arguments: [RequestOutcome.refused, .untold])
    func refusedSubsystem(outcome: RequestOutcome) throws {
        var channel = try Channel()
        let command = Self.exec("passwd ops")
        channel.ask(Self.sftp)
        channel.ask(command)
        try channel.answer(Self.sftp, outcome)
        try channel.answer(command, accepted: true)
        try channel.show("New password: ")
        try channel.type("hunter2\n")
        #expect(try channel.recorded() == "‹8›")
    }

    @Test("a command asked for beside sudo -S doesn't end the wait for its password", arguments: [true, false])
    func laterCommand(isStarted: Bool) throws {
        var channel = try Channel()
        let command = Self.exec("sudo -S id")
        channel.ask(command)
        if isStarted { try channel.answer(command, accepted: true) }
        channel.ask(Self.exec("true"))
        try channel.type("hunter2\n")
        #expect(try channel.recorded() == "‹8›")
    }

    @Test("the bytes of a subsystem that runs are recorded, whatever they look like")
    func subsystem() throws {
        var channel = try Channel()
        channel.ask(Self.sftp)
        try channel.type("first ")
        try channel.answer(Self.sftp, accepted: true)
        channel.ask(Self.exec("sudo -S id"))
        try channel.show("Password: ")
        try channel.type("bytes")
        #expect(try channel.recorded() == "first bytes")
    }

    @Test("a second terminal, which is refused, doesn't take away the first")
    func secondTerminal() throws {
        var channel = try Channel()
        channel.ask(Self.terminal)
        try channel.answer(Self.terminal, accepted: true)
        channel.ask(.shell)
        try channel.answer(.shell, accepted: true)
        try channel.type("early")
        channel.ask(Self.terminal)
        try channel.answer(Self.terminal, accepted: false)
        try channel.type("hunter2\r")
        #expect(try channel.recorded() == "‹13›")
    }

    @Test("a terminal that is accepted after a refused one masks what isn't shown")
    func secondTry() throws {
        var channel = try Channel()
        for _ in 0..<2 { channel.ask(Self.terminal) }
        try channel.answer(Self.terminal, accepted: false)
        try channel.answer(Self.terminal, accepted: true)
        try channel.type("hunter2\r")
        #expect(try channel.recorded() == "‹8›")
    }

    @Test("without a terminal after all, input is recorded as a pipe's is")
    func refusedTerminal() throws {
        var channel = try Channel()
        channel.ask(Self.terminal)
        try channel.answer(Self.terminal, accepted: false)
        try channel.type("plain\n")
        #expect(try channel.recorded() == "plain\n")
    }
}
