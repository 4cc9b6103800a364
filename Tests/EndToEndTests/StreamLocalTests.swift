import Foundation
import SallyportTesting
import Testing

extension EndToEnd {
    /// Forwards to and from Unix sockets: `ssh -L PORT:/PATH`, `ssh -R /PATH:…`.
    @Suite("forwards of Unix sockets", .serialized, .laboratory, .throughGateway)
    struct StreamLocal {
        private var lab: Laboratory { .current }
        private var gateway: TestGateway { self.lab.gateway }

        /// Gives back what a connection sends, with a mark behind it, at a socket of the target's.
        private func echo(at path: String) throws -> RunningProcess {
            let process = try RunningProcess(
                ["socat", "UNIX-LISTEN:\(path),fork,mode=666", "SYSTEM:cat; echo planted-end"], in: self.lab.scratch)
            try waitUntil("\(path) is listened at") { FileManager.default.fileExists(atPath: path) }
            return process
        }

        /// What comes back through the client's socket.
        private func exchange(_ path: String, _ text: String) throws -> String {
            try run(["socat", "-t", "20", "-", "UNIX-CONNECT:\(path)"], in: self.lab.scratch, typing: text).text
        }

        private func tunnel(to target: String, _ flags: [String]) throws -> RunningProcess {
            try RunningProcess(
                self.lab.client.ssh(
                    self.lab.route(to: target).with("LogLevel=INFO", "ExitOnForwardFailure=yes"),
                    flags: ["-N"] + flags), in: self.lab.scratch)
        }

        @Test("a local forward reaches a socket that the grant names, half-closed and whole, and is in the recording")
        func local() throws {
            let path = self.lab.target.path("local.sock")
            let server = try self.echo(at: path)
            defer { server.kill() }
            let folder = String(path.dropLast("local.sock".count))
            let target = try self.lab.forwardTarget("path-local", "--forward", "\(folder)*.sock")
            let here = self.lab.scratch.path("here.sock")
            let entry = try self.lab.recorded {
                let tunnel = try self.tunnel(to: target, ["-L", "\(here):\(path)"])
                defer { tunnel.terminate() }
                try waitUntil("the client listens; \(tunnel.errorText)") {
                    FileManager.default.fileExists(atPath: here)
                }
                #expect(try self.exchange(here, "planted-question\n") == "planted-question\nplanted-end\n")
            }
            let forward = try #require(try self.lab.forwards(of: entry).first)
            #expect(forward.type == "direct-streamlocal@openssh.com")
            #expect(forward.host == path && forward.port == 0)
            #expect(forward.bytesIn == 17 && forward.bytesOut == 29)
            #expect(forward.refusal == nil)
            let events = try self.gateway.administer("recording", "export", entry, "--format", "ndjson")
            #expect(events.contains("planted-question") && events.contains("planted-end"))
            let shown = try self.gateway.administer("recording", "show", entry)
            #expect(shown.contains(path) && !shown.contains("\(path):0"))
            try self.gateway.administer("recording", "verify", entry)
        }

        @Test(
            "a path that the grant does not name, or that goes round, is refused, recorded and audited",
            arguments: ["outside.sock", "inside/../outside.sock", "inside//a.sock", "inside/./a.sock"])
        func localRefused(name: String) throws {
            let path = self.lab.target.path("outside.sock")
            let server = try self.echo(at: path)
            defer {
                server.kill()
                try? FileManager.default.removeItem(atPath: path)
            }
            let folder = String(path.dropLast("outside.sock".count))
            let target = try self.lab.forwardTarget(
                "path-\(UInt32.random(in: 0...UInt32.max))", "--forward", "\(folder)inside/*,*:*")
            let here = self.lab.scratch.freshPath("sock")
            let before = try self.gateway.lastAuditSequence()
            let entry = try self.lab.recorded {
                let tunnel = try self.tunnel(to: target, ["-L", "\(here):\(folder)\(name)"])
                defer { tunnel.terminate() }
                try waitUntil("the client listens; \(tunnel.errorText)") {
                    FileManager.default.fileExists(atPath: here)
                }
                #expect(try self.exchange(here, "planted-question\n").isEmpty)
                try waitUntil("the client is told; \(tunnel.errorText)") {
                    tunnel.errorText.contains("administratively prohibited: not permitted by the grant: \(folder)")
                }
            }
            let forward = try #require(try self.lab.forwards(of: entry).first)
            #expect(forward.refusal == "not permitted by the grant: \(folder)\(name)")
            let row = try #require(try self.gateway.audited(AuditCodes.channelRefused, after: before).first)
            #expect(row.fields["channel"] == "local-forward")
            #expect(row.fields["place"] == folder + name)
        }

