import Foundation
import Glibc
import Synchronization

/// A temporary directory together with everything that was started for it.
///
/// A guardian process holds the read end of a pipe: when this process ends in any way, also by SIGKILL, the guardian
/// kills what is left of the process groups and removes the directory.
public final class Scratch: Sendable {
    public let directory: URL
    private let guardian: pid_t
    private let lifeline: CInt
    private let names = Atomic<Int>(0)

    public init(named name: String = "sallyport-test") throws {
        // A client that ends early must fail its test, not end all of them.
        signal(SIGPIPE, SIG_IGN)
        let folder = FileManager.default.temporaryDirectory.path
        var template = Array("\(folder)/\(name)-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw HarnessError.system("mkdtemp in \(folder)") }
        let path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        self.directory = URL(fileURLWithPath: path)
        // The login of the target walks through it.
        chmod(path, 0o755)

        let ends = try makePipe()
        self.lifeline = ends.write
        self.guardian = try spawnProcess(
            ["/bin/sh", "-c", Self.guardianScript, "sallyport-test-guardian", path],
            environment: ["PATH=/usr/sbin:/usr/bin:/sbin:/bin"], standardInput: ends.read, standardOutput: 2,
            standardError: 2)
        close(ends.read)
    }

    /// Ends what is still running and removes the directory. Blocks until that is done.
    public func dispose() {
        close(self.lifeline)
        waitpid(self.guardian, nil, 0)
    }

    /// The guardian is told `+ PID` for each started process group and `- PID` when it was reaped.
    private static let guardianScript = """
        trap '' INT TERM HUP
        groups=' '
        while read -r verb pid; do
            case $verb in
                +) groups="$groups$pid " ;;
                -) groups=${groups%% $pid *}' '${groups#* $pid } ;;
            esac
        done
        for pid in $groups; do kill -KILL "-$pid" 2>/dev/null; done
        rm -rf -- "$1"
        """

    func register(_ pid: pid_t) { self.tell("+ \(pid)\n") }

    func unregister(_ pid: pid_t) { self.tell("- \(pid)\n") }

    private func tell(_ line: String) {
        _ = Array(line.utf8).withUnsafeBytes { Glibc.write(self.lifeline, $0.baseAddress, $0.count) }
    }

    /// A path below the directory that was not handed out before.
    public func freshPath(_ stem: String) -> String {
        let number = self.names.add(1, ordering: .relaxed).newValue
        return self.directory.appendingPathComponent("\(stem).\(number)").path
    }

    public func path(_ name: String) -> String { self.directory.appendingPathComponent(name).path }

    @discardableResult
    public func write(_ text: String, to name: String, mode: mode_t = 0o644) throws -> String {
        let path = self.path(name)
        try Data(text.utf8).write(to: URL(fileURLWithPath: path))
        guard chmod(path, mode) == 0 else { throw HarnessError.system("chmod \(path)") }
        return path
    }

    @discardableResult
    public func makeDirectory(_ name: String, mode: mode_t = 0o755) throws -> String {
        let path = self.path(name)
        guard mkdir(path, mode) == 0 else { throw HarnessError.system("mkdir \(path)") }
        return path
    }
}
