import TOMLKit

extension Setting {
    /// `[api]`
    static var api: [Setting] {
        [
            Setting(
                name: "api.listen", explanation: "where the API is served over HTTPS, such as 127.0.0.1:8443"
            ) { configuration, value, _ in
                guard let text = value.string else { return Complaint(expected: "an address in quotes") }
                let address = NetworkAddress(text)
                guard text.isEmpty || address != nil else {
                    return Complaint(expected: "an address such as \"127.0.0.1:8443\" or \"[::]:8443\"")
                }
                configuration.api.listen = address
                return nil
            },
            apiFile(
                "api.certificate", "its certificate, and those up to the authority, in PEM form", \.api.certificate),
            apiFile("api.key", "the certificate's private key, in PEM form", \.api.key),
            Setting(
                name: "api.console",
                explanation: "folder of the web console's files; \"\" for no console"
            ) { configuration, value, folder in
                guard let path = value.string else { return Complaint(expected: "a path in quotes") }
                configuration.api.console = path.isEmpty ? "" : AbsolutePath.join(folder, path)
                return nil
            },
            number("api.connections", "connections at once", 1...100_000, \.api.connections),
            number(
                "api.connections_per_source", "connections at once from one address", 1...100_000,
                \.api.connectionsPerSource),
        ]
    }

    private static func apiFile(
        _ name: String, _ explanation: String, _ target: WritableKeyPath<GatewayConfiguration, String?>
    ) -> Setting {
        Setting(name: name, explanation: explanation) { configuration, value, folder in
            guard let path = value.string, !path.isEmpty else { return Complaint(expected: "a path in quotes") }
            configuration[keyPath: target] = AbsolutePath.join(folder, path)
            return nil
        }
    }
}
