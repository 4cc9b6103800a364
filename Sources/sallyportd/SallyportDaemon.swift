// The broker. `--config FILE` serves in the foreground; `--initialise DIR` makes a state directory for `sallyport init`.
import AdminAPI
import ArgumentParser
import Foundation
import Gateway
import GatewayConfiguration
import Platform

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
              pass show vault | sallyportd --config /srv/gateway/sallyport.toml --passphrase-fd 0
            """,
        version: ProductVersion.current)

    @Option(help: ArgumentHelp("The configuration file.", valueName: "file"))
    var config: String?

    @Option(
        help: ArgumentHelp("Make a new state directory and end; what `sallyport init` calls.", valueName: "directory"))
    var initialise: String?

    @Option(
        help: ArgumentHelp(
            "Read the vault's passphrase from this descriptor, to its end or the first newline.", valueName: "number"))
    var passphraseFd: Int32?

    @Option(
        help: ArgumentHelp(
            "Make a state directory of a backup and end; what `sallyport restore` calls.", valueName: "directory"))
    var restore: String?

    @Option(help: ArgumentHelp("With --restore: the backup.", valueName: "file"))
    var backup: String?

    @Option(help: ArgumentHelp("With --restore: a copy of the vault's key file.", valueName: "file"))
    var vaultKey: String?

    @Option(help: ArgumentHelp("With --initialise: where to accept SSH clients.", valueName: "host:port"))
    var listen: String = "0.0.0.0:2222"

    func validate() throws {
        guard [self.config, self.initialise, self.restore].count(where: { $0 != nil }) == 1 else {
            throw ValidationError("give --config FILE, --initialise DIRECTORY or --restore DIRECTORY")
        }
        guard (self.restore == nil) == (self.backup == nil) else {
            throw ValidationError("--restore DIRECTORY and --backup FILE belong together")
        }
    }

    /// Not asynchronous, so that it begins on the main thread, the only one so far: signals are blocked there for all.
    func run() throws {
        do {
            // Each of these ways reads or makes secrets.
            try ProcessHardening.apply()
            if let config = self.config {
                let configuration = try GatewayConfiguration.load(path: config)
                let unlocking = try PassphraseSource.unlocking(descriptor: self.passphraseFd)
                try Daemon.run(configuration, unlocking: unlocking, until: TerminationSignals())
            } else if let directory = self.restore, let backup = self.backup {
                let outcome = try StateRestore.restore(backup, to: directory, keyFile: self.vaultKey)
                print("restored the backup of \(outcome.made) to \(directory)")
                for remark in outcome.remarks { print(remark) }
            } else if let directory = self.initialise {
                guard let address = NetworkAddress(self.listen) else {
                    throw GatewayError(
                        "'\(self.listen)' is not an address to listen on",
                        hint: "write it as HOST:PORT, as in 0.0.0.0:2222")
                }
                try StateDirectory.create(at: directory, listen: address)
                let fingerprint = try APIEndpoint.makeCertificate(GatewayConfiguration(folder: directory))
                print("made \(directory); the API, once it listens, shows a certificate of \(fingerprint)")
            }
        } catch {
            Complaint(error).print(as: self.config != nil ? "sallyportd" : "sallyport")
            throw ExitCode.failure
        }
    }
}
