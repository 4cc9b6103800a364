extension SchemaMigrations {
    // How long recordings are kept, which may not be deleted, and what is left of those that were. Rules and holds name
    // things that may be gone before their recordings are.
    static let retention = """
        CREATE TABLE retention_rules (
            kind TEXT NOT NULL,
            subject TEXT NOT NULL,
            keep_seconds INTEGER,
            added INTEGER NOT NULL,
            PRIMARY KEY (kind, subject)
        ) STRICT;
        CREATE TABLE legal_holds (
            kind TEXT NOT NULL,
            subject TEXT NOT NULL,
            reason TEXT NOT NULL,
            actor TEXT NOT NULL,
            placed INTEGER NOT NULL,
            PRIMARY KEY (kind, subject)
        ) STRICT;
        CREATE TABLE deleted_recordings (
            session TEXT PRIMARY KEY REFERENCES sessions(id) ON DELETE CASCADE,
            rule TEXT NOT NULL,
            reason TEXT,
            actor TEXT NOT NULL,
            time INTEGER NOT NULL,
            is_gone INTEGER NOT NULL,
            first_record BLOB NOT NULL,
            last_record BLOB NOT NULL
        ) STRICT;
        """
}
