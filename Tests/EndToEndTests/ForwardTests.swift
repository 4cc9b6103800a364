import Foundation
import Glibc
import SallyportTesting
import Testing

extension EndToEnd {
    /// Forwarded connections: each kind permitted and refused, recorded, and audited.
    @Suite("forwards", .serialized, .laboratory, .throughGateway)
    struct Forwards {
        private var lab: Laboratory { .current }
        private var gateway: TestGateway { self.lab.gateway }

        // MARK: Local

        @Test("a local forward carries a whole exchange to a place that the grant names, and is in the recording")
        func local() throws {
            let web = try WebServer(in: self.lab.scratch)
            let target = try self.lab.forwardTarget("local", "--forward", "127.0.0.1:\(web.port)")
            let entry = try self.lab.recorded {
                let tunnel = try self.lab.tunnel(to: target, ["-L", "0:127.0.0.1:\(web.port)"].freshPort(at: 1))
                let answer = try run(
                    ["curl", "-sS", "http://127.0.0.1:\(tunnel.port)/page?planted-question"], in: self.lab.scratch)
                #expect(answer.text == web.page)
                tunnel.process.terminate()
            }
            let forward = try #require(try self.lab.forwards(of: entry).first)
            #expect(forward.type == "direct-tcpip")
            #expect(forward.host == "127.0.0.1")
            #expect(forward.port == web.port)
            #expect(forward.refusal == nil)
            #expect(forward.bytesIn > 50)
            #expect(forward.bytesOut > UInt64(web.page.utf8.count))
            let events = try self.gateway.administer("recording", "export", entry, "--format", "ndjson")
            #expect(events.contains("planted-question"))
            #expect(events.contains("planted-page"))
            try self.gateway.administer("recording", "verify", entry)
        }

        @Test("a place that the grant does not name is refused, in the client's words, and audited")
        func localRefused() throws {
            let web = try WebServer(in: self.lab.scratch)
            let target = try self.lab.forwardTarget("local-refused", "--forward", "db1:5432,10.0.0.0/8:*")
            let before = try self.gateway.lastAuditSequence()
            let entry = try self.lab.recorded {
                let tunnel = try self.lab.tunnel(
                    to: target, ["-L", "0:127.0.0.1:\(web.port)"].freshPort(at: 1), options: ["LogLevel=INFO"])
                let answer = try run(
                    ["curl", "-sS", "-m", "20", "http://127.0.0.1:\(tunnel.port)/page"], in: self.lab.scratch)
                #expect(answer.code != 0)
                #expect(answer.text.isEmpty)
                #expect(tunnel.process.errorText.contains("administratively prohibited"))
                tunnel.process.terminate()
            }
            let forward = try #require(try self.lab.forwards(of: entry).first)
            #expect(forward.refusal?.contains("not permitted by the grant: 127.0.0.1:\(web.port)") == true)
            let rows = try self.gateway.audited(AuditCodes.channelRefused, after: before)
            #expect(rows.first?.fields["channel"] == "local-forward")
            #expect(rows.first?.fields["place"] == "127.0.0.1:\(web.port)")
            #expect(rows.first?.fields["cause"] == "not-granted")
        }

        @Test("a grant that names no place lets forwards reach the target itself, and nothing else")
        func targetItself() throws {
            let web = try WebServer(in: self.lab.scratch)
            let target = try self.lab.forwardTarget("itself")
            for (host, isPermitted) in [
                ("localhost", true), ("127.0.0.1", true), ("127.0.0.2", false), ("127.1", false),
            ] {
                let outcome = try run(
                    self.lab.client.ssh(self.lab.route(to: target), flags: ["-W", "\(host):\(web.port)"]),
                    in: self.lab.scratch, typing: "GET /page HTTP/1.0\r\n\r\n")
                #expect(outcome.text.contains("planted-page") == isPermitted, "\(host): \(outcome.errorText)")
            }
        }

