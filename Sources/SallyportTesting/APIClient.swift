import Foundation

/// The API of a throw-away gateway over HTTPS, by stock curl and by the `sallyport` command line.
public struct APIClient {
    public let gateway: TestGateway
    public let port: Int
    public var url: String { "https://127.0.0.1:\(self.port)" }
    /// The gateway's self-signed certificate.
    public var certificate: String { self.gateway.state + "/keys/api_certificate.pem" }

    /// Has `gateway`, which must not have been started, serve its API, and the web console, on a free port.
    /// Starts it.
    public init(startingWith gateway: TestGateway, daemonArguments: [String] = [], port: Int? = nil) throws {
        self.gateway = gateway
        self.port = try port ?? freePort()
        let console = Repository.root.appending(path: ".build/console").path
        try gateway.configure("api", "listen = \"127.0.0.1:\(self.port)\"\nconsole = \"\(console)\"")
        try gateway.start(daemonArguments: daemonArguments)
    }

    /// A new token.
    public func token(_ name: String, role: String, _ more: String..., expires: String = "1d") throws -> String {
        let outcome = try self.gateway.command(
            ["token", "create", "--name", name, "--role", role, "--expires", expires] + more)
        guard outcome.code == 0 else { throw HarnessError("token create: \(outcome.errorText)") }
        return outcome.text.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// One request by curl.
    /// - returns: the HTTP status, and the body.
    public func ask(
        _ path: String, token: String?, method: String = "GET", body: String? = nil
    ) throws -> (status: Int, body: String) {
        var words = [
            "curl", "--silent", "--max-time", "30", "--cacert", self.certificate, "--request", method,
            "--write-out", "\n%{http_code}", self.url + path,
        ]
        if let token { words += ["--header", "Authorization: Bearer \(token)"] }
        if let body { words += ["--data", body] }
        let text = try output(of: words, in: self.gateway.scratch)
        let end = text.lastIndex(of: "\n") ?? text.startIndex
        guard let status = Int(text[end...].trimmingCharacters(in: .whitespacesAndNewlines)) else {
            throw HarnessError("curl printed \(text)")
        }
        return (status, String(text[..<end]))
    }

    /// `sallyport --server … VERB…`, which sees nothing of the state directory.
    public func command(_ words: [String], token: String) throws -> Outcome {
        let file = self.gateway.scratch.freshPath("token")
        try Data("\(token)\n".utf8).write(to: URL(fileURLWithPath: file))
        return try run(
            [
                Binaries.commandLine, "--state", "/nonexistent", "--server", self.url, "--token-file", file,
                "--server-ca",
                self.certificate,
            ] + words, in: self.gateway.scratch)
    }
}
