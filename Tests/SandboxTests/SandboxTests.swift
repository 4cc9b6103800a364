import Glibc
import SallyportTesting
import Testing
import WorkerProtocol

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

    @Test("a worker whose broker was dead before it began ends by itself, though the socket is still open")
    func orphan() throws {
        let scratch = try Scratch()
        defer { scratch.dispose() }
        // The maker of the socket lives on, with its end open; between it and the worker a parent dies.
        let script = """
            import os, socket, sys, time
            ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            client, other = socket.socketpair()
            if os.fork() == 0:
                parent = os.getpid()
                if os.fork() > 0: os._exit(0)
                while os.getppid() == parent: time.sleep(0.001)
                # Clear of the numbers that are written over.
                high = [os.dup2(end.fileno(), 40 + index) for index, end in enumerate((theirs, client))]
                os.dup2(high[0], \(InheritedDescriptor.broker))
                os.dup2(high[1], \(InheritedDescriptor.client))
                os.execv(sys.argv[1], sys.argv[1:])
            os.wait()
            time.sleep(3600)
            """
        let process = try RunningProcess(["python3", "-c", script, Binaries.worker], in: scratch)
        try waitUntil("the worker says why it ends; it said \(process.errorText)") {
            process.errorText.contains(
                "sallyport-session: error: cannot serve: the broker is gone: No such process\n")
        }
    }
}
