extension Setting {
    /// `[console]`
    static var console: [Setting] {
        [
            number(
                "console.idle_seconds", "after which a sign-in to the web console ends that nobody makes use of",
                60...604_800, \.console.idleSeconds),
            number(
                "console.session_seconds", "after which every sign-in to it ends", 60...2_592_000,
                \.console.sessionSeconds),
        ]
    }
}
