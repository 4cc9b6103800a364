import Foundation
import SallyportTesting
import Testing

extension EndToEnd {
    /// Commands without a terminal: exit codes, streams, their ends.
    @Suite("commands", .serialized, .laboratory)
    struct Exec {
        private var lab: Laboratory { .current }

        @Test(
            "the exit code of the command is the exit code of ssh",
            arguments: [0, 1, 2, 127, 128, 254, 255] as [Int32])
        func exitCode(_ code: Int32) throws {
            let outcome = try self.lab.ssh("echo out; exit \(code)")
            #expect(outcome.ending == .exited(code))
            #expect(outcome.text == "out\n")
            #expect(outcome.errorText.isEmpty)
        }

        @Test("a command that is not there ends with 127 and the shell's own words")
        func missingCommand() throws {
            let outcome = try self.lab.ssh("no-such-command-here")
            #expect(outcome.ending == .exited(127))
            #expect(outcome.errorText.contains("no-such-command-here"))
        }

        @Test(
            "death by a signal reaches ssh as a signal: 255, and its words on -v", arguments: ["KILL", "TERM", "HUP"])
        func deathBySignal(_ name: String) throws {
            let outcome = try self.lab.ssh("kill -\(name) $$", flags: ["-v"], options: ["LogLevel=DEBUG1"])
            #expect(outcome.ending == .exited(255))
            #expect(outcome.errorText.contains("rtype exit-signal"))
        }

        @Test("standard output and standard error stay apart and are complete at their end")
        func separateStreams() throws {
            let outcome = try self.lab.ssh(
                "seq 1 20000; seq 20001 40000 >&2; printf 'last out'; printf 'last err' >&2; exit 3")
            #expect(outcome.ending == .exited(3))
            #expect(outcome.text == (1...20000).map { "\($0)\n" }.joined() + "last out")
            #expect(outcome.errorText == (20001...40000).map { "\($0)\n" }.joined() + "last err")
        }

        @Test("a reader that closes early ends the flood: yes | head")
        func earlyClose() throws {
            let words = self.lab.client.ssh(self.lab.route(), "yes").map { "'\($0)'" }.joined(separator: " ")
            let outcome = try run(["sh", "-c", "\(words) | head -n 3"], in: self.lab.scratch)
            #expect(outcome.ending == .exited(0))
            #expect(outcome.text == "y\ny\ny\n")
            // The same with the reader on the target.
            let remote = try self.lab.ssh("yes | head -n 3")
            #expect(remote.ending == .exited(0))
            #expect(remote.text == "y\ny\ny\n")
        }

        @Test("every byte value passes unchanged both ways")
        func everyByte() throws {
            let bytes = Data((0..<64).flatMap { _ in UInt8.min...UInt8.max })
            let file = self.lab.scratch.path("every-byte")
            try bytes.write(to: URL(fileURLWithPath: file))
            let outcome = try self.lab.ssh("cat", input: .file(file))
            #expect(outcome.ending == .exited(0))
            #expect(outcome.output == bytes)
        }

        @Test("input sent before the target is connected arrives in full", .throughGateway)
        func earlyInput() throws {
            let proxy = try DelayingProxy(to: self.lab.target.port, after: .milliseconds(1500))
            defer { proxy.stop() }
            try self.lab.addTarget("far", port: proxy.port, hostKey: self.lab.target.hostKey)
            let text = (1...30000).map { "line \($0)\n" }.joined()
            let outcome = try run(
                self.lab.client.ssh(self.lab.route(to: "far"), "cat; echo done"), in: self.lab.scratch, typing: text)
            #expect(outcome.ending == .exited(0))
            #expect(outcome.text == text + "done\n")
        }

        @Test("the client may end its input and still get output")
        func inputEndsFirst() throws {
            let process = try RunningProcess(
                self.lab.client.ssh(self.lab.route(), "cat; sleep 0.3; echo after; exit 5"), in: self.lab.scratch,
                input: .pipe)
            try process.write("before\n")
            try process.waitForOutput("before\n")
            process.closeInput()
            let outcome = try process.wait()
            #expect(outcome.ending == .exited(5))
            #expect(outcome.text == "before\nafter\n")
        }

