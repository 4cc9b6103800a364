import Foundation
import Testing

/// Runs the programs that exports are made for.
enum RealPlayer {
    /// Whether the program is there, and script(1), which gives it a terminal.
    static func isInstalled(_ path: String) -> Bool {
        [path, "/usr/bin/script"].allSatisfy(FileManager.default.isExecutableFile(atPath:))
    }

    /// A new directory; the caller removes it.
    static func makeDirectory() throws -> URL {
        let directory = FileManager.default.temporaryDirectory.appendingPathComponent("export-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        return directory
    }

    /// Runs a shell command on a pseudo-terminal and expects that it succeeds.
    static func run(_ command: String, home: URL) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/script")
        process.arguments = ["-qec", command, "/dev/null"]
        process.environment = ["LANG": "C.UTF-8", "PATH": "/usr/bin:/bin", "HOME": home.path, "TERM": "xterm"]
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0, "\(command)")
    }
}
