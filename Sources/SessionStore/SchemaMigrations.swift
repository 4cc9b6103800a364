import GRDB

/// The database's schema, one step after another. A step that was released is never changed.
enum SchemaMigrations {
    static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1-first-schema") { try $0.execute(sql: Self.firstSchema) }
        migrator.registerMigration("2-grant-keystrokes") { try $0.execute(sql: Self.grantKeystrokes) }
        migrator.registerMigration("3-search-index") { try $0.execute(sql: Self.searchIndex) }
        migrator.registerMigration("4-target-profiles") { try $0.execute(sql: Self.targetProfiles) }
        migrator.registerMigration("5-grant-forwards") { try $0.execute(sql: Self.grantForwards) }
        migrator.registerMigration("6-grant-file-content") { try $0.execute(sql: Self.grantFileContent) }
        migrator.registerMigration("7-groups") { try $0.execute(sql: Self.groups) }
        return migrator
    }

    // Groups of users, and keys that expire. `source` says who keeps a membership.
    private static let groups = """
        CREATE TABLE groups (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            name TEXT NOT NULL UNIQUE,
            comment TEXT NOT NULL,
            added INTEGER NOT NULL
        ) STRICT;
        CREATE TABLE group_members (
            group_id INTEGER NOT NULL REFERENCES groups(id) ON DELETE CASCADE,
            user INTEGER NOT NULL REFERENCES users(id) ON DELETE CASCADE,
            source TEXT NOT NULL DEFAULT 'local',
            PRIMARY KEY (group_id, user)
        ) STRICT;
        CREATE TABLE grant_groups (
            grant_id INTEGER NOT NULL REFERENCES grants(id) ON DELETE CASCADE,
            group_id INTEGER NOT NULL REFERENCES groups(id) ON DELETE CASCADE,
            PRIMARY KEY (grant_id, group_id)
        ) STRICT;
        ALTER TABLE user_keys ADD COLUMN expires INTEGER;
        """

    // How a target is spoken to, and host keys that it presented and nobody has judged yet.
    private static let targetProfiles = """
        ALTER TABLE targets ADD COLUMN algorithms TEXT NOT NULL DEFAULT 'modern';
        ALTER TABLE targets ADD COLUMN password_prompt TEXT;
        CREATE TABLE pending_host_keys (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            target INTEGER NOT NULL REFERENCES targets(id) ON DELETE CASCADE,
            type TEXT NOT NULL,
            blob BLOB NOT NULL,
            comment TEXT NOT NULL,
            fingerprint TEXT NOT NULL,
            seen INTEGER NOT NULL,
            UNIQUE (target, blob)
        ) STRICT;
        """

    // The lines of recordings by which they are found, and which recordings were read for it.
    private static let searchIndex = """
        CREATE VIRTUAL TABLE search USING fts5(
            text, session UNINDEXED, channel UNINDEXED, time UNINDEXED, kind UNINDEXED,
            tokenize = 'unicode61 remove_diacritics 2'
        );
        CREATE TABLE search_coverage (
            session TEXT PRIMARY KEY REFERENCES sessions(id) ON DELETE CASCADE,
            coverage TEXT NOT NULL
        ) STRICT;
        """

    // Grants that permitted forwards when there were no rules yet reach the target itself.
    private static let grantForwards = """
        CREATE TABLE grant_forwards (
            grant_id INTEGER NOT NULL REFERENCES grants(id) ON DELETE CASCADE,
            direction TEXT NOT NULL,
            place TEXT NOT NULL,
            PRIMARY KEY (grant_id, direction, place)
        ) STRICT;
        ALTER TABLE grants ADD COLUMN nested_ssh INTEGER NOT NULL DEFAULT 0;
        WITH itself(place) AS (VALUES ('localhost:*'), ('127.0.0.1:*'), ('[::1]:*')),
            kinds(channel, direction) AS (VALUES ('local-forward', 'local'), ('remote-forward', 'remote'))
        INSERT INTO grant_forwards (grant_id, direction, place)
            SELECT grant_id, direction, place FROM grant_channels JOIN kinds USING (channel) CROSS JOIN itself;
        """

    private static let grantFileContent = "ALTER TABLE grants ADD COLUMN file_content TEXT NOT NULL DEFAULT 'omit'"

    private static let grantKeystrokes = "ALTER TABLE grants ADD COLUMN keystrokes TEXT NOT NULL DEFAULT 'mask-secrets'"

    // Grants refer to rows and not to names: who is added again under an old name must not inherit anything.
    private static let firstSchema = """
        CREATE TABLE users (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            name TEXT NOT NULL UNIQUE,
            enabled INTEGER NOT NULL DEFAULT 1,
            password_hash TEXT,
            added INTEGER NOT NULL
        ) STRICT;
        CREATE TABLE user_keys (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            user INTEGER NOT NULL REFERENCES users(id) ON DELETE CASCADE,
            type TEXT NOT NULL,
            blob BLOB NOT NULL,
            comment TEXT NOT NULL,
            fingerprint TEXT NOT NULL,
            UNIQUE (user, blob)
        ) STRICT;
        CREATE TABLE targets (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            name TEXT NOT NULL UNIQUE,
            host TEXT NOT NULL,
            port INTEGER NOT NULL,
            added INTEGER NOT NULL
        ) STRICT;
        CREATE TABLE host_keys (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            target INTEGER NOT NULL REFERENCES targets(id) ON DELETE CASCADE,
            type TEXT NOT NULL,
            blob BLOB NOT NULL,
            comment TEXT NOT NULL,
            fingerprint TEXT NOT NULL,
            UNIQUE (target, blob)
        ) STRICT;
        CREATE TABLE credentials (
            target INTEGER NOT NULL REFERENCES targets(id) ON DELETE CASCADE,
            account TEXT NOT NULL,
            kind TEXT NOT NULL,
            sealed BLOB NOT NULL,
            key_type TEXT,
            key_blob BLOB,
            key_comment TEXT,
            key_fingerprint TEXT,
            changed INTEGER NOT NULL,
            PRIMARY KEY (target, account)
        ) STRICT;
        CREATE TABLE grants (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            name TEXT NOT NULL UNIQUE,
            added INTEGER NOT NULL
        ) STRICT;
        CREATE TABLE grant_users (
            grant_id INTEGER NOT NULL REFERENCES grants(id) ON DELETE CASCADE,
            user INTEGER NOT NULL REFERENCES users(id) ON DELETE CASCADE,
            PRIMARY KEY (grant_id, user)
        ) STRICT;
        CREATE TABLE grant_targets (
            grant_id INTEGER NOT NULL REFERENCES grants(id) ON DELETE CASCADE,
            target INTEGER NOT NULL REFERENCES targets(id) ON DELETE CASCADE,
            PRIMARY KEY (grant_id, target)
        ) STRICT;
        CREATE TABLE grant_accounts (
            grant_id INTEGER NOT NULL REFERENCES grants(id) ON DELETE CASCADE,
            account TEXT NOT NULL,
            PRIMARY KEY (grant_id, account)
        ) STRICT;
        CREATE TABLE grant_channels (
            grant_id INTEGER NOT NULL REFERENCES grants(id) ON DELETE CASCADE,
            channel TEXT NOT NULL,
            PRIMARY KEY (grant_id, channel)
        ) STRICT;
        CREATE TABLE sessions (
            id TEXT PRIMARY KEY,
            user TEXT NOT NULL,
            account TEXT NOT NULL,
            target TEXT NOT NULL,
            from_address TEXT NOT NULL,
            grants TEXT NOT NULL,
            recording_path TEXT NOT NULL UNIQUE,
            started INTEGER NOT NULL,
            ended INTEGER,
            how TEXT,
            bytes INTEGER
        ) STRICT;
        CREATE INDEX sessions_started ON sessions (started);
        CREATE INDEX sessions_unfinished ON sessions (started) WHERE ended IS NULL;
        CREATE TABLE audit (
            sequence INTEGER PRIMARY KEY,
            time INTEGER NOT NULL,
            code TEXT NOT NULL,
            actor TEXT NOT NULL,
            fields BLOB NOT NULL,
            hash BLOB NOT NULL
        ) STRICT;
        CREATE INDEX audit_code ON audit (code, sequence);
        """
}
