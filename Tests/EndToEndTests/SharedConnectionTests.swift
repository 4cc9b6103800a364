import Foundation
import SallyportTesting
import Testing

extension EndToEnd {
    /// One connection with a terminal, a command and sftp at the same time: each can be told from the others.
    @Suite("channels of a shared connection", .serialized, .laboratory, .throughGateway)
    struct SharedConnection {
        private var lab: Laboratory { .current }
        private var gateway: TestGateway { self.lab.gateway }

        private struct Shown: Decodable {
            struct Channel: Decodable {
                var channel: UInt32
                var request: String
                var openedUs: UInt64
                var endedUs: UInt64?
                var bytesIn: UInt64
                var bytesOut: UInt64
                var exitStatus: UInt32?
            }
            struct File: Decodable {
                var channel: UInt32
                var path: String
            }
            var channels: [Channel]
            var files: [File]
        }

        /// A shell stays open while a command and sftp come and go. Returns the recording's id and sftp's file.
        private func record() throws -> (id: String, file: String) {
            let known = Set(try self.gateway.recordings().map(\.id))
            let path = self.lab.scratch.path("shared")
            let route = self.lab.route().with("ControlPath=\(path)")
            let master = try RunningProcess(
                self.lab.client.ssh(route.with("ControlMaster=yes"), flags: ["-N"]), in: self.lab.scratch)
            try waitUntil("the master listens; \(master.errorText)") { FileManager.default.fileExists(atPath: path) }
            let shell = try self.lab.shell(options: ["ControlPath=\(path)", "ControlMaster=no"])
            try shell.type("echo in-the-sh''ell\n")
            try shell.waitFor("in-the-shell\r\n")
            let slave = route.with("ControlMaster=no")
            let command = try run(
                self.lab.client.ssh(slave, "cat; echo from-the-command; exit 3"), in: self.lab.scratch,
                typing: "0123456789")
            #expect(command.ending == .exited(3))
            let source = try self.lab.scratch.write("content", to: "shared-source")
            let there = self.lab.target.path("shared-file")
            let files = try run(
                self.lab.client.sftp(slave), in: self.lab.scratch, typing: "put \(source) \(there)\n")
            #expect(files.ending == .exited(0), "\(files.errorText)")
            try shell.type("exit 4\n")
            #expect(try shell.wait() == .exited(4))
            master.terminate()
            _ = try master.wait()
            return (try #require(try self.gateway.sealedRecordings(since: known, count: 1).first).id, there)
        }

        @Test("a channel whose connection is cut ends with it, in the recording too")
        func cut() throws {
            let known = Set(try self.gateway.recordings().map(\.id))
            let client = try RunningProcess(
                self.lab.client.ssh(self.lab.route(), "echo begun; sleep 100"), in: self.lab.scratch, input: .null)
            try client.waitForOutput("begun\n")
            client.kill()
            let entry = try #require(try self.gateway.sealedRecordings(since: known, count: 1).first)
            let decoder = JSONDecoder()
            decoder.keyDecodingStrategy = .convertFromSnakeCase
            let text = try self.gateway.administer("recording", "show", entry.id, "--json")
            let shown = try decoder.decode(Shown.self, from: Data(text.utf8))
            #expect(shown.channels.count == 1)
            #expect(shown.channels.allSatisfy { $0.endedUs.map { $0 > 0 } ?? false }, "\(text)")
        }

        @Test("each channel has its own request, start, end, bytes and status, and is read and played alone")
        func apart() throws {
            let (id, file) = try self.record()
            try self.gateway.administer("recording", "verify", id)
            let decoder = JSONDecoder()
            decoder.keyDecodingStrategy = .convertFromSnakeCase
            let text = try self.gateway.administer("recording", "show", id, "--json")
            let shown = try decoder.decode(Shown.self, from: Data(text.utf8))
            try #require(shown.channels.count == 3)
            let (shell, command, files) = (shown.channels[0], shown.channels[1], shown.channels[2])
            #expect(shell.request.contains("shell") || shell.request.contains("bash"), "\(shell.request)")
            #expect(command.request.contains("from-the-command"), "\(command.request)")
            #expect(files.request.contains("sftp"), "\(files.request)")
            #expect(shown.channels.map(\.exitStatus) == [4, 3, 0])
            #expect(command.bytesIn == 10 && command.bytesOut == 10 + UInt64("from-the-command\n".utf8.count))
            #expect(shell.bytesIn > 0 && shell.bytesOut > 0 && files.bytesIn > 0 && files.bytesOut > 0)
            // The shell was there before the others, and ended after them; they came one after the other.
            let ends = try shown.channels.map { try #require($0.endedUs) }
            #expect(shell.openedUs < command.openedUs && command.openedUs < ends[1])
            #expect(ends[1] <= files.openedUs && files.openedUs < ends[2] && ends[2] < ends[0])
            #expect(shown.files.map(\.path) == [file] && shown.files.map(\.channel) == [files.channel])

            let marks = ["in-the-shell", "from-the-command"]
            for (channel, own) in [(shell, marks[0]), (command, marks[1])] {
                let words = ["recording", "transcript", id, "--channel", "\(channel.channel)"]
                let transcript = try self.gateway.command(words).text
                for mark in marks {
                    #expect(transcript.contains(mark) == (mark == own), "\(transcript)")
                }
                let player = try TerminalProcess(
                    [
                        Binaries.commandLine, "--state", self.gateway.state, "recording", "play", id, "--channel",
                        "\(channel.channel)", "--at", "9:00:00",
                    ], in: self.lab.scratch, environment: ["TERM": "xterm-256color"])
                try player.waitFor(own)
                // The help line is drawn below the screen, after it.
                try player.waitFor("quit")
                #expect(!player.screenText.contains(own == marks[0] ? marks[1] : marks[0]))
                try player.type("q")
                #expect(try player.wait() == .exited(0))
            }
        }
    }
}
