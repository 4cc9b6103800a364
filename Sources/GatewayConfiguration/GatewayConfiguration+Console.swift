extension GatewayConfiguration {
    /// People's sign-ins to the web console.
    public struct Console: Hashable, Sendable {
        /// Where browsers find it, `https://host:port` without a slash at its end; empty where nobody signs in at a
        /// provider.
        public var url = ""
        /// How long one lasts of which no use is made, in seconds.
        public var idleSeconds = 1800
        /// How long one lasts, in seconds.
        public var sessionSeconds = 43_200
    }

    /// What the template shows for the console.
    static var consoleDefaults: [String: String] {
        let console = Console()
        return [
            "console.url": "\"\"",
            "console.idle_seconds": String(console.idleSeconds),
            "console.session_seconds": String(console.sessionSeconds),
        ]
    }
}