        @Test("the target's own reason for a socket that isn't there reaches the client")
        func nobodyThere() throws {
            let target = try self.lab.forwardTarget("path-nobody", "--forward", "/**")
            let here = self.lab.scratch.path("nobody.sock")
            let entry = try self.lab.recorded {
                let tunnel = try self.tunnel(to: target, ["-L", "\(here):/nowhere/at.all"])
                defer { tunnel.terminate() }
                try waitUntil("the client listens; \(tunnel.errorText)") {
                    FileManager.default.fileExists(atPath: here)
                }
                #expect(try self.exchange(here, "x").isEmpty)
                try waitUntil("the client is told; \(tunnel.errorText)") {
                    tunnel.errorText.contains("open failed: connect failed: open failed")
                }
            }
            #expect(try self.lab.forwards(of: entry).first?.refusal == "open failed")
        }

        @Test("SSH inside a forwarded socket is cut as it is inside a port")
        func nested() throws {
            let path = self.lab.target.path("ssh.sock")
            let server = try RunningProcess(
                ["socat", "UNIX-LISTEN:\(path),fork,mode=666", "TCP:127.0.0.1:\(self.lab.target.port)"],
                in: self.lab.scratch)
            defer { server.kill() }
            try waitUntil("the socket is there") { FileManager.default.fileExists(atPath: path) }
            let target = try self.lab.forwardTarget("path-nested", "--forward", path)
            let here = self.lab.scratch.path("nested.sock")
            let before = try self.gateway.lastAuditSequence()
            let tunnel = try self.tunnel(to: target, ["-L", "\(here):\(path)"])
            defer { tunnel.terminate() }
            try waitUntil("the client listens") { FileManager.default.fileExists(atPath: here) }
            #expect(try self.exchange(here, "SSH-2.0-planted\r\n").contains("not permitted"))
            let row = try #require(try self.gateway.audited(AuditCodes.nestedSSH, after: before).first)
            #expect(row.fields["place"] == path && row.fields["cut"] == "true")
        }

        @Test("a remote forward listens at a socket that the grant names, and brings connections to the client's side")
        func remote() throws {
            let web = try WebServer(in: self.lab.scratch)
            let path = self.lab.target.path("remote.sock")
            let target = try self.lab.forwardTarget("path-remote", "--listen", path)
            let entry = try self.lab.recorded {
                let tunnel = try self.tunnel(to: target, ["-R", "\(path):127.0.0.1:\(web.port)"])
                defer { tunnel.terminate() }
                try waitUntil("the target listens; \(tunnel.errorText)") {
                    FileManager.default.fileExists(atPath: path)
                }
                let answer = try run(
                    ["curl", "-sS", "-m", "20", "--unix-socket", path, "http://target/page"], in: self.lab.scratch)
                #expect(answer.text == web.page, "\(answer.errorText)")
            }
            let forward = try #require(try self.lab.forwards(of: entry).first)
            #expect(forward.type == "forwarded-streamlocal@openssh.com" && forward.host == path)
            let events = try self.gateway.administer("recording", "export", entry, "--format", "ndjson")
            #expect(events.contains("streamlocal-forward@openssh.com") && events.contains("planted-page"))
        }

        @Test("a socket that the grant does not name is not listened at, and one that it names can be given up")
        func remoteRefusedAndCancelled() throws {
            let path = self.lab.target.path("asked.sock")
            let refusing = try self.lab.forwardTarget("path-refused")
            let before = try self.gateway.lastAuditSequence()
            let refused = try self.lab.client.runSSH(
                self.lab.route(to: refusing).with("ExitOnForwardFailure=yes"), flags: ["-R", "\(path):127.0.0.1:9"],
                "echo ran")
            #expect(refused.code != 0 && refused.text.isEmpty)
            #expect(!FileManager.default.fileExists(atPath: path))
            let row = try #require(try self.gateway.audited(AuditCodes.channelRefused, after: before).first)
            #expect(row.fields["channel"] == "remote-forward" && row.fields["place"] == path)

            let target = try self.lab.forwardTarget("path-cancel", "--listen", path)
            let control = self.lab.scratch.path("path-control")
            let route = self.lab.route(to: target).with("ControlPath=\(control)")
            let master = try RunningProcess(self.lab.client.ssh(route, flags: ["-M", "-N"]), in: self.lab.scratch)
            defer { master.terminate() }
            try waitUntil("the connection is up") { FileManager.default.fileExists(atPath: control) }
            for _ in 1...2 {
                let begun = try self.lab.client.runSSH(
                    route, flags: ["-O", "forward", "-R", "\(path):127.0.0.1:9"])
                #expect(begun.code == 0, "\(begun.errorText)")
                #expect(FileManager.default.fileExists(atPath: path))
                let ended = try self.lab.client.runSSH(route, flags: ["-O", "cancel", "-R", "\(path):127.0.0.1:9"])
                #expect(ended.code == 0, "\(ended.errorText)")
                try waitUntil("nobody listens") {
                    try run(["socat", "-u", "OPEN:/dev/null", "UNIX-CONNECT:\(path)"], in: self.lab.scratch).code != 0
                }
                try? FileManager.default.removeItem(atPath: path)
            }
        }
    }
}
