// The broker. `--config FILE` serves in the foreground; `--initialise DIR` makes a state directory for `sallyport init`.
import AdminAPI
import ArgumentParser
import Foundation
import Gateway
import GatewayConfiguration

@main
struct SallyportDaemon: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sallyportd",
        abstract: "The gateway: accepts SSH connections, decides, injects credentials, records.",
        discussion: """
            Runs in the foreground and prints `sallyportd: ready on HOST:PORT` once it accepts. SIGTERM and SIGINT end \
            all sessions, seal their recordings, and end the gateway.

            Examples:
              sallyport init --listen 0.0.0.0:2222
              sallyportd --config /var/lib/sallyport/sallyport.toml
            """,
        version: ProductVersion.current)

    @Option(help: ArgumentHelp("The configuration file.", valueName: "file"))
    var config: String?

    @Option(
        help: ArgumentHelp("Make a new state directory and end; what `sallyport init` calls.", valueName: "directory"))
    var initialise: String?

    @Option(help: ArgumentHelp("With --initialise: where to accept SSH clients.", valueName: "host:port"))
    var listen: String = "0.0.0.0:2222"

    func validate() throws {
        guard (self.config == nil) != (self.initialise == nil) else {
            throw ValidationError("give --config FILE, or --initialise DIRECTORY")
        }
    }

    /// Not asynchronous, so that it begins on the main thread, the only one so far: signals are blocked there for all.
    func run() throws {
        do {
            if let config = self.config {
                try Daemon.run(try GatewayConfiguration.load(path: config), until: TerminationSignals())
            } else if let directory = self.initialise {
                guard let address = NetworkAddress(self.listen) else {
                    throw GatewayError(
                        "'\(self.listen)' is not an address to listen on",
                        hint: "write it as HOST:PORT, as in 0.0.0.0:2222")
                }
                try StateDirectory.create(at: directory, listen: address)
            }
        } catch {
            Complaint(error).print(as: self.initialise == nil ? "sallyportd" : "sallyport")
            throw ExitCode.failure
        }
    }
}