        @Test("-W passes a half-closed connection's last bytes and every byte value, a MiB each way")
        func binary() throws {
            let target = try self.lab.forwardTarget("binary")
            let port = try freePort()
            let reversing = try RunningProcess(
                [
                    "socat", "TCP-LISTEN:\(port),bind=127.0.0.1,reuseaddr",
                    "SYSTEM:sha256sum; head -c 1048576 /dev/zero",
                ],
                in: self.lab.scratch)
            defer { reversing.kill() }
            try waitForListener(port: port)
            let sent = self.lab.scratch.path("binary")
            try output(of: ["sh", "-c", "head -c 1048576 /dev/urandom >\(sent)"], in: self.lab.scratch)
            let expected = try output(of: ["sha256sum", sent], in: self.lab.scratch).prefix(64)
            let outcome = try run(
                self.lab.client.ssh(self.lab.route(to: target), flags: ["-W", "localhost:\(port)"]),
                in: self.lab.scratch, input: .file(sent))
            #expect(outcome.text.hasPrefix(expected), "\(outcome.errorText)")
            #expect(outcome.output.count > 1_048_576 + 64)
        }

        @Test("a dynamic forward is judged connection by connection")
        func dynamic() throws {
            let web = try WebServer(in: self.lab.scratch)
            let target = try self.lab.forwardTarget("dynamic", "--forward", "localhost:\(web.port),*.example:*")
            let tunnel = try self.lab.tunnel(to: target, ["-D", "0"].freshPort(at: 1, alone: true))
            defer { tunnel.process.terminate() }
            let proxy = ["curl", "-sS", "-m", "20", "--socks5-hostname", "127.0.0.1:\(tunnel.port)"]
            #expect(
                try run(proxy + ["http://localhost:\(web.port)/page"], in: self.lab.scratch).text == web.page)
            let refused = try run(proxy + ["http://127.0.0.1:\(web.port)/page"], in: self.lab.scratch)
            #expect(refused.code != 0)
            #expect(refused.text.isEmpty)
        }

        @Test("a place where nobody listens is refused by the target, and the session goes on")
        func nobodyThere() throws {
            let target = try self.lab.forwardTarget("nobody")
            let port = try freePort()
            var said: [String] = []
            for route in [
                self.lab.route(to: target),
                Route(port: self.lab.target.port, login: self.lab.target.login, identity: self.lab.target.key),
            ] {
                let outcome = try self.lab.client.runSSH(
                    route.with("LogLevel=INFO"), flags: ["-W", "localhost:\(port)"])
                #expect(outcome.code != 0)
                said.append(outcome.errorText)
            }
            // The target's own reason and words.
            #expect(said[0].contains("open failed: connect failed: Connection refused"))
            #expect(said[0] == said[1])
            #expect(try self.lab.client.runSSH(self.lab.route(to: target), "echo on").text == "on\n")
        }

        // MARK: SSH inside

        @Test("another SSH connection inside a forward is cut and audited, unless the grant permits it")
        func nested() throws {
            let port = self.lab.target.port
            let closed = try self.lab.forwardTarget("nested-closed", "--forward", "localhost:\(port)")
            let open = try self.lab.forwardTarget(
                "nested-open", "--forward", "localhost:\(port)", "--nested-ssh")
            for (target, isPermitted) in [(closed, false), (open, true)] {
                let before = try self.gateway.lastAuditSequence()
                let entry = try self.lab.recorded {
                    let tunnel = try self.lab.tunnel(to: target, ["-L", "0:localhost:\(port)"].freshPort(at: 1))
                    try self.lab.client.trust(port: tunnel.port, publicLine: self.lab.target.hostKey.publicLine)
                    var route = self.lab.route()
                    route.port = tunnel.port
                    route.login = self.lab.target.login
                    route.identity = self.lab.target.key
                    let outcome = try self.lab.client.runSSH(route, "echo inside")
                    #expect((outcome.text == "inside\n") == isPermitted, "\(outcome.errorText)")
                    tunnel.process.terminate()
                }
                let rows = try self.gateway.audited(AuditCodes.nestedSSH, after: before)
                #expect(rows.first?.fields["cut"] == "\(!isPermitted)")
                #expect(rows.first?.fields["place"] == "localhost:\(port)")
                let forward = try #require(try self.lab.forwards(of: entry).first)
                #expect(forward.remarks.contains { $0.contains("SSH connection inside the forward") })
            }
        }

        // MARK: Remote

