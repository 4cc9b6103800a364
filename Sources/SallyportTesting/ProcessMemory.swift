import Foundation
import Glibc

/// What another process has in its memory, as root can read it whatever the process forbids.
public enum ProcessMemory {
    /// Something to look for.
    public struct Needle: Sendable {
        public var name: String
        public var bytes: [UInt8]

        public init(_ name: String, _ bytes: [UInt8]) {
            self.name = name
            self.bytes = bytes
        }

        /// A number as it is written, and as big number libraries keep it: least significant word first.
        public static func number(_ name: String, _ digits: [UInt8]) -> [Needle] {
            [Needle(name, digits), Needle("\(name), reversed", digits.reversed())]
        }
    }

    /// The names of the needles that are anywhere in the memory that the process can write to, or could.
    /// - throws: ``HarnessError`` when the process is gone or its memory may not be read.
    public static func found(_ needles: [Needle], in pid: pid_t) throws -> Set<String> {
        precondition(needles.allSatisfy { $0.bytes.count >= 8 }, "fewer bytes would be found by chance")
        guard let maps = ProcessTable.text(of: "/proc/\(pid)/maps"), !maps.isEmpty else {
            throw HarnessError("process \(pid) is gone")
        }
        let memory = open("/proc/\(pid)/mem", O_RDONLY | O_CLOEXEC)
        guard memory >= 0 else { throw HarnessError.system("open the memory of \(pid)") }
        defer { close(memory) }
        var found: Set<String> = []
        for line in maps.split(separator: "\n") {
            let fields = line.split(separator: " ", omittingEmptySubsequences: true)
            let bounds = fields[0].split(separator: "-").compactMap { UInt(String($0), radix: 16) }
            // Files that are mapped for reading alone are the program. The kernel's own pages aren't to be had.
            guard bounds.count == 2, fields[1].contains("w") || fields[4] == "0", !line.hasSuffix("[vvar]"),
                !line.hasSuffix("[vdso]"), !line.hasSuffix("[vsyscall]")
            else { continue }
            let region = try self.read(bounds[0]..<bounds[1], of: memory)
            for needle in needles where !found.contains(needle.name) && self.contains(region, needle.bytes) {
                found.insert(needle.name)
            }
        }
        return found
    }

    /// A region of the process; shorter where it shrank meanwhile.
    private static func read(_ range: Range<UInt>, of memory: CInt) throws -> [UInt8] {
        var region = [UInt8](repeating: 0, count: range.count)
        var filled = 0
        while filled < region.count {
            let count = region.withUnsafeMutableBytes { buffer in
                pread(
                    memory, buffer.baseAddress.map { $0 + filled }, buffer.count - filled,
                    off_t(range.lowerBound) + off_t(filled))
            }
            // A guard page, or what the process gave back since its map was read.
            guard count > 0 else { break }
            filled += count
        }
        return Array(region[..<filled])
    }

    /// Foundation's search takes too long for all of a process, and memmem(3) isn't imported.
    private static func contains(_ region: [UInt8], _ needle: [UInt8]) -> Bool {
        region.withUnsafeBytes { bytes in
            guard let start = bytes.baseAddress, let first = needle.first else { return false }
            var position = 0
            while bytes.count - position >= needle.count,
                let hit = memchr(start + position, CInt(first), bytes.count - position - needle.count + 1)
            {
                if memcmp(hit, needle, needle.count) == 0 { return true }
                position = UnsafeRawPointer(hit) - start + 1
            }
            return false
        }
    }
}
