import Foundation
import Glibc

/// A throw-away OpenID provider with the device flow: Tests/ForeignTools/oidc_provider.py.
public final class OIDCProvider {
    public static let clientID = "sallyport test"
    /// With what has to be encoded in it.
    public static let clientSecret = "planted:secret/of the+client"

    public let port: Int
    public let secretFile: String
    private let scratch: Scratch
    private var process: RunningProcess?

    public var issuer: String { "http://127.0.0.1:\(self.port)" }

    public init(in scratch: Scratch) throws {
        self.scratch = scratch
        self.port = try freePort()
        self.secretFile = scratch.freshPath("oidc-secret")
        try Data((Self.clientSecret + "\n").utf8).write(to: URL(fileURLWithPath: self.secretFile))
        chmod(self.secretFile, 0o600)
        try self.start()
    }

    deinit { self.stop() }

    public func start() throws {
        let process = try RunningProcess(
            ForeignTools.python("oidc_provider.py") + ["\(self.port)", Self.clientID, Self.clientSecret],
            in: self.scratch)
        self.process = process
        try process.waitForOutput("ready", within: .seconds(60))
    }

    public func stop() {
        self.process?.signal(SIGCONT)
        self.process?.kill()
        self.process = nil
    }

    /// From its return on it takes connections and never answers.
    public func freeze() throws {
        guard let process = self.process else { return }
        process.signal(SIGSTOP)
        try waitUntil("the provider stands still") { ProcessTable.isStopped(process.pid) }
    }

    public func thaw() { self.process?.signal(SIGCONT) }

    /// What is to be otherwise, such as `rotate=ES256`; see the program.
    public func control(_ fields: String...) throws {
        let outcome = try run(
            ["curl", "-sf"] + fields.flatMap { ["--data-urlencode", $0] } + [self.issuer + "/control"],
            in: self.scratch)
        guard outcome.code == 0 else { throw HarnessError("the provider did not take \(fields)") }
    }

    /// A program that answers ssh's questions as a person with a browser: goes where it is told to, signs in as
    /// `login`, and gives nothing for a password.
    /// - parameter shown: a file that gets each prompt.
    public func browser(
        as login: String, decision: String = "approve", afterSeconds: Int = 0, shown: String
    ) throws -> String {
        let program = self.scratch.freshPath("browser")
        try writeProgram(
            """
            #!/bin/sh
            printf '%s\\n' "$1" >>'\(shown)'
            case "$1" in
            *'enter the code '*)
                place=${1#*Open }; place=${place%% *}
                code=${1##*enter the code }; code=${code%%,*}
                curl -sf --max-time 20 -d "user_code=$code&login=\(login)&decision=\(decision)&after=\(afterSeconds)" "$place" >/dev/null
                echo ;;
            *assword*) echo ;;
            *) exit 1 ;;
            esac

            """, to: program, mode: 0o700)
        return program
    }
}
