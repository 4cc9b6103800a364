extension SchemaMigrations {
    // Grants for emergencies, each use of one, who has reviewed it, and what is known of the codes in the envelopes: a hash
    // of what so many of them make up.
    static let breakGlass = """
        CREATE TABLE grant_break_glass (
            grant_id INTEGER PRIMARY KEY REFERENCES grants(id) ON DELETE CASCADE,
            seconds INTEGER NOT NULL
        ) STRICT;
        CREATE TABLE grant_reviewers (
            grant_id INTEGER NOT NULL REFERENCES grants(id) ON DELETE CASCADE,
            group_id INTEGER NOT NULL REFERENCES groups(id) ON DELETE CASCADE,
            PRIMARY KEY (grant_id, group_id)
        ) STRICT;
        CREATE TABLE break_glass_uses (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            user TEXT NOT NULL,
            user_id INTEGER REFERENCES users(id) ON DELETE SET NULL,
            account TEXT NOT NULL,
            target TEXT NOT NULL,
            target_id INTEGER REFERENCES targets(id) ON DELETE SET NULL,
            "grant" TEXT NOT NULL,
            grant_id INTEGER REFERENCES grants(id) ON DELETE SET NULL,
            reviewers TEXT NOT NULL,
            reason TEXT NOT NULL,
            method TEXT NOT NULL,
            from_address TEXT NOT NULL,
            opened INTEGER NOT NULL,
            until INTEGER NOT NULL,
            reviewed INTEGER,
            reminded INTEGER NOT NULL
        ) STRICT;
        CREATE TABLE break_glass_reviews (
            use INTEGER NOT NULL REFERENCES break_glass_uses(id) ON DELETE CASCADE,
            reviewer TEXT NOT NULL,
            time INTEGER NOT NULL,
            text TEXT NOT NULL,
            PRIMARY KEY (use, reviewer)
        ) STRICT;
        CREATE TABLE break_glass_codes (
            id INTEGER PRIMARY KEY CHECK (id = 1),
            threshold INTEGER NOT NULL,
            count INTEGER NOT NULL,
            verifier TEXT NOT NULL,
            made INTEGER NOT NULL
        ) STRICT;
        """
}
