import Foundation
import Glibc
import SallyportTesting
import Testing

extension EndToEnd {
    /// The player on a terminal of its own, started from a shell with job control. Needs no gateway.
    @Suite("the player's terminal", .serialized)
    struct PlayerTerminal {
        private static let demo = Repository.root.appending(path: "recordings/demo").path
        private static let leave = "\u{1B}[?1049l"

        /// A shell at a terminal, and what it may do.
        private static func withShell(
            _ body: (TerminalProcess, Scratch) throws -> Void
        ) throws {
            let scratch = try Scratch()
            defer { scratch.dispose() }
            let shell = try TerminalProcess(
                ["/bin/bash", "--norc", "--noprofile", "-i"], in: scratch,
                environment: ["PS1": "ready> ", "TERM": "xterm-256color", "HISTFILE": ""])
            defer { shell.kill() }
            try shell.waitFor("ready> ")
            try body(shell, scratch)
        }

        /// Starts the player and waits for its first screen. Returns how much was shown before.
        private static func play(_ shell: TerminalProcess, _ recording: String, _ options: String = "") throws -> Int {
            let offset = shell.shown.count
            try shell.type(
                "\(Binaries.commandLine) recording play \(recording) --identity \(Self.demo)/identity"
                    + " --public-key \(Self.demo)/signing.pub \(options)\n")
            try shell.waitFor("space", after: offset)
            return offset
        }

        /// The terminal shows the shell's screen again, and echoes what is typed.
        private static func expectRestored(_ shell: TerminalProcess, after offset: Int) throws {
            try shell.waitFor(Self.leave, after: offset)
            // What is typed while the player gives the terminal back is dropped.
            try shell.waitFor("ready> ", after: offset)
            let asked = shell.shown.count
            try shell.type("stty -a; echo don''e\n")
            try shell.waitFor("done", after: asked)
            let settings = String(decoding: shell.shown[asked...], as: UTF8.self)
                .split { $0.isWhitespace || $0 == ";" }
            for setting in ["icanon", "echo", "isig", "opost", "icrnl", "iexten"] {
                #expect(settings.contains(Substring(setting)))
            }
            #expect(shell.poll() == nil)
        }

        @Test("Ctrl-Z gives the terminal back, fg takes it and draws all of it again, q gives it back")
        func suspending() throws {
            try Self.withShell { shell, _ in
                let start = try Self.play(shell, "\(Self.demo)/vim.spr", "--at 2")
                try shell.type(" ")
                try shell.waitFor("║", after: start)
                let stopping = shell.shown.count
                try shell.type("\u{1A}")
                try shell.waitFor("Stopped", after: stopping)
                try Self.expectRestored(shell, after: stopping)
                for round in 0..<2 {
                    let resuming = shell.shown.count
                    try shell.type("fg\n")
                    try shell.waitFor("\u{1B}[?1049h", after: resuming)
                    // The help line is drawn with the rest.
                    try shell.waitFor("channel", after: resuming)
                    let leaving = shell.shown.count
                    try shell.type(round == 0 ? "\u{1A}" : "q")
                    try Self.expectRestored(shell, after: leaving)
                }
            }
        }

        @Test(
            "the terminal is restored whatever ends the player",
            arguments: [SIGTERM, SIGHUP, SIGINT, SIGQUIT, SIGILL, SIGTRAP, SIGSEGV, SIGABRT])
        func signals(number: CInt) throws {
            // Without a shell, which would restore the terminal by itself.
            let scratch = try Scratch()
            defer { scratch.dispose() }
            let player = try TerminalProcess(
                [
                    Binaries.commandLine, "recording", "play", Self.demo + "/top.spr", "--identity",
                    Self.demo + "/identity", "--public-key", Self.demo + "/signing.pub",
                ], in: scratch, environment: ["TERM": "xterm-256color"])
            try player.waitFor("space")
            // Kept open, since the kernel forgets the settings with the last descriptor.
            let terminal = open("/proc/\(player.pid)/fd/0", O_RDWR | O_NOCTTY | O_CLOEXEC)
            defer { close(terminal) }
            var settings = termios()
            try #require(tcgetattr(terminal, &settings) == 0)
            #expect(settings.c_lflag & tcflag_t(ICANON | ECHO) == 0)
            let ending = player.shown.count
            #expect(Glibc.kill(player.pid, number) == 0)
            #expect(try player.wait() == .signalled(number))
            try player.waitFor(Self.leave, after: ending)
            try #require(tcgetattr(terminal, &settings) == 0)
            #expect(settings.c_lflag & tcflag_t(ICANON | ECHO | ISIG) == tcflag_t(ICANON | ECHO | ISIG))
            #expect(settings.c_oflag & tcflag_t(OPOST) != 0 && settings.c_iflag & tcflag_t(ICRNL) != 0)
        }

        @Test("an index is made for a file, shows what it was made of, and makes nothing altered sound")
        func index() throws {
            try Self.withShell { shell, scratch in
                let file = scratch.directory.appending(path: "copy.spr")
                var bytes = try Data(contentsOf: URL(fileURLWithPath: Self.demo + "/build.spr"))
                try bytes.write(to: file)
                let made = try run(
                    [
                        Binaries.commandLine, "recording", "index", file.path, "--identity", Self.demo + "/identity",
                    ], in: scratch)
                #expect(made.code == 0 && made.text.contains("copy.spx"))
                let attributes = try FileManager.default.attributesOfItem(
                    atPath: scratch.directory.appending(path: "copy.spx").path)
                #expect(attributes[.posixPermissions] as? Int == 0o600)
                // Frames in the middle are altered; header and seal, which the index is bound to, are not.
                bytes[bytes.count / 2] ^= 1
                try bytes.write(to: file)
                for (options, showsEnd) in [("--unsigned-index", true), ("", false), ("--no-index", false)] {
                    let start = try Self.play(shell, file.path, "--at 9:00:00 " + options)
                    try shell.waitFor("channel", after: start)
                    let screen = String(decoding: shell.shown[start...], as: UTF8.self)
                    #expect(screen.contains("logout") == showsEnd, "\(options)")
                    let leaving = shell.shown.count
                    try shell.type("q")
                    // Whatever was shown, the file does not verify.
                    try shell.waitFor("does not verify", after: leaving)
                    try Self.expectRestored(shell, after: leaving)
                }
            }
        }
    }
}
