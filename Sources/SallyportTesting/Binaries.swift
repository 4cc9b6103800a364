import Foundation
import Glibc

/// Where the product's executables are: `SALLYPORT_BIN`, else the folder of the running test bundle.
public enum Binaries {
    public static let folder: String =
        ProcessInfo.processInfo.environment["SALLYPORT_BIN"]
        ?? URL(fileURLWithPath: (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? "")
        .deletingLastPathComponent().path

    public static var daemon: String { self.folder + "/sallyportd" }
    public static var worker: String { self.folder + "/sallyport-session" }
    public static var commandLine: String { self.folder + "/sallyport" }
}

public var runsAsRoot: Bool { geteuid() == 0 }

/// Whether this process may make mount namespaces, which private logins and tiny file systems need.
public let mayMount: Bool = {
    guard runsAsRoot, let scratch = try? Scratch() else { return false }
    defer { scratch.dispose() }
    return (try? run(["unshare", "--mount", "true"], in: scratch))?.code == 0
}()
