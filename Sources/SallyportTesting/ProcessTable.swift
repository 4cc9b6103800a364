import Foundation
import Glibc

/// Reads of `/proc`: what tests need to know about processes that are not their children.
public enum ProcessTable {
    /// `root` and all its living descendants, parents first.
    public static func tree(of root: pid_t) -> [pid_t] {
        var children: [pid_t: [pid_t]] = [:]
        for entry in (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? [] {
            guard let pid = pid_t(entry), let parent = self.parent(of: pid) else { continue }
            children[parent, default: []].append(pid)
        }
        var found = [root]
        var next = 0
        while next < found.count {
            found += children[found[next]] ?? []
            next += 1
        }
        return found
    }

    /// False for a process that is gone or a zombie.
    public static func isRunning(_ pid: pid_t) -> Bool {
        guard let state = self.statFields(of: pid)?.first else { return false }
        return state != "Z" && state != "X"
    }

    /// State letter of proc(5): R, S, T for stopped and so on; nil when the process is gone.
    public static func state(of pid: pid_t) -> String? { self.statFields(of: pid)?.first.map(String.init) }

    /// Whether every thread of the process stands still after a SIGSTOP: they stop one by one.
    public static func isStopped(_ pid: pid_t) -> Bool {
        let threads = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(pid)/task")) ?? []
        return !threads.isEmpty
            && threads.allSatisfy { self.statFields(ofFile: "/proc/\(pid)/task/\($0)/stat")?.first == "T" }
    }

    /// Time that the process has used outside of the kernel, in clock ticks.
    public static func userTicks(of pid: pid_t) -> Int? {
        self.statFields(of: pid).flatMap { $0.count > 11 ? Int($0[11]) : nil }
    }

    /// The numbers of `/proc/PID/syscall`: of the system call in which the process waits, stack pointer and program
    /// counter last; nil while it runs. Needs the right to trace it.
    static func systemCall(of pid: pid_t) -> [UInt64]? {
        guard let words = self.text(of: "/proc/\(pid)/syscall")?.split(whereSeparator: \.isWhitespace), words.count == 9
        else { return nil }
        return words.dropFirst().compactMap { UInt64($0.dropFirst(2), radix: 16) }
    }

    /// A number in KiB of `/proc/PID/status`, such as `VmRSS` or `VmHWM`.
    public static func kibibytes(_ field: String, of pid: pid_t) -> Int? {
        self.statusLine(field, of: pid).flatMap { $0.split(separator: " ").first }.flatMap { Int($0) }
    }

    /// The value of one line of `/proc/PID/status`.
    public static func statusLine(_ field: String, of pid: pid_t) -> String? {
        guard let text = self.text(of: "/proc/\(pid)/status") else { return nil }
        for line in text.split(separator: "\n") where line.hasPrefix(field + ":") {
            return line.dropFirst(field.count + 1).trimmingCharacters(in: .whitespaces)
        }
        return nil
    }

    /// What the open descriptors of a process lead to: paths, and words such as `socket:[17]`. Needs its user's rights.
    public static func openFiles(of pid: pid_t) -> [String] {
        let folder = "/proc/\(pid)/fd"
        return ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).compactMap {
            try? FileManager.default.destinationOfSymbolicLink(atPath: "\(folder)/\($0)")
        }
    }

    /// Arguments of every process, for tests that look for secrets on command lines.
    public static func allCommandLines() -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []).compactMap { entry in
            guard pid_t(entry) != nil, let bytes = FileManager.default.contents(atPath: "/proc/\(entry)/cmdline")
            else { return nil }
            return String(decoding: bytes.map { $0 == 0 ? 32 : $0 }, as: UTF8.self)
        }
    }

    /// Established TCP connections of 127.0.0.1 that have `port` on the local side.
    public static func establishedConnections(toPort port: Int) -> Int {
        guard let table = self.text(of: "/proc/net/tcp") else { return 0 }
        let suffix = ":" + String(format: "%04X", port)
        return table.split(separator: "\n").count { line in
            let fields = line.split(separator: " ")
            return fields.count > 3 && fields[1].hasSuffix(suffix) && fields[3] == "01"
        }
    }

    /// Foundation trusts the size that a file claims to have, and files in `/proc` claim none.
    static func text(of path: String) -> String? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 64 * 1024)
        while true {
            let count = read(descriptor, &piece, piece.count)
            guard count > 0 else { return count == 0 ? String(decoding: bytes, as: UTF8.self) : nil }
            bytes += piece[..<count]
        }
    }

    private static func parent(of pid: pid_t) -> pid_t? { self.statFields(of: pid).flatMap { pid_t($0[1]) } }

    /// The fields of `/proc/PID/stat` after the name: state, parent, group and so on.
    private static func statFields(of pid: pid_t) -> [Substring]? { self.statFields(ofFile: "/proc/\(pid)/stat") }

    private static func statFields(ofFile path: String) -> [Substring]? {
        guard let text = self.text(of: path),
            let end = text.lastIndex(of: ")")
        else { return nil }
        let fields = text[text.index(after: end)...].split(separator: " ")
        return fields.count > 2 ? fields : nil
    }
}
