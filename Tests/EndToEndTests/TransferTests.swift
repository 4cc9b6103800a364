import Foundation
import Glibc
import SallyportTesting
import Testing

extension EndToEnd {
    /// 256 MiB that don't compress, each way and each stock tool.
    @Suite("transfers", .serialized, .laboratory)
    struct Transfers {
        private static let mebibytes = 256
        private static let limit = Duration.seconds(300)
        private var lab: Laboratory { .current }

        /// A file of random bytes, made once for the suite's laboratory.
        private func source() throws -> String {
            let path = self.lab.scratch.path("random")
            if !FileManager.default.fileExists(atPath: path) {
                try output(
                    of: ["sh", "-c", "head -c \(Self.mebibytes)M /dev/urandom >\(path)"], in: self.lab.scratch)
            }
            return path
        }

        private func md5(_ path: String) throws -> String {
            try String(output(of: ["md5sum", path], in: self.lab.scratch).prefix(32))
        }

        /// A file on the target with the bytes of ``source()``, put there without the network.
        private func sourceOnTarget() throws -> String {
            let path = self.lab.target.path("random")
            if !FileManager.default.fileExists(atPath: path) {
                try FileManager.default.copyItem(atPath: self.source(), toPath: path)
                chmod(path, 0o644)
            }
            return path
        }

        @Test("scp and sftp bring and fetch a file unchanged", arguments: ["scp", "scp -O", "sftp"])
        func fileTools(_ tool: String) throws {
            let route = self.lab.route()
            let source = try self.source()
            let fetched = self.lab.scratch.path("fetched")
            let brought = self.lab.target.path("brought")
            defer { for path in [fetched, brought] { try? FileManager.default.removeItem(atPath: path) } }

            let commands: (up: [String], down: [String])
            switch tool {
            case "sftp":
                commands = (self.lab.client.sftp(route), self.lab.client.sftp(route))
            default:
                let legacy = tool == "scp -O"
                commands = (
                    self.lab.client.scp(route, from: source, to: "127.0.0.1:\(brought)", legacy: legacy),
                    self.lab.client.scp(route, from: "127.0.0.1:\(brought)", to: fetched, legacy: legacy)
                )
            }
            let up = try run(
                commands.up, in: self.lab.scratch, typing: tool == "sftp" ? "put \(source) \(brought)\n" : "",
                within: Self.limit)
            #expect(up.ending == .exited(0), "\(up.errorText)")
            let down = try run(
                commands.down, in: self.lab.scratch, typing: tool == "sftp" ? "get \(brought) \(fetched)\n" : "",
                within: Self.limit)
            #expect(down.ending == .exited(0), "\(down.errorText)")
            let expected = try self.md5(source)
            #expect(try self.md5(brought) == expected)
            #expect(try self.md5(fetched) == expected)
        }

        @Test("a pipe through a command is identical, up and down")
        func pipes() throws {
            let source = try self.source()
            let expected = try self.md5(source)
            let up = try self.lab.ssh("md5sum", input: .file(source), within: Self.limit)
            #expect(up.ending == .exited(0))
            #expect(up.text.hasPrefix(expected))

            let words = try self.lab.client.ssh(self.lab.route(), "cat \(self.sourceOnTarget())")
            let down = try run(
                ["sh", "-c", "\"$@\" | md5sum", "sh"] + words, in: self.lab.scratch, within: Self.limit)
            #expect(down.text.hasPrefix(expected))
        }

        @Test("new keys in mid-transfer change nothing, asked for by the client and by the target")
        func rekeying() throws {
            // In 1 MiB steps there are dozens of exchanges; more bytes would prove no more.
            let path = self.lab.scratch.path("rekeying")
            try output(of: ["sh", "-c", "head -c 48M '\(self.source())' >\(path)"], in: self.lab.scratch)
            let expected = try self.md5(path)
            let eager = try TargetServer(
                named: "eager", in: self.lab.scratch, key: self.lab.target.key, settings: ["RekeyLimit 1M"])
            var route = self.lab.route()
            if Laboratory.isDirect {
                try self.lab.client.trust(port: eager.port, publicLine: eager.hostKey.publicLine)
                route.port = eager.port
            } else {
                try self.lab.addTarget("eager", port: eager.port, hostKey: eager.hostKey)
                route = self.lab.route(to: "eager")
            }
            defer { eager.stop() }
            let both = try run(
                self.lab.client.ssh(route.with("RekeyLimit=1M"), "tee \(eager.path("copy"))"), in: self.lab.scratch,
                input: .file(path), within: Self.limit)
            #expect(both.ending == .exited(0), "\(both.errorText)")
            #expect(both.output == FileManager.default.contents(atPath: path))
            #expect(try self.md5(eager.path("copy")) == expected)

            let log = self.lab.client.ssh(route.with("RekeyLimit=1M", "LogLevel=DEBUG1"), "cat \(eager.path("copy"))")
            let down = try run(log, in: self.lab.scratch, within: Self.limit)
            #expect(down.output == both.output)
            let exchanges = down.errorLines.count { $0.contains("SSH2_MSG_NEWKEYS received") }
            #expect(exchanges > 20)
        }

        @Test("each transfer was recorded whole", .throughGateway)
        func recorded() throws {
            let known = Set(try self.lab.gateway.recordings().map(\.id))
            let source = try self.source()
            let outcome = try self.lab.ssh("cat >/dev/null", input: .file(source), within: Self.limit)
            #expect(outcome.ending == .exited(0))
            let entry = try #require(try self.lab.gateway.sealedRecordings(since: known, count: 1).first)
            try self.lab.gateway.administer("recording", "verify", entry.id)
            let size = try FileManager.default.attributesOfItem(atPath: entry.path)[.size] as? Int ?? 0
            // These bytes don't compress: all of them are in the file, with little around them.
            #expect(size >= Self.mebibytes << 20)
            #expect(Double(size) < Double(Self.mebibytes << 20) * 1.05)
        }
    }
}
