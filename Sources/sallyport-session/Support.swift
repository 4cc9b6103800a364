import Glibc
import Platform
import SSHTransport
import Sandbox

/// Says why on standard error, which the broker keeps for its log, and ends the process.
func fail(_ reason: String) -> Never {
    say("sallyport-session: error: \(reason)\n")
    exit(1)
}

private func say(_ line: String) { _ = write(2, line, line.utf8.count) }

/// Confines this process as for the network and tries one forbidden act. Prints `denied` or `ALLOWED`; the kernel may
/// also kill the process.
func probeConfinement(_ name: String) -> CInt {
    guard let probe = ConfinementProbe(rawValue: name) else {
        say("sallyport-session: error: no such act: \(name)\n")
        return 2
    }
    guard SSHLibrary.prepare() else { fail(SSHLibrary.mismatch) }
    var path = Array("/tmp/sallyport-probe-XXXXXX".utf8CString)
    let made = mkstemp(&path)
    let recording = open(path, O_WRONLY | O_APPEND | O_CLOEXEC)
    unlink(path)
    guard made >= 0, recording >= 0 else { fail("no temporary file") }
    close(made)
    do {
        try WorkerConfinement.apply(userID: 65534, groupID: 65534, broker: nil)
    } catch {
        fail("\(error)")
    }
    // The recording itself must stay writable, or nothing is proved.
    guard write(recording, "x", 1) == 1 else { fail("the recording can't be written") }
    let happened = probe.attempt(recording: recording)
    let answer = happened ? "ALLOWED\n" : "denied\n"
    _ = write(1, answer, answer.utf8.count)
    return happened ? 1 : 0
}
