extension SchemaMigrations {
    // Who may use the API. `hash` is SHA-256 of a token, `scope` names permissions with commas between them, NULL for
    // all of the role's. `owner` stays when the user goes, so that the token is worth nothing then.
    static let apiTokens = """
        CREATE TABLE api_tokens (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            name TEXT NOT NULL UNIQUE,
            prefix TEXT NOT NULL UNIQUE,
            hash BLOB NOT NULL,
            role TEXT NOT NULL,
            scope TEXT,
            owner TEXT,
            user INTEGER REFERENCES users(id) ON DELETE SET NULL,
            created INTEGER NOT NULL,
            created_by TEXT NOT NULL,
            expires INTEGER NOT NULL,
            revoked INTEGER,
            last_used INTEGER
        ) STRICT;
        """

    // What people may do in the administration, by themselves and by their groups.
    static let roles = """
        CREATE TABLE user_roles (
            user INTEGER NOT NULL REFERENCES users(id) ON DELETE CASCADE,
            role TEXT NOT NULL,
            PRIMARY KEY (user, role)
        ) STRICT;
        CREATE TABLE group_roles (
            group_id INTEGER NOT NULL REFERENCES groups(id) ON DELETE CASCADE,
            role TEXT NOT NULL,
            PRIMARY KEY (group_id, role)
        ) STRICT;
        """
}