        @Test("a remote forward, also to a port that the target chooses, brings connections to the client's side")
        func remote() throws {
            let web = try WebServer(in: self.lab.scratch)
            let target = try self.lab.forwardTarget("remote")
            let port = try freePort()
            let entry = try self.lab.recorded {
                let tunnel = try RunningProcess(
                    self.lab.client.ssh(
                        self.lab.route(to: target).with("LogLevel=INFO", "ExitOnForwardFailure=yes"),
                        flags: [
                            "-N", "-R", "\(port):127.0.0.1:\(web.port)", "-R", "0:127.0.0.1:\(web.port)",
                        ]), in: self.lab.scratch)
                defer { tunnel.terminate() }
                try waitUntil("the target has chosen a port; \(tunnel.errorText)") {
                    tunnel.errorText.contains("Allocated port ")
                }
                let chosen = try #require(
                    tunnel.errorText.split(separator: "Allocated port ").last?.prefix { $0.isNumber })
                for listening in ["\(port)", String(chosen)] {
                    let answer = try run(
                        ["curl", "-sS", "-m", "20", "http://127.0.0.1:\(listening)/page"], in: self.lab.scratch)
                    #expect(answer.text == web.page, "\(listening): \(answer.errorText)")
                }
            }
            let forwards = try self.lab.forwards(of: entry)
            #expect(forwards.count == 2)
            #expect(forwards.allSatisfy { $0.type == "forwarded-tcpip" && $0.refusal == nil && $0.bytesIn > 100 })
            let events = try self.gateway.administer("recording", "export", entry, "--format", "ndjson")
            #expect(events.contains("tcpip-forward"))
            #expect(events.contains("the target chose port"))
            #expect(events.contains("planted-page"))
        }

        @Test("an address that the grant does not name, and a grant without the kind, are refused")
        func remoteRefused() throws {
            let target = try self.lab.forwardTarget("remote-refused")
            let none = "web1"
            for (name, place) in [(target, "*:\(try freePort())"), (none, "localhost:\(try freePort())")] {
                let before = try self.gateway.lastAuditSequence()
                let outcome = try self.lab.client.runSSH(
                    self.lab.route(to: name).with("ExitOnForwardFailure=yes"),
                    flags: ["-R", "\(place):127.0.0.1:9"], "echo ran")
                #expect(outcome.code != 0)
                #expect(outcome.text.isEmpty)
                let rows = try self.gateway.audited(AuditCodes.channelRefused, after: before)
                #expect(rows.first?.fields["channel"] == "remote-forward")
            }
        }

        // MARK: A shared connection

        @Test("a shared connection adds and cancels forwards while it runs")
        func controlMaster() throws {
            let web = try WebServer(in: self.lab.scratch)
            let target = try self.lab.forwardTarget("master")
            let socket = self.lab.scratch.path("control")
            let route = self.lab.route(to: target).with("ControlPath=\(socket)")
            let master = try RunningProcess(
                self.lab.client.ssh(route, flags: ["-M", "-N"]), in: self.lab.scratch)
            defer { master.terminate() }
            try waitUntil("the connection is up") { FileManager.default.fileExists(atPath: socket) }
            let (there, here) = (try freePort(), try freePort())
            func control(_ verb: String, _ words: String...) throws -> Outcome {
                try self.lab.client.runSSH(route, flags: ["-O", verb] + words)
            }
            func fetch(_ port: Int) throws -> String {
                try run(["curl", "-sS", "-m", "20", "http://127.0.0.1:\(port)/page"], in: self.lab.scratch).text
            }
            for (flag, port) in [("-L", here), ("-R", there)] {
                let place = "\(port):127.0.0.1:\(web.port)"
                #expect(try control("forward", flag, place).code == 0)
                #expect(try fetch(port) == web.page, "\(flag)")
                #expect(try control("cancel", flag, place).code == 0)
                #expect(try fetch(port).isEmpty, "\(flag)")
            }
            // Cancelled is not forgotten: the same may be asked for again.
            #expect(try control("forward", "-R", "\(there):127.0.0.1:\(web.port)").code == 0)
            #expect(try fetch(there) == web.page)
            #expect(try self.lab.client.runSSH(route, "echo still").text == "still\n")
        }

        @Test("many connections at once through one forward, half-open ones beside them")
        func many() throws {
            let web = try WebServer(in: self.lab.scratch)
            let target = try self.lab.forwardTarget("many")
            let tunnel = try self.lab.tunnel(to: target, ["-L", "0:localhost:\(web.port)"].freshPort(at: 1))
            defer { tunnel.process.terminate() }
            let script = """
                exec 7<>/dev/tcp/127.0.0.1/\(tunnel.port) 8<>/dev/tcp/127.0.0.1/\(tunnel.port)
                seq 60 | xargs -P 20 -I{} curl -sS -m 60 -o /dev/null -w '%{http_code}\\n' \
                    http://127.0.0.1:\(tunnel.port)/page | sort | uniq -c
                """
            let outcome = try run(["bash", "-c", script], in: self.lab.scratch, within: .seconds(120))
            #expect(outcome.text.split(whereSeparator: \.isWhitespace) == ["60", "200"], "\(outcome.errorText)")
        }
    }
}