        @Test("the target may end its output and still get input")
        func outputEndsFirst() throws {
            let process = try RunningProcess(
                self.lab.client.ssh(
                    self.lab.route(),
                    "echo open; exec >&- 2>&-; cat >\(self.lab.target.path("half-close"))"),
                in: self.lab.scratch, input: .pipe, output: .pipe)
            var received = Data()
            while case let more = try process.read(atMost: 4096), !more.isEmpty { received += more }
            #expect(String(decoding: received, as: UTF8.self) == "open\n")
            #expect(process.poll() == nil)
            try process.write("sent after the end of output")
            process.closeInput()
            #expect(try process.wait().ending == .exited(0))
            let arrived = self.lab.target.file("half-close") ?? Data()
            #expect(String(decoding: arrived, as: UTF8.self) == "sent after the end of output")
        }

        @Test("environment variables arrive as they were sent")
        func environment() throws {
            let outcome = try self.lab.ssh(
                "printf '%s|%s' \"$LC_ONE\" \"$LC_TWO\"", options: ["SendEnv=LC_ONE", "SendEnv=LC_TWO"],
                environment: ["LC_ONE": "a b=c", "LC_TWO": "grüße"])
            #expect(outcome.text == "a b=c|grüße")
        }

        @Test("a subsystem that the target lacks is refused in the target's way")
        func unknownSubsystem() throws {
            let outcome = try self.lab.client.runSSH(self.lab.route(), flags: ["-s"], "no-such-subsystem")
            #expect(outcome.ending == .exited(255))
            #expect(outcome.errorText.contains("subsystem request failed"))
        }

        @Test("ten sessions at once each get their own output")
        func parallelSessions() throws {
            let running = try (1...10).map { number in
                try RunningProcess(
                    self.lab.client.ssh(
                        self.lab.route(), "for i in $(seq 1 200); do echo \(number) $i; done; sleep 1; exit \(number)"),
                    in: self.lab.scratch)
            }
            for (process, number) in zip(running, 1...10) {
                let outcome = try process.wait(within: .seconds(120))
                #expect(outcome.ending == .exited(Int32(number)))
                #expect(outcome.text == (1...200).map { "\(number) \($0)\n" }.joined())
            }
        }

        @Test("several channels share one connection through ControlMaster")
        func controlMaster() throws {
            let path = self.lab.scratch.path("m")
            let route = self.lab.route().with("ControlPath=\(path)")
            let master = try RunningProcess(
                self.lab.client.ssh(route.with("ControlMaster=yes"), flags: ["-N"]), in: self.lab.scratch)
            try waitUntil("the master listens; \(master.errorText)") {
                FileManager.default.fileExists(atPath: path)
            }
            let running = try (1...5).map { number in
                try RunningProcess(
                    self.lab.client.ssh(
                        route.with("ControlMaster=no"), "cat; echo \(number) >&2; exit \(number)"),
                    in: self.lab.scratch, input: .pipe)
            }
            for (process, number) in zip(running, 1...5) { try process.write("to \(number)\n") }
            for (process, number) in zip(running, 1...5) {
                try process.waitForOutput("to \(number)\n")
                process.closeInput()
                let outcome = try process.wait()
                #expect(outcome.ending == .exited(Int32(number)))
                #expect(outcome.text == "to \(number)\n")
                #expect(outcome.errorText == "\(number)\n")
            }
            // A terminal among them, after the others are gone.
            let terminal = try TerminalProcess(
                self.lab.client.ssh(route.with("ControlMaster=no"), flags: ["-t"], "tty && exit 6"),
                in: self.lab.scratch)
            #expect(try terminal.wait() == .exited(6))
            #expect(terminal.screenText.contains("/dev/pts/"))
            #expect(master.poll() == nil)
            master.terminate()
        }

        @Test("a session outlives silence, with keepalives from the client")
        func keepalive() throws {
            let outcome = try self.lab.ssh(
                "sleep 4; echo still here", options: ["ServerAliveInterval=1", "ServerAliveCountMax=2"])
            #expect(outcome.ending == .exited(0))
            #expect(outcome.text == "still here\n")
        }

        @Test("when the client dies, the command on the target loses its streams, and the worker ends")
        func clientDies() throws {
            let process = try RunningProcess(
                self.lab.client.ssh(
                    self.lab.route(), "echo $$; cat; echo gone >\(self.lab.target.path("client-died"))"),
                in: self.lab.scratch, input: .pipe)
            try process.waitForOutput("\n")
            process.kill()
            try waitUntil("the command sees the end of its input") { self.lab.target.file("client-died") != nil }
            if !Laboratory.isDirect {
                try waitUntil("the session is over") { try self.lab.gateway.sessions().isEmpty }
                try waitUntil("the worker is gone") { self.lab.gateway.workers.isEmpty }
            }
        }
    }
}
