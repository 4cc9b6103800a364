import Glibc
import Testing

@testable import Platform

@Suite("Child processes")
struct ChildProcessTests {
    private func ending(of child: ChildProcess) -> ChildProcess.Ending? {
        var descriptor = pollfd(fd: child.pidfd.rawValue, events: Int16(POLLIN), revents: 0)
        _ = poll(&descriptor, 1, 5000)
        return child.reap()
    }

    @Test("the exit code is told once; later only that it has ended")
    func exitCode() throws {
        let child = try ChildProcess(path: "/bin/sh", arguments: ["-c", "exit 7"], descriptors: [])
        #expect(self.ending(of: child) == .exited(code: 7))
        #expect(child.reap() == .forgotten)
    }

    @Test("a child whose status somebody else has fetched has ended all the same")
    func forgotten() throws {
        let child = try ChildProcess(path: "/bin/sh", arguments: ["-c", "exit 7"], descriptors: [])
        #expect(waitpid(child.pid, nil, 0) == child.pid)
        #expect(self.ending(of: child) == .forgotten)
    }

    @Test("a stopped child can be killed")
    func killStopped() throws {
        let child = try ChildProcess(path: "/bin/sh", arguments: ["-c", "kill -STOP $$; sleep 60"], descriptors: [])
        #expect(child.reap() == nil)
        child.kill()
        #expect(self.ending(of: child) == .signalled(SIGKILL))
    }

    @Test("a child holds the named descriptors and no other, and an empty environment")
    func descriptors() throws {
        let (here, there) = try SharedDescriptor.makeSocketPair(type: SOCK_STREAM)
        let duplicate = try there.duplicate()
        // Not closed on exec, as something careless would leave it.
        let careless = dup(there.rawValue)
        defer { close(careless) }
        // Neither a pipe nor a redirection in the first command: the shell itself would hold descriptors for them.
        let script = "exec >&3; ls /proc/$$/fd; env | grep -vc -e ^PWD -e ^SHLVL -e ^_="
        let child = try ChildProcess(
            path: "/bin/sh", arguments: ["-c", script], descriptors: [(parent: duplicate.rawValue, child: 3)])
        #expect(self.ending(of: child) != nil)
        var bytes = [UInt8](repeating: 0, count: 256)
        let count = read(here.rawValue, &bytes, bytes.count)
        #expect(String(decoding: bytes.prefix(max(0, count)), as: UTF8.self) == "0\n1\n2\n3\n0\n")
    }

    @Test("a missing program is an error that names it")
    func missing() {
        let error = #expect(throws: SystemError.self) {
            try ChildProcess(path: "/nonexistent/worker", arguments: [], descriptors: [])
        }
        #expect(error?.description == "cannot start /nonexistent/worker: No such file or directory")
    }
}
