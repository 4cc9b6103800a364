import AdminAPI
import ArgumentParser
import Glibc

/// The root of the command line.
struct Sallyport: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sallyport",
        abstract: "Administer a Sallyport gateway, and open its recordings.",
        discussion: """
            Exit codes: 0 ok, 1 failed, 2 usage, 3 denied, 4 verification failed.

            Examples:
              sallyport --state /srv/gateway init --listen 0.0.0.0:2222
              sallyport user add alice --key alice.pub
              sallyport session list
              sallyport recording play ID
            """,
        version: "sallyport \(ProductVersion.current)",
        subcommands: [
            InitCommand.self, StatusCommand.self, UserCommand.self, GroupCommand.self, DirectoryCommand.self,
            TargetCommand.self, CredentialCommand.self, AccountCommand.self, AuthorityCommand.self, GrantCommand.self,
            RequestCommand.self, BreakGlassCommand.self, ExplainCommand.self, RuleCommand.self, ReportCommand.self,
            ApplyCommand.self, ExportConfigCommand.self, SessionCommand.self,
            RecordingCommand.self, AuditCommand.self,
            SSHConfigCommand.self, VaultCommand.self, BackupCommand.self, RestoreCommand.self, TokenCommand.self,
            DoctorCommand.self,
        ])

    static let defaultStateDirectory = "/var/lib/sallyport"

    @Option(
        help: ArgumentHelp(
            "State directory of the gateway (default: $SALLYPORT_STATE, then \(Self.defaultStateDirectory)).",
            valueName: "dir"))
    var state: String?

    @OptionGroup var remote: ServerOptions

    func validate() throws {
        guard self.state != "" else { throw ValidationError("--state needs a directory") }
    }

    func run() async throws {
        throw ValidationError("name a command")
    }

    var stateDirectory: String {
        if let state = self.state { return state }
        if let value = getenv("SALLYPORT_STATE"), value.pointee != 0 { return String(cString: value) }
        return Self.defaultStateDirectory
    }

    /// The public key of what the gateway signs.
    var signingKeyPath: String { self.stateDirectory + "/keys/recording_signing.pub" }

    var client: ControlClient {
        ControlClient(socketPath: self.stateDirectory + "/control.sock", remote: self.remote)
    }
}

/// A command that only holds verbs.
protocol NounCommand: AsyncParsableCommand {}

extension NounCommand {
    func run() async throws {
        let verbs = Self.configuration.subcommands.map { $0._commandName }.joined(separator: ", ")
        throw ValidationError("say what to do with the \(Self._commandName): \(verbs)")
    }
}

/// `--json`, for everything that prints data.
struct OutputOptions: ParsableArguments {
    @Flag(help: "Print JSON.")
    var json = false
}
