import Foundation
import Glibc
import SallyportTesting
import Testing

extension EndToEnd {
    /// kill -9 at random moments of a busy session. `SALLYPORT_CRASH_MOMENTS` says how many; 30 by default.
    @Suite("crashes at random moments", .serialized, .throughGateway)
    struct Crashes {
        enum Victim: String, CaseIterable, Sendable { case worker, broker, both }

        private static let moments =
            ProcessInfo.processInfo.environment["SALLYPORT_CRASH_MOMENTS"].flatMap(Int.init) ?? 30
        /// How far a recording may end before what was shown, in seconds.
        private static let lag = 1.0

        @Test(
            "nothing that either side got is lost, and the file opens, verifies and is sealed as interrupted",
            arguments: Victim.allCases)
        func crash(of victim: Victim) throws {
            let lab = try Laboratory()
            defer { lab.dispose() }
            // Without echo nothing of the keys would be kept otherwise.
            try lab.gateway.administer("grant", "remove", "alice-web1")
            try lab.gateway.administer(
                "grant", "add", "alice-web1", "--user", "alice", "--target", "web1", "--account", lab.target.login,
                "--allow", "exec", "--keystrokes", "all")
            for number in 0..<max(1, Self.moments / Victim.allCases.count) {
                // Every other one finds the process in the middle of a write, every other two as busy as it can be.
                let moment = Moment(
                    victim: victim, number: number, delay: Double.random(in: 0...1.5),
                    tornBytes: number.isMultiple(of: 2) ? Int.random(in: 1...504) : 0,
                    isFlooded: (number / 2).isMultiple(of: 2))
                try Self.crash(lab, at: moment)
            }
            #expect(try lab.ssh("echo next").text == "next\n")
        }

        private struct Moment {
            let victim: Victim
            let number: Int
            /// Seconds of the busy session.
            let delay: Double
            /// Of an unfinished frame that the process leaves behind.
            let tornBytes: Int
            let isFlooded: Bool

            var shownFile: String { "shown-\(self.number)" }
            var typedFile: String { "typed-\(self.number)" }

            /// What the target shows goes into one file first, and what it was sent into the other. Unless flooded it
            /// pauses now and then, so that no relay is ever behind.
            func program(in home: String) -> String {
                let pause = self.isFlooded ? "" : "[ $((i % 50)) -gt 0 ] || read -t 0.02 -u 9; "
                return """
                    exec bash -c 'cd \(home); stty raw -echo; exec 8>\(self.shownFile) 9<> <(:)
                    (i=0; while :; do i=$((i+1)); \(pause)line="$i of the flood at $EPOCHREALTIME"
                    echo "$line" >&8; echo "$line"; done) & exec cat >\(self.typedFile)'
                    """
            }
        }

