extension GatewayConfiguration {
    /// People's sign-ins to the web console.
    public struct Console: Hashable, Sendable {
        /// How long one lasts of which no use is made, in seconds.
        public var idleSeconds = 1800
        /// How long one lasts, in seconds.
        public var sessionSeconds = 43_200
    }

    /// What the template shows for the console.
    static var consoleDefaults: [String: String] {
        let console = Console()
        return [
            "console.idle_seconds": String(console.idleSeconds),
            "console.session_seconds": String(console.sessionSeconds),
        ]
    }
}
