import Foundation
import Glibc

/// Makes an executable file out of `text`, such as a script.
///
/// A child process writes it. The kernel starts no program that is open for writing anywhere (ETXTBSY), and what this
/// process has open is for a moment also open in every child that another thread is just starting.
public func writeProgram(_ text: String, to path: String, mode: mode_t = 0o755) throws {
    // A shell that ends early must fail its test, not end all of them.
    signal(SIGPIPE, SIG_IGN)
    let script = "umask 077; cat >\"$1\" && chmod \"$2\" \"$1\""
    let ends = try makePipe()
    let writer = Result {
        try spawnProcess(
            ["/bin/sh", "-c", script, "sh", path, String(mode, radix: 8)],
            environment: ["PATH=/usr/bin:/bin"], standardInput: ends.read, standardOutput: 2, standardError: 2)
    }
    close(ends.read)
    let written = Result { try writeAll(Data(text.utf8), to: ends.write) }
    close(ends.write)
    var status: CInt = -1
    waitpid(try writer.get(), &status, 0)
    try written.get()
    guard status == 0 else { throw HarnessError("\(path) could not be written") }
}
