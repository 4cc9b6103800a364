extension SchemaMigrations {
    // Who is signed in to the web console. `hash` is SHA-256 of the cookie.
    static let consoleSessions = """
        CREATE TABLE console_sessions (
            hash BLOB PRIMARY KEY,
            user INTEGER NOT NULL REFERENCES users(id) ON DELETE CASCADE,
            from_address TEXT NOT NULL,
            began INTEGER NOT NULL,
            expires INTEGER NOT NULL,
            last_used INTEGER NOT NULL
        ) STRICT;
        CREATE INDEX console_sessions_user ON console_sessions (user);
        """
}
