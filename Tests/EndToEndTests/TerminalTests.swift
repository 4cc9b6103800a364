import Foundation
import SallyportTesting
import Testing

extension EndToEnd {
    /// A person at a terminal.
    @Suite("terminals", .serialized, .laboratory)
    struct Terminals {
        private var lab: Laboratory { .current }

        @Test("a login shell shows what is typed, runs it, and its exit code comes back")
        func shell() throws {
            let terminal = try self.lab.shell()
            try terminal.type("echo sh''own; test -t 0 && echo on a t''ty: $TERM\n")
            try terminal.waitFor("shown\r\n")
            try terminal.waitFor("on a tty: xterm-256color\r\n")
            try terminal.type("exit 9\n")
            #expect(try terminal.wait() == .exited(9))
        }

        @Test("Ctrl-C ends a flood and gives the prompt back")
        func interrupt() throws {
            let terminal = try self.lab.shell()
            try terminal.type("yes a flood of words that fills the windows\n")
            // Far more than all windows and buffers between the two hold.
            while terminal.shown.count < 8 << 20 { try terminal.readMore() }
            let offset = terminal.shown.count
            try terminal.type("\u{3}")
            try terminal.waitFor("ready> ", after: offset, within: .seconds(30))
            try terminal.type("echo al''ive\n")
            try terminal.waitFor("alive\r\n", after: offset)
            try terminal.type("exit\n")
            _ = try terminal.wait()
        }

        @Test("the target sees the size of the terminal, at first and after each change")
        func resize() throws {
            let terminal = try self.lab.shell(columns: 101, rows: 33)
            try terminal.type("stty size\n")
            try terminal.waitFor("33 101\r\n")
            for (columns, rows) in [(132, 50), (20, 5), (300, 100)] as [(UInt16, UInt16)] {
                // A process group of its own: job control gives the signal to that group alone.
                try terminal.type("bash -c 'trap \"echo changed\" WINCH; while :; do sleep 0.1; done'\n")
                pause(.milliseconds(300))
                let offset = terminal.shown.count
                try terminal.resize(columns: columns, rows: rows)
                try terminal.waitFor("changed\r\n", after: offset)
                try terminal.type("\u{3}")
                try terminal.waitFor("ready> ", after: offset)
                try terminal.type("stty size\n")
                try terminal.waitFor("\(rows) \(columns)\r\n", after: offset)
            }
            try terminal.type("exit\n")
            _ = try terminal.wait()
        }

        @Test("a command on a forced terminal gets one, and a flood through it is complete")
        func flood() throws {
            let outcome = try self.lab.ssh("tty >/dev/null && seq 1 100000", flags: ["-tt"])
            #expect(outcome.ending == .exited(0))
            #expect(outcome.text == (1...100000).map { "\($0)\r\n" }.joined())
        }

        @Test("end-of-file and the quit key reach the program on the target")
        func controlKeys() throws {
            let terminal = try self.lab.shell()
            try terminal.type("echo st''arted; cat; echo cat en''ded\n")
            // Until then the line editor has the terminal.
            try terminal.waitFor("started\r\n")
            try terminal.type("echoed line\n")
            try terminal.waitFor("echoed line\r\nechoed line\r\n")
            try terminal.type("\u{4}")
            try terminal.waitFor("cat ended\r\n")
            try terminal.type("sleep 60; echo en''d of sleep\n")
            pause(.milliseconds(300))
            try terminal.type("\u{1c}")
            try terminal.waitFor("end of sleep\r\n")
            try terminal.type("exit\n")
            _ = try terminal.wait()
        }
    }
}
