import Foundation
import SallyportTesting
import Testing

extension EndToEnd {
    /// What a service manager and an upgrade ask of the daemon.
    @Suite("as a service", .serialized, .throughGateway)
    struct Service {
        @Test("a service manager hears that it is ready, alive, and stopping")
        func notifications() throws {
            let scratch = try Scratch()
            defer { scratch.dispose() }
            let place = scratch.path("notify")
            let manager = try RunningProcess(["socat", "-u", "UNIX-RECV:\(place)", "STDOUT"], in: scratch)
            defer { manager.kill() }
            try waitUntil("the manager listens") { FileManager.default.fileExists(atPath: place) }
            let gateway = try TestGateway(in: scratch)
            try gateway.start(environment: ["NOTIFY_SOCKET": place, "WATCHDOG_USEC": "300000"])
            try manager.waitForOutput("READY=1")
            try manager.waitForOutput("WATCHDOG=1WATCHDOG=1")
            gateway.stop()
            try manager.waitForOutput("STOPPING=1")
        }

        @Test("an upgrade of the files under a running gateway changes nothing until it is started anew")
        func upgrade() throws {
            let lab = try Laboratory(startGateway: false)
            defer { lab.dispose() }
            let gateway = lab.gateway
            let program = try lab.scratch.makeDirectory("programs") + "/sallyport-session"
            try FileManager.default.copyItem(atPath: Binaries.worker, toPath: program)
            let settings = try String(contentsOfFile: gateway.configuration, encoding: .utf8)
            try Data("worker = \"\(program)\"\n\(settings)".utf8).write(
                to: URL(fileURLWithPath: gateway.configuration))
            try gateway.start()
            try lab.introduce(to: gateway)
            #expect(try lab.client.runSSH(lab.route(), "echo before").text == "before\n")
            // As dpkg does it: another file takes the name.
            try writeProgram("#!/bin/sh\necho another version >&2\nexit 1\n", to: program + ".new")
            guard rename(program + ".new", program) == 0 else { throw HarnessError("\(program) can't be replaced") }
            #expect(try lab.client.runSSH(lab.route(), "echo after").text == "after\n")
            let names = try gateway.workers.map {
                try String(contentsOfFile: "/proc/\($0)/comm", encoding: .utf8)
            }
            #expect(names.allSatisfy { $0 == "sallyport-sessi\n" }, "\(names)")
        }
    }

    /// What the programs say of themselves, as manual pages and completions.
    @Suite("manual pages and completions")
    struct Pages {
        @Test("every command has its place in a page that mandoc finds nothing wrong with")
        func manual() throws {
            let scratch = try Scratch()
            defer { scratch.dispose() }
            let folder = try scratch.makeDirectory("man")
            let script = Repository.root.appendingPathComponent("scripts/lib/manual.py").path
            _ = try output(of: ["python3", script, Binaries.folder, folder], in: scratch)
            let names = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
            #expect(names.contains("sallyport.1") && names.contains("sallyportd.8"))
            #expect(names.contains("sallyport.toml.5"))
            for name in names {
                let outcome = try run(["mandoc", "-T", "lint", "-W", "warning", "\(folder)/\(name)"], in: scratch)
                #expect(outcome.code == 0, "\(outcome.text)")
            }
            let page = try output(of: ["mandoc", "-T", "utf8", "\(folder)/sallyport-user.1"], in: scratch)
                .replacing("_\u{8}", with: "").replacing(/.\x08/, with: "")
            #expect(page.contains("user totp recovery-codes"))
            #expect(page.contains("--require-touch"))
            let settings = try output(of: ["mandoc", "-T", "utf8", "\(folder)/sallyport.toml.5"], in: scratch)
                .replacing(/.\x08/, with: "")
            #expect(settings.contains("login_grace_seconds = 60"))
        }

        private struct Command: Decodable {
            struct Argument: Decodable {
                struct Name: Decodable, Hashable { let name: String }
                let names: [Name]?
            }
            let commandName: String
            let arguments: [Argument]?
            let subcommands: [Command]?

            var options: Set<String> {
                Set((self.arguments ?? []).flatMap { ($0.names ?? []).map(\.name) }).subtracting([
                    "help", "h", "version",
                ])
            }
            var below: [Command] { (self.subcommands ?? []).flatMap { [$0] + $0.below } }
        }
        private struct Help: Decodable { let command: Command }

        @Test("no option of a command is taken for one that goes before the verb")
        func names() throws {
            let scratch = try Scratch()
            defer { scratch.dispose() }
            let text = try output(of: [Binaries.commandLine, "--experimental-dump-help"], in: scratch)
            let root = try JSONDecoder().decode(Help.self, from: Data(text.utf8)).command
            #expect(root.options.contains("state") && root.below.count > 50)
            for command in root.below {
                #expect(command.options.isDisjoint(with: root.options), "\(command.commandName)")
            }
        }

        @Test("shells take the completions", arguments: ["bash", "zsh", "fish"])
        func completions(_ shell: String) throws {
            let scratch = try Scratch()
            defer { scratch.dispose() }
            let script = try output(of: [Binaries.commandLine, "--generate-completion-script", shell], in: scratch)
            let file = try scratch.write(script, to: "completions")
            let outcome = try run([shell, "-n", file], in: scratch)
            #expect(outcome.code == 0 && outcome.errorText.isEmpty, "\(outcome.errorText)")
            guard shell == "bash" else { return }
            let words = """
                . "$1"; COMP_WORDS=(sallyport session ki); COMP_CWORD=2
                _sallyport sallyport ki session; echo "${COMPREPLY[@]}"
                """
            #expect(try output(of: ["bash", "-c", words, "bash", file], in: scratch) == "kill\n")
        }
    }
}
