extension Setting {
    /// `[console]`
    static var console: [Setting] {
        [
            Setting(
                name: "console.url",
                explanation:
                    "where browsers find the web console, such as https://gateway.example.org:8443; for the provider of [oidc]"
            ) { configuration, value, _ in
                let expected = "an address such as \"https://gateway.example.org:8443\""
                guard let text = value.string else { return Complaint(expected: expected) }
                let host = text.dropFirst("https://".count)
                guard
                    text.isEmpty
                        || (text.hasPrefix("https://") && !host.isEmpty && !host.contains { "/?#@ ".contains($0) })
                else { return Complaint(expected: expected) }
                configuration.console.url = text
                return nil
            },
            number(
                "console.idle_seconds", "after which a sign-in to the web console ends that nobody makes use of",
                60...604_800, \.console.idleSeconds),
            number(
                "console.session_seconds", "after which every sign-in to it ends", 60...2_592_000,
                \.console.sessionSeconds),
        ]
    }
}
