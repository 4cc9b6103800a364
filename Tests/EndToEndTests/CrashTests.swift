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
        /// Shown by the target; what comes after a line is known, so that the whole stream is.
        private static let flood = "stty -echo -onlcr; i=0; while :; do i=$((i+1)); echo \"$i of the flood\"; done"
        /// How far the recording may end before the crash, in seconds.
        private static let lag = 1.0

        @Test(
            "nothing that the client got is lost, and the file opens, verifies and is sealed as interrupted",
            arguments: Victim.allCases)
        func crash(of victim: Victim) throws {
            let lab = try Laboratory()
            defer { lab.dispose() }
            for number in 0..<max(1, Self.moments / Victim.allCases.count) {
                let delay = Double.random(in: 0...1.5)
                // Every other one finds the process in the middle of a write.
                try Self.crash(lab, victim, after: delay, tearing: number.isMultiple(of: 2))
            }
            #expect(try lab.ssh("echo next").text == "next\n")
        }

        private static func crash(_ lab: Laboratory, _ victim: Victim, after delay: Double, tearing: Bool) throws {
            let files = try Self.files(lab)
            let known = Set(try lab.gateway.recordings().map(\.id))
            let client = try RunningProcess(
                lab.client.ssh(lab.route(), flags: ["-tt"], self.flood), in: lab.scratch, input: .pipe)
            try client.waitForOutput("1 of the flood\n")
            let begin = ContinuousClock.now
            var typed = ""
            while ContinuousClock.now < begin + .seconds(delay) {
                let key = "abcdefghijklmnopqrstuvwxyz".randomElement() ?? "a"
                try client.write(String(key))
                typed.append(key)
                usleep(5_000)
            }
            let worker = try #require(lab.gateway.workers.first)
            let file = try #require(try Self.files(lab).subtracting(files).first)
            let elapsed = (ContinuousClock.now - begin) / .seconds(1)
            try Self.kill(victim, worker: worker, of: lab.gateway, tearing: tearing ? file : nil)
            let captured = try client.wait(within: .seconds(20)).output
            if victim != .worker { try lab.gateway.start() }

            let about: Comment = "\(victim) after \(delay) s, torn: \(tearing); \(lab.gateway.log)"
            let sealed = try? lab.gateway.sealedRecordings(since: known, count: 1)
            let entry = try #require(sealed?.first, about)
            #expect(entry.how == "interrupted", about)
            #expect(try lab.gateway.command(["recording", "verify", entry.path]).code == 0, about)
            let cast = try Cast(
                try lab.gateway.administer(
                    "recording", "export", entry.path, "--format", "asciicast-v2", "--input"))
            #expect(Self.begins(cast.output, with: captured), "the client got what is not recorded; \(about)")
            #expect(Self.isFlood(cast.output), "what is recorded was not shown by the target; \(about)")
            #expect(typed.hasPrefix(cast.input), "what is recorded was not typed; \(about)")
            #expect(cast.lastOutput - cast.firstOutput > elapsed - self.lag, about)
        }

        /// - Parameter file: what is torn when the victim is dead and nobody has looked after it yet; nil for nothing.
        private static func kill(
            _ victim: Victim, worker: pid_t, of gateway: TestGateway, tearing file: String?
        ) throws {
            let broker = gateway.pid
            switch victim {
            case .worker:
                Glibc.kill(broker, SIGSTOP)
                Glibc.kill(worker, SIGKILL)
                try waitUntil("the worker is dead") { !ProcessTable.isRunning(worker) }
                if let file { try Self.tear(file) }
                Glibc.kill(broker, SIGCONT)
            case .broker, .both:
                // A broker that lives on for a moment may seal the file: nothing can be torn after that.
                if file != nil { Glibc.kill(broker, SIGSTOP) }
                if victim == .both { Glibc.kill(worker, SIGKILL) }
                Glibc.kill(broker, SIGKILL)
                try waitUntil("both are dead") { !ProcessTable.isRunning(worker) && !gateway.isRunning }
                if let file { try Self.tear(file) }
            }
        }

        /// Leaves what a write leaves that did not come to its end: the beginning of a frame.
        private static func tear(_ file: String) throws {
            let handle = try #require(FileHandle(forWritingAtPath: file))
            try handle.seekToEnd()
            let body = (0..<Int.random(in: 0...500)).map { _ in UInt8.random(in: 0...255) }
            try handle.write(contentsOf: ([0x11, 0x80, 0x20] + body).prefix(Int.random(in: 1...504)))
            try handle.close()
        }

        private static func files(_ lab: Laboratory) throws -> Set<String> {
            let found = try output(of: ["find", lab.gateway.state + "/recordings", "-name", "*.spr"], in: lab.scratch)
            return Set(found.split(separator: "\n").map(String.init))
        }

        private static func begins(_ whole: Data, with beginning: Data) -> Bool {
            whole.prefix(beginning.count) == beginning
        }

        /// Whether it is `1 of the flood` and so on, up to anywhere within a line.
        private static func isFlood(_ bytes: Data) -> Bool {
            let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
            return lines.enumerated().allSatisfy { index, line in
                let expected = Data("\(index + 1) of the flood".utf8)
                return index + 1 < lines.count ? line == expected : expected.starts(with: line)
            }
        }
    }
}

/// What an asciicast v2 file (docs.asciinema.org) shows.
private struct Cast {
    var output = Data()
    var input = ""
    /// Seconds since the start of the session.
    var firstOutput = 0.0
    var lastOutput = 0.0

    init(_ text: String) throws {
        for line in text.split(separator: "\n").dropFirst() {
            let event = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [Any])
            let time = try #require(event[0] as? Double)
            let data = try #require(event[2] as? String)
            switch event[1] as? String {
            case "o":
                if self.output.isEmpty { self.firstOutput = time }
                self.lastOutput = time
                self.output += Data(data.utf8)
            case "i": self.input += data
            default: break
            }
        }
    }
}