        private static func crash(_ lab: Laboratory, at moment: Moment) throws {
            let files = try Self.files(lab)
            let known = Set(try lab.gateway.recordings().map(\.id))
            let audited = try lab.gateway.lastAuditSequence()
            // Should it not get through, it says how far it came.
            let client = try RunningProcess(
                lab.client.ssh(lab.route(), flags: ["-tt", "-v"], moment.program(in: lab.target.home)),
                in: lab.scratch, input: .pipe)
            try client.waitForOutput("1 of the flood", within: .seconds(60))
            var typed = "!"
            try client.write(typed)
            try waitUntil("the target gets a key") { lab.target.file(moment.typedFile)?.isEmpty == false }
            let end = ContinuousClock.now + .seconds(moment.delay)
            while ContinuousClock.now < end {
                let key = "abcdefghijklmnopqrstuvwxyz".randomElement() ?? "a"
                try client.write(String(key))
                typed.append(key)
                usleep(5_000)
            }
            let worker = try #require(lab.gateway.workers.first)
            let file = try #require(try Self.files(lab).subtracting(files).first)
            try Self.kill(moment, worker: worker, of: lab.gateway, file)
            let captured = try client.wait(within: .seconds(20)).output
            if moment.victim != .worker { try lab.gateway.start() }

            let about: Comment = "\(moment); \(lab.gateway.log.suffix(1000))"
            let sealed = try? lab.gateway.sealedRecordings(since: known, count: 1)
            let entry = try #require(sealed?.first, about)
            #expect(entry.how == "interrupted", about)
            let verified = try lab.gateway.command(["recording", "verify", entry.path])
            #expect(verified.code == 0, "\(verified.errorText); \(about)")
            if moment.victim != .worker {
                let rows = try lab.gateway.audit().filter {
                    $0.sequence > audited && $0.code == AuditCodes.sessionRecovered
                }
                // A broker that lives a little longer than its worker may have sealed the file.
                if moment.victim == .broker || moment.tornBytes > 0 { try #require(rows.count == 1, about) }
                #expect(rows.allSatisfy { $0.fields["torn_bytes"] == "\(moment.tornBytes)" }, "\(rows); \(about)")
            }

            let cast = try Cast(
                try lab.gateway.administer("recording", "export", entry.path, "--format", "asciicast-v2", "--input"))
            let shown = try #require(lab.target.file(moment.shownFile))
            let received = try #require(lab.target.file(moment.typedFile))
            #expect(cast.output.starts(with: captured), "the client got what is not recorded; \(about)")
            #expect(shown.starts(with: cast.output), "what is recorded was not shown by the target; \(about)")
            #expect(!received.isEmpty)
            #expect(cast.input.starts(with: received), "the target got what is not recorded; \(about)")
            #expect(Data(typed.utf8).starts(with: cast.input), "what is recorded was not typed; \(about)")
            if !moment.isFlooded {
                let last = try #require(Self.lastMoment(of: captured), about)
                let recorded = try Self.seconds(entry.started) + cast.lastOutput
                #expect(recorded > last - self.lag, "the recording plays to \(recorded), \(last) was shown; \(about)")
            }
        }

        private static func kill(_ moment: Moment, worker: pid_t, of gateway: TestGateway, _ file: String) throws {
            let broker = gateway.pid
            let isTorn = moment.tornBytes > 0
            // One that lives on for a moment may seal the file: nothing can be torn after that.
            if isTorn {
                Glibc.kill(broker, SIGSTOP)
                try waitUntil("the broker has stopped") { ProcessTable.isStopped(broker) }
            }
            if moment.victim != .broker { Glibc.kill(worker, SIGKILL) }
            if moment.victim != .worker { Glibc.kill(broker, SIGKILL) }
            try waitUntil("the victims are dead") {
                !ProcessTable.isRunning(worker) && (moment.victim == .worker || !gateway.isRunning)
            }
            if isTorn { try Self.tear(file, moment.tornBytes) }
            if moment.victim == .worker { Glibc.kill(broker, SIGCONT) }
        }

        /// Leaves what a write leaves that did not come to its end: the beginning of a frame.
        private static func tear(_ file: String, _ count: Int) throws {
            let handle = try #require(FileHandle(forWritingAtPath: file))
            try handle.seekToEnd()
            let body = (0..<count).map { _ in UInt8.random(in: 0...255) }
            try handle.write(contentsOf: ([0x11, 0x80, 0x20] + body).prefix(count))
            try handle.close()
        }

        private static func files(_ lab: Laboratory) throws -> Set<String> {
            let found = try output(of: ["find", lab.gateway.state + "/recordings", "-name", "*.spr"], in: lab.scratch)
            return Set(found.split(separator: "\n").map(String.init))
        }

        /// When the target showed the last whole line, by its own account: seconds since 1970.
        private static func lastMoment(of shown: Data) -> Double? {
            let lines = shown.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
            guard let line = lines.dropLast().last else { return nil }
            return String(decoding: line, as: UTF8.self).split(separator: " ").last.flatMap { Double($0) }
        }

        /// Since 1970.
        private static func seconds(_ timestamp: String) throws -> Double {
            let style = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
            return try style.parse(timestamp).timeIntervalSince1970
        }
    }
}

/// What an asciicast v2 file (docs.asciinema.org) shows.
private struct Cast {
    var output = Data()
    var input = Data()
    /// Seconds since the start of the session.
    var lastOutput = 0.0

    init(_ text: String) throws {
        for line in text.split(separator: "\n").dropFirst() {
            let event = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [Any])
            let time = try #require(event[0] as? Double)
            let data = try #require(event[2] as? String)
            switch event[1] as? String {
            case "o":
                self.lastOutput = time
                self.output += Data(data.utf8)
            case "i": self.input += Data(data.utf8)
            default: break
            }
        }
    }
}
