import Foundation
import Glibc

/// States in which a process answers nobody.
public enum WorkerState: String, CaseIterable, Sendable {
    case waiting, stopped
    /// Uses a core for nothing. Needs root.
    case spinning

    /// Those that this process can bring about.
    public static var possible: [WorkerState] { mayMount ? self.allCases : [.waiting, .stopped] }

    /// Brings a process into the state that waits for input. Blocks until it is so.
    /// - parameter wake: gives it input.
    public func enter(_ pid: pid_t, waking wake: () throws -> Void) throws {
        switch self {
        case .waiting: break
        case .stopped:
            kill(pid, SIGSTOP)
            try waitUntil("process \(pid) is stopped") { ProcessTable.isStopped(pid) }
        case .spinning:
            try Self.plantLoop(pid)
            let before = ProcessTable.userTicks(of: pid) ?? 0
            try wake()
            try waitUntil("process \(pid) spins") { (ProcessTable.userTicks(of: pid) ?? 0) > before + 10 }
        }
    }

    /// A jump to itself, put where the system call returns to in which the process waits.
    private static func plantLoop(_ pid: pid_t) throws {
        #if arch(x86_64)
            let loop: [UInt8] = [0xeb, 0xfe]
        #elseif arch(arm64)
            let loop: [UInt8] = [0x00, 0x00, 0x00, 0x14]
        #endif
        var address: UInt64?
        try waitUntil("process \(pid) waits") {
            // proc(5): number and arguments of the call, stack pointer, program counter.
            address = ProcessTable.systemCall(of: pid).flatMap { $0.last }
            return ProcessTable.state(of: pid) == "S" && address != nil
        }
        let memory = open("/proc/\(pid)/mem", O_RDWR | O_CLOEXEC)
        guard memory >= 0, let address else { throw HarnessError.system("open the memory of process \(pid)") }
        defer { close(memory) }
        guard pwrite(memory, loop, loop.count, off_t(address)) == loop.count else {
            throw HarnessError.system("write to the memory of process \(pid)")
        }
    }
}
