import Glibc
import SallyportTesting
import Testing

/// The real worker binary confines itself as for the network and then tries what it must not.
@Suite("confinement of the worker")
struct SandboxTests {
    static let acts = [
        "open", "exec", "fork", "socket", "connect", "ptrace", "ftruncate", "lseek", "kill", "map-file",
        "map-executable",
    ]

    @Test("the kernel refuses each forbidden act", arguments: Self.acts)
    func denied(_ act: String) throws {
        let scratch = try Scratch()
        defer { scratch.dispose() }
        let outcome = try run([Binaries.worker, "--probe-confinement", act], in: scratch)
        switch outcome.ending {
        case .exited(let code):
            #expect(code == 0, "\(outcome.text)\(outcome.errorText)")
            #expect(outcome.text == "denied\n")
        case .signalled(let signal):
            #expect(signal == SIGSYS)
        }
    }

    @Test("an act that does not exist is an error, not a denial")
    func unknownAct() throws {
        let scratch = try Scratch()
        defer { scratch.dispose() }
        let outcome = try run([Binaries.worker, "--probe-confinement", "no-such-act"], in: scratch)
        #expect(outcome.ending == .exited(2))
        #expect(outcome.text.isEmpty)
    }
}
