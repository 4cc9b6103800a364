import ArgumentParser
import Glibc

/// Makes a new state directory. `sallyportd` does the work, since the vault and the store are its own.
struct InitCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "init", abstract: "Make a state directory: keys, database, sallyport.toml.",
        discussion: "Example: sallyport --state /srv/gateway init --listen 0.0.0.0:2222")

    @ParentCommand var root: Sallyport

    @Option(help: ArgumentHelp("Where the gateway shall accept SSH.", valueName: "address:port"))
    var listen: String

    func run() throws {
        try DaemonProgram.replaceThisProcess(
            with: ["--initialise", self.root.stateDirectory, "--listen", self.listen])
    }
}

/// `sallyportd`, for what only it may do.
enum DaemonProgram {
    /// Runs it in place of this process; so it returns only when it fails. Throws `CommandFailure`.
    static func replaceThisProcess(with arguments: [String]) throws {
        let daemon = try Self.siblingDirectory() + "/sallyportd"
        var pointers = ([daemon] + arguments).map { strdup($0) } + [nil]
        execv(daemon, &pointers)
        let reason = String(cString: strerror(errno)).lowercased()
        throw CommandFailure("cannot run \(daemon): \(reason)", hint: "sallyportd belongs beside sallyport")
    }

    /// The directory of this executable.
    private static func siblingDirectory() throws -> String {
        guard let resolved = realpath("/proc/self/exe", nil) else {
            throw CommandFailure("cannot find the directory of sallyport", hint: "is /proc mounted?")
        }
        defer { free(resolved) }
        let path = String(cString: resolved)
        guard let slash = path.lastIndex(of: "/") else {
            preconditionFailure("realpath gives absolute paths")
        }
        return String(path[..<slash])
    }
}