// MARK: Tools of the suite

/// Files over HTTP on the loopback address.
final class WebServer {
    let port: Int
    let page = "planted-page\n" + String(repeating: "line of the page\n", count: 200)
    private let process: RunningProcess

    init(in scratch: Scratch) throws {
        self.port = try freePort()
        let directory = scratch.freshPath("web")
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        try Data(self.page.utf8).write(to: URL(fileURLWithPath: directory + "/page"))
        self.process = try RunningProcess(
            ["python3", "-m", "http.server", "--bind", "127.0.0.1", "--directory", directory, "\(self.port)"],
            in: scratch)
        try waitForListener(port: self.port)
    }

    deinit { self.process.kill() }
}

/// Waits until somebody listens at a port of the loopback address.
func waitForListener(port: Int) throws {
    let row = String(format: "0100007F:%04X 00000000:0000 0A", port)
    try waitUntil("port \(port) is listened at") {
        (try? String(contentsOfFile: "/proc/net/tcp", encoding: .utf8))?.contains(row) == true
    }
}

/// A row of `forwards` in `recording show --json`.
struct ShownForward: Decodable {
    let type: String
    let host: String
    let port: Int
    let bytesIn: UInt64
    let bytesOut: UInt64
    let refusal: String?
    let remarks: [String]
}

extension [String] {
    /// The words with a free port in place of the `0` that the word at `index` begins with.
    func freshPort(at index: Int, alone: Bool = false) throws -> (port: Int, words: [String]) {
        let port = try freePort()
        var words = self
        words[index] = alone ? "127.0.0.1:\(port)" : "127.0.0.1:\(port)" + words[index].dropFirst()
        return (port, words)
    }
}

extension Laboratory {
    /// A target of its own at which alice may forward, as `words` of the grant say.
    /// - returns: the name of the target.
    func forwardTarget(_ name: String, _ words: String..., user: String = "alice") throws -> String {
        try self.addTarget(name, port: self.target.port, hostKey: self.target.hostKey)
        let added = try self.gateway.command(
            [
                "grant", "add", "\(name)-forwards", "--user", user, "--target", name, "--account",
                self.target.login, "--allow", "local-forward,remote-forward",
            ] + words)
        guard added.code == 0 else { throw HarnessError("grant add: \(added.errorText)") }
        return name
    }

    /// A client that does nothing but forward, once it listens.
    func tunnel(
        to target: String, _ forward: (port: Int, words: [String]), options: [String] = []
    ) throws -> (port: Int, process: RunningProcess) {
        var route = self.route(to: target)
        route.options += options
        let process = try RunningProcess(
            self.client.ssh(route, flags: ["-N"] + forward.words), in: self.scratch)
        try waitForListener(port: forward.port)
        return (forward.port, process)
    }

    /// The id of the one recording that `body` makes.
    func recorded(_ body: () throws -> Void) throws -> String {
        let known = Set(try self.gateway.recordings().map(\.id))
        try body()
        return try self.gateway.sealedRecordings(since: known, count: 1)[0].id
    }

    func forwards(of recording: String) throws -> [ShownForward] {
        struct Shown: Decodable { let forwards: [ShownForward] }
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        let text = try self.gateway.administer("recording", "show", recording, "--json")
        return try decoder.decode(Shown.self, from: Data(text.utf8)).forwards
    }
}
