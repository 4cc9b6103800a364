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
        migrator.registerMigration("7-audit-heads") { try $0.execute(sql: Self.auditHeads) }
        migrator.registerMigration("8-audit-receivers") { try $0.execute(sql: Self.auditReceivers) }
        migrator.registerMigration("9-certificate-authorities") { try $0.execute(sql: Self.certificateAuthorities) }
        migrator.registerMigration("10-credential-answers") { try $0.execute(sql: Self.credentialAnswers) }
        migrator.registerMigration("11-groups") { try $0.execute(sql: Self.groups) }
        migrator.registerMigration("12-vault-key") { try $0.execute(sql: Self.vaultKey) }
        migrator.registerMigration("13-login-factors") { try $0.execute(sql: Self.loginFactors) }
        migrator.registerMigration("14-target-prompts") { try $0.execute(sql: Self.targetPrompts) }
        migrator.registerMigration("15-labels") { try $0.execute(sql: Self.labels) }
        migrator.registerMigration("16-grant-windows") { try $0.execute(sql: Self.grantWindows) }
        migrator.registerMigration("17-credential-versions") { try $0.execute(sql: Self.credentialVersions) }
        migrator.registerMigration("18-credential-rotations") { try $0.execute(sql: Self.credentialRotations) }
        migrator.registerMigration("19-checkouts") { try $0.execute(sql: Self.checkouts) }
        migrator.registerMigration("20-directory-users") { try $0.execute(sql: Self.directoryUsers) }
        migrator.registerMigration("21-user-authorities") { try $0.execute(sql: Self.userAuthorities) }
        migrator.registerMigration("22-service-accounts") { try $0.execute(sql: Self.serviceAccounts) }
        migrator.registerMigration("23-access-requests") { try $0.execute(sql: Self.accessRequests) }
        migrator.registerMigration("24-break-glass") { try $0.execute(sql: Self.breakGlass) }
        migrator.registerMigration("27-grant-supervision") { try $0.execute(sql: Self.grantSupervision) }
        migrator.registerMigration("31-retention") { try $0.execute(sql: Self.retention) }
        migrator.registerMigration("33-api-tokens") { try $0.execute(sql: Self.apiTokens) }
        migrator.registerMigration("34-roles") { try $0.execute(sql: Self.roles) }
        migrator.registerMigration("35-console") { try $0.execute(sql: Self.consoleSessions) }
        return migrator
    }

    // When, from where and how much a grant permits. Windows, networks and limits of bytes are in their text form.
    private static let grantWindows = """
        ALTER TABLE grants ADD COLUMN effect TEXT NOT NULL DEFAULT 'allow';
        ALTER TABLE grants ADD COLUMN not_before INTEGER;
        ALTER TABLE grants ADD COLUMN not_after INTEGER;
        ALTER TABLE grants ADD COLUMN session_seconds INTEGER;
        ALTER TABLE grants ADD COLUMN idle_seconds INTEGER;
        ALTER TABLE grants ADD COLUMN sessions_per_user INTEGER;
        ALTER TABLE grants ADD COLUMN sessions_per_target INTEGER;
        CREATE TABLE grant_windows (
            grant_id INTEGER NOT NULL REFERENCES grants(id) ON DELETE CASCADE,
            window TEXT NOT NULL,
            PRIMARY KEY (grant_id, window)
        ) STRICT;
        CREATE TABLE grant_sources (
            grant_id INTEGER NOT NULL REFERENCES grants(id) ON DELETE CASCADE,
            network TEXT NOT NULL,
            PRIMARY KEY (grant_id, network)
        ) STRICT;
        CREATE TABLE grant_byte_limits (
            grant_id INTEGER NOT NULL REFERENCES grants(id) ON DELETE CASCADE,
            byte_limit TEXT NOT NULL,
            PRIMARY KEY (grant_id, byte_limit)
        ) STRICT;
        """

    // Who has to watch what a grant permits; each term in its text form.
    private static let grantSupervision = """
        CREATE TABLE grant_supervision (
            grant_id INTEGER NOT NULL REFERENCES grants(id) ON DELETE CASCADE,
            term TEXT NOT NULL,
            PRIMARY KEY (grant_id, term)
        ) STRICT;
        """

    // What targets are told apart by, and grants choose them by.
    private static let labels = """
        CREATE TABLE target_labels (
            target INTEGER NOT NULL REFERENCES targets(id) ON DELETE CASCADE,
            key TEXT NOT NULL,
            value TEXT NOT NULL,
            PRIMARY KEY (target, key)
        ) STRICT;
        CREATE TABLE grant_labels (
            grant_id INTEGER NOT NULL REFERENCES grants(id) ON DELETE CASCADE,
            label TEXT NOT NULL,
            PRIMARY KEY (grant_id, label)
        ) STRICT;
        """

    // `source` says who keeps a user or a key. `directory_id` is what the user's entry there is under any name, and
    // `suspension` why the directory lets them in no longer.
    private static let directoryUsers = """
        ALTER TABLE users ADD COLUMN source TEXT NOT NULL DEFAULT 'local';
        ALTER TABLE users ADD COLUMN directory_id TEXT;
        ALTER TABLE users ADD COLUMN suspension TEXT;
        ALTER TABLE user_keys ADD COLUMN source TEXT NOT NULL DEFAULT 'local';
        """

    // `sources`: addresses and networks, separated by commas.
    private static let serviceAccounts = """
        CREATE TABLE service_accounts (
            user INTEGER PRIMARY KEY REFERENCES users(id) ON DELETE CASCADE,
            sources TEXT NOT NULL,
            sessions INTEGER NOT NULL
        ) STRICT;
        """

    // Whose certificates let users in, and as whom.
    private static let userAuthorities = """
        CREATE TABLE user_authorities (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            name TEXT NOT NULL UNIQUE,
            type TEXT NOT NULL,
            blob BLOB NOT NULL UNIQUE,
            comment TEXT NOT NULL,
            fingerprint TEXT NOT NULL,
            principals TEXT NOT NULL,
            added INTEGER NOT NULL
        ) STRICT;
        """

    // What logins have to prove, and second factors. `last_step` is that of the last code accepted.
    private static let loginFactors = """
        ALTER TABLE users ADD COLUMN login_requirement TEXT;
        ALTER TABLE groups ADD COLUMN login_requirement TEXT;
        ALTER TABLE grants ADD COLUMN second_factor_seconds INTEGER;
        ALTER TABLE user_keys ADD COLUMN touch INTEGER NOT NULL DEFAULT 1;
        ALTER TABLE user_keys ADD COLUMN verification INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE user_keys ADD COLUMN counter INTEGER NOT NULL DEFAULT 0;
        CREATE TABLE user_totp (
            user INTEGER PRIMARY KEY REFERENCES users(id) ON DELETE CASCADE,
            sealed BLOB NOT NULL,
            confirmed INTEGER NOT NULL,
            last_step INTEGER NOT NULL,
            added INTEGER NOT NULL
        ) STRICT;
        CREATE TABLE user_recovery_codes (
            user INTEGER NOT NULL REFERENCES users(id) ON DELETE CASCADE,
            hash BLOB NOT NULL,
            used INTEGER,
            PRIMARY KEY (user, hash)
        ) STRICT;
        """

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

    // How far each receiver of the audit log is.
    private static let auditReceivers = """
        CREATE TABLE audit_receivers (
            name TEXT PRIMARY KEY,
            position INTEGER NOT NULL
        ) STRICT;
        """

    // Statements that the gateway signed about rows of the audit log.
    private static let auditHeads = """
        CREATE TABLE audit_heads (
            sequence INTEGER PRIMARY KEY,
            time INTEGER NOT NULL,
            hash BLOB NOT NULL,
            signature BLOB NOT NULL
        ) STRICT;
        """

    // Who signs certificates for accounts, and what became of each account's credential. `details` of a credential is
    // what may be told of it; the same in its sealed form is what counts.
    private static let certificateAuthorities = """
        CREATE TABLE certificate_authorities (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            name TEXT NOT NULL UNIQUE,
            sealed BLOB NOT NULL,
            key_type TEXT NOT NULL,
            key_blob BLOB NOT NULL,
            key_comment TEXT NOT NULL,
            key_fingerprint TEXT NOT NULL,
            last_serial INTEGER NOT NULL DEFAULT 0,
            added INTEGER NOT NULL
        ) STRICT;
        ALTER TABLE credentials ADD COLUMN authority INTEGER REFERENCES certificate_authorities(id);
        ALTER TABLE credentials ADD COLUMN details TEXT;
        CREATE TABLE credential_history (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            target INTEGER NOT NULL REFERENCES targets(id) ON DELETE CASCADE,
            account TEXT NOT NULL,
            change TEXT NOT NULL,
            kind TEXT NOT NULL,
            key_fingerprint TEXT,
            actor TEXT NOT NULL,
            time INTEGER NOT NULL
        ) STRICT;
        CREATE INDEX credential_history_account ON credential_history (target, account, id);
        INSERT INTO credential_history (target, account, change, kind, key_fingerprint, actor, time)
            SELECT target, account, 'set', kind, key_fingerprint, '-', changed FROM credentials;
        """

    // What an account's login is asked beside its credential. An empty question stands for the usual ones of its kind.
    private static let credentialAnswers = """
        CREATE TABLE credential_answers (
            target INTEGER NOT NULL,
            account TEXT NOT NULL,
            question TEXT NOT NULL,
            kind TEXT NOT NULL,
            sealed BLOB NOT NULL,
            details TEXT NOT NULL,
            changed INTEGER NOT NULL,
            PRIMARY KEY (target, account, question),
            FOREIGN KEY (target, account) REFERENCES credentials(target, account) ON DELETE CASCADE
        ) STRICT;
        """

    // What opens the vault, in one row, and the gateway's own keys: with the credentials in one database, so that a
    // change of the vault's key is one transaction.
    private static let vaultKey = """
        CREATE TABLE vault_key (
            id INTEGER PRIMARY KEY CHECK (id = 1),
            kind TEXT NOT NULL,
            key_id BLOB NOT NULL,
            place TEXT NOT NULL,
            salt BLOB,
            passes INTEGER NOT NULL,
            memory_bytes INTEGER NOT NULL,
            changed INTEGER NOT NULL,
            retired_file TEXT
        ) STRICT;
        CREATE TABLE gateway_keys (
            name TEXT PRIMARY KEY,
            sealed BLOB NOT NULL
        ) STRICT;
        """

    // Former secrets, sealed as they were; they go with the account's credential.
    private static let credentialVersions = """
        ALTER TABLE credentials ADD COLUMN version INTEGER NOT NULL DEFAULT 1;
        ALTER TABLE credential_history ADD COLUMN version INTEGER;
        CREATE TABLE credential_versions (
            target INTEGER NOT NULL,
            account TEXT NOT NULL,
            number INTEGER NOT NULL,
            kind TEXT NOT NULL,
            sealed BLOB NOT NULL,
            key_type TEXT,
            key_blob BLOB,
            key_comment TEXT,
            key_fingerprint TEXT,
            replaced INTEGER NOT NULL,
            PRIMARY KEY (target, account, number),
            FOREIGN KEY (target, account) REFERENCES credentials(target, account) ON DELETE CASCADE
        ) STRICT;
        """

    // Secrets that are being changed. `sealed` is the new one until it is proved; the key is then the old one, while its
    // line has to leave the target.
    private static let credentialRotations = """
        CREATE TABLE credential_rotations (
            target INTEGER NOT NULL,
            account TEXT NOT NULL,
            id TEXT NOT NULL UNIQUE,
            phase TEXT NOT NULL,
            kind TEXT NOT NULL,
            sealed BLOB,
            key_type TEXT,
            key_blob BLOB,
            key_comment TEXT,
            key_fingerprint TEXT,
            "trigger" TEXT NOT NULL,
            actor TEXT NOT NULL,
            started INTEGER NOT NULL,
            failure TEXT,
            PRIMARY KEY (target, account),
            FOREIGN KEY (target, account) REFERENCES credentials(target, account) ON DELETE CASCADE
        ) STRICT;
        CREATE TABLE rotation_schedules (
            target INTEGER NOT NULL,
            account TEXT NOT NULL,
            every_seconds INTEGER,
            after_sessions INTEGER NOT NULL,
            via TEXT,
            keys_file TEXT,
            tried INTEGER NOT NULL,
            PRIMARY KEY (target, account),
            FOREIGN KEY (target, account) REFERENCES credentials(target, account) ON DELETE CASCADE
        ) STRICT;
        """

    // Passwords that people have been shown, until the account has a new one.
    private static let checkouts = """
        CREATE TABLE checkouts (
            target INTEGER NOT NULL,
            account TEXT NOT NULL,
            user TEXT NOT NULL,
            from_address TEXT NOT NULL,
            reason TEXT NOT NULL,
            began INTEGER NOT NULL,
            until INTEGER NOT NULL,
            returned INTEGER,
            PRIMARY KEY (target, account),
            FOREIGN KEY (target, account) REFERENCES credentials(target, account) ON DELETE CASCADE
        ) STRICT;
        """

    private static let targetPrompts = "ALTER TABLE targets ADD COLUMN prompts TEXT NOT NULL DEFAULT 'refuse'"

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
