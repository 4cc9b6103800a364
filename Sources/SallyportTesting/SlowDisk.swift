import Foundation

/// What a gateway takes for its disk: syncs of session files and of the database that the test sees, and can hold up.
public struct SlowDisk {
    private let scratch: Scratch
    private let library: String

    /// Builds `Tests/SlowDisk` with the toolchain's clang.
    public init(in scratch: Scratch) throws {
        self.scratch = scratch
        self.library = scratch.path("slow_sync.so")
        let source = Repository.root.appendingPathComponent("Tests/SlowDisk/slow_sync.c").path
        let outcome = try run(
            ["clang", "-shared", "-fPIC", "-O1", "-Wall", "-Werror", source, "-o", self.library, "-ldl"], in: scratch,
            environment: ["PATH": ProcessInfo.processInfo.environment["PATH"] ?? ""])
        guard outcome.code == 0 else { throw HarnessError("clang: \(outcome.errorText)") }
    }

    private var log: String { self.scratch.path("slow-disk.log") }
    private var holdFile: String { self.scratch.path("slow-disk.hold") }

    /// For the daemon, see ``TestGateway/start(recordingsOn:environment:)``.
    public var environment: [String: String] {
        ["LD_PRELOAD": self.library, "SLOW_DISK_LOG": self.log, "SLOW_DISK_HOLD": self.holdFile]
    }

    /// From now on no sync returns.
    public func hold() throws { try self.scratch.write("", to: "slow-disk.hold") }

    /// They return, those that were held up as well.
    public func release() throws { try FileManager.default.removeItem(atPath: self.holdFile) }

    /// A sync of the file `name` is under way.
    public func isSyncing(_ name: String) -> Bool {
        let lines = self.lines(of: name)
        return lines.count { $0.hasPrefix("begin ") } > lines.count { $0.hasPrefix("end ") }
    }

    /// So many bytes of `recording` are on the disk: as long as it was when the last sync was asked for that is over.
    public func syncedBytes(of recording: String) -> Int {
        self.lines(of: "\(recording).spr").filter { $0.hasPrefix("end ") }
            .compactMap { Int($0.split(separator: " ")[1]) }.max() ?? 0
    }

    private func lines(of name: String) -> [Substring] {
        let text = String(decoding: FileManager.default.contents(atPath: self.log) ?? Data(), as: UTF8.self)
        return text.split(separator: "\n").filter { $0.hasSuffix(" \(name)") }
    }
}
