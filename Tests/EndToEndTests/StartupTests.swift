import Foundation
import Glibc
import SallyportTesting
import Testing

extension EndToEnd {
    /// A daemon that can't run says why in one line and leaves nothing behind.
    @Suite("start of the daemon", .serialized, .throughGateway)
    struct Startup {
        private func withGateway(_ body: (TestGateway) throws -> Void) throws {
            let scratch = try Scratch()
            defer { scratch.dispose() }
            try body(TestGateway(in: scratch))
        }

        private func givesUp(_ gateway: TestGateway, saying words: String...) throws {
            let outcome = try gateway.startInVain()
            #expect(outcome.code > 0, "\(outcome.ending)")
            #expect(outcome.text.isEmpty)
            let errors = outcome.errorLines.filter { $0.hasPrefix("sallyportd: error: ") }
            #expect(errors.count == 1, "\(outcome.errorText)")
            for word in words where !word.isEmpty {
                #expect(errors.first?.contains(word) == true, "\(outcome.errorText)")
            }
        }

        @Test("a port in use")
        func portInUse() throws {
            try self.withGateway { gateway in
                let holder = try DelayingProxy(to: 1, after: .seconds(1), on: gateway.port)
                defer { holder.stop() }
                try self.givesUp(gateway, saying: "\(gateway.port)")
            }
        }

        @Test(
            "a malformed configuration names the line",
            arguments: [
                ("no_such_key = 1", "no_such_key"), ("listen = 7", "listen"), ("banner = \"unclosed", ""),
            ])
        func malformed(_ line: String, _ word: String) throws {
            try self.withGateway { gateway in
                let file = gateway.configuration
                let existing = try String(contentsOfFile: file, encoding: .utf8)
                let kept = existing.split(separator: "\n", omittingEmptySubsequences: false)
                    .filter { !line.hasPrefix("listen") || !$0.hasPrefix("listen") }.joined(separator: "\n")
                // In front, where no table has begun yet.
                try Data("# first\n\(line)\n\(kept)".utf8).write(to: URL(fileURLWithPath: file))
                try self.givesUp(gateway, saying: "sallyport.toml:2", word)
            }
        }

        @Test("a configuration that is not there")
        func missingConfiguration() throws {
            try self.withGateway { gateway in
                try FileManager.default.removeItem(atPath: gateway.configuration)
                try self.givesUp(gateway, saying: "sallyport.toml")
            }
        }

        @Test("a recordings directory that is a file")
        func brokenRecordings() throws {
            try self.withGateway { gateway in
                let path = gateway.state + "/recordings"
                try FileManager.default.removeItem(atPath: path)
                try Data().write(to: URL(fileURLWithPath: path))
                try self.givesUp(gateway, saying: "recordings")
            }
        }

        @Test("a vault key that others can read")
        func readableVaultKey() throws {
            try self.withGateway { gateway in
                guard chmod(gateway.state + "/keys/vault.key", 0o644) == 0 else {
                    throw HarnessError("keys/vault.key is not there")
                }
                try self.givesUp(gateway, saying: "vault.key")
            }
        }

        @Test("a second daemon on the same state directory")
        func second() throws {
            try self.withGateway { gateway in
                try gateway.start()
                try self.givesUp(gateway)
                // The first one is not disturbed.
                #expect(try gateway.sessions().isEmpty)
            }
        }

        @Test("init does not touch a directory that holds something")
        func initTwice() throws {
            try self.withGateway { gateway in
                let key = try gateway.hostKeyLine()
                let outcome = try gateway.command(["init", "--listen", "127.0.0.1:1"])
                #expect(outcome.code > 0)
                #expect(outcome.errorLines.count { $0.hasPrefix("sallyport: error: ") } == 1)
                #expect(try gateway.hostKeyLine() == key)
            }
        }

        @Test("secrets in the state directory are for its owner alone")
        func permissions() throws {
            try self.withGateway { gateway in
                try gateway.start()
                let open = try output(
                    of: ["find", gateway.state, "-perm", "/077", "!", "-name", "*.pub", "!", "-type", "d"],
                    in: gateway.scratch)
                #expect(open.split(separator: "\n").filter { !$0.hasSuffix("/sallyport.toml") }.isEmpty, "\(open)")
                let mode = try FileManager.default.attributesOfItem(atPath: gateway.state)[.posixPermissions] as? Int
                #expect(mode == 0o700)
            }
        }
    }
}
