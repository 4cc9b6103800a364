import AdminAPI
import ArgumentParser
import Glibc

/// A gateway that is asked over HTTPS, in place of one by its control socket.
struct ServerOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "A gateway's API, https://HOST:PORT, in place of the control socket (default: $SALLYPORT_SERVER).",
            valueName: "url"))
    var server: String?
    @Option(
        help: ArgumentHelp("With --server: a file with a token (default: $SALLYPORT_TOKEN_FILE).", valueName: "file"))
    var tokenFile: String?
    @Option(
        help: ArgumentHelp(
            "With --server: authorities to trust, in place of the system's (default: $SALLYPORT_CA).",
            valueName: "file"))
    var serverCA: String?
    @Option(
        help: ArgumentHelp(
            "With --server: trust the certificate of this fingerprint alone (default: $SALLYPORT_FINGERPRINT).",
            valueName: "SHA256:…"))
    var serverFingerprint: String?

    func validate() throws {
        for (name, value) in [
            ("--server", self.server), ("--token-file", self.tokenFile), ("--server-ca", self.serverCA),
            ("--server-fingerprint", self.serverFingerprint),
        ] where value == "" { throw ValidationError("\(name) needs a value") }
        if let server = self.server, Self.address(server) == nil {
            throw ValidationError("--server needs https://HOST or https://HOST:PORT")
        }
        if self.server == nil, let other = self.tokenFile ?? self.serverCA ?? self.serverFingerprint,
            Self.environment("SALLYPORT_SERVER") == nil
        {
            throw ValidationError("'\(other)' is for a gateway that --server names")
        }
    }

    /// Nil for the control socket. Throws `CommandFailure`.
    func endpoint() throws -> RemoteEndpoint? {
        guard let text = self.server ?? Self.environment("SALLYPORT_SERVER") else { return nil }
        guard let (host, port) = Self.address(text) else {
            throw CommandFailure("SALLYPORT_SERVER is not https://HOST:PORT", status: .usage)
        }
        guard let file = self.tokenFile ?? Self.environment("SALLYPORT_TOKEN_FILE") else {
            throw CommandFailure(
                "a gateway over HTTPS wants a token", hint: "name its file with --token-file", status: .usage)
        }
        let token = String(decoding: try Inputs.file(file, limit: 4096), as: UTF8.self).trimmed
        guard !token.isEmpty, token.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw CommandFailure("\(file) holds no token", status: .usage)
        }
        let fingerprint = self.serverFingerprint ?? Self.environment("SALLYPORT_FINGERPRINT")
        return RemoteEndpoint(
            host: host, port: port, token: token, authorities: self.serverCA ?? Self.environment("SALLYPORT_CA"),
            fingerprint: try fingerprint.map(CertificateFingerprint.init))
    }

    private static func environment(_ name: String) -> String? {
        guard let value = getenv(name), value.pointee != 0 else { return nil }
        return String(cString: value)
    }

    private static func address(_ text: String) -> (host: String, port: Int)? {
        guard text.hasPrefix("https://") else { return nil }
        var rest = text.dropFirst("https://".count)
        if rest.hasSuffix("/") { rest.removeLast() }
        guard !rest.isEmpty, !rest.contains("/"), !rest.contains("@") else { return nil }
        if rest.hasPrefix("[") {
            guard let end = rest.firstIndex(of: "]") else { return nil }
            let host = String(rest[rest.index(after: rest.startIndex)..<end])
            let tail = rest[rest.index(after: end)...]
            guard !tail.isEmpty else { return (host, 443) }
            return tail.first == ":" ? Self.port(tail.dropFirst()).map { (host, $0) } : nil
        }
        let parts = rest.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count <= 2, !parts[0].isEmpty else { return nil }
        guard parts.count == 2 else { return (String(rest), 443) }
        return Self.port(parts[1]).map { (String(parts[0]), $0) }
    }

    private static func port(_ text: Substring) -> Int? {
        Int(text).flatMap { (1...65_535).contains($0) ? $0 : nil }
    }
}
