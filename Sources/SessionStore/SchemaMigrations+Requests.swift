extension SchemaMigrations {
    // What grants on approval ask for, and requests for them. A request keeps the names that it was filed with; when one of
    // those ids is gone, it is about nothing that is there, whoever has the name now.
    static let accessRequests = """
        CREATE TABLE grant_approvals (
            grant_id INTEGER PRIMARY KEY REFERENCES grants(id) ON DELETE CASCADE,
            approvals INTEGER NOT NULL,
            deputy_seconds INTEGER NOT NULL,
            wait_seconds INTEGER NOT NULL,
            longest_seconds INTEGER NOT NULL,
            requires_reason INTEGER NOT NULL,
            ticket_pattern TEXT
        ) STRICT;
        CREATE TABLE grant_approvers (
            grant_id INTEGER NOT NULL REFERENCES grants(id) ON DELETE CASCADE,
            group_id INTEGER NOT NULL REFERENCES groups(id) ON DELETE CASCADE,
            is_deputy INTEGER NOT NULL,
            PRIMARY KEY (grant_id, group_id, is_deputy)
        ) STRICT;
        CREATE TABLE access_requests (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            user TEXT NOT NULL,
            user_id INTEGER REFERENCES users(id) ON DELETE SET NULL,
            account TEXT NOT NULL,
            target TEXT NOT NULL,
            target_id INTEGER REFERENCES targets(id) ON DELETE SET NULL,
            "grant" TEXT NOT NULL,
            grant_id INTEGER REFERENCES grants(id) ON DELETE SET NULL,
            seconds INTEGER NOT NULL,
            reason TEXT NOT NULL,
            ticket TEXT NOT NULL,
            from_address TEXT NOT NULL,
            filed_by TEXT NOT NULL,
            state TEXT NOT NULL,
            filed INTEGER NOT NULL,
            waits_until INTEGER NOT NULL,
            decided INTEGER,
            decided_by TEXT,
            decision_text TEXT,
            until INTEGER
        ) STRICT;
        CREATE INDEX access_requests_state ON access_requests (state, id);
        CREATE TABLE access_request_approvals (
            request INTEGER NOT NULL REFERENCES access_requests(id) ON DELETE CASCADE,
            approver TEXT NOT NULL,
            approver_id INTEGER REFERENCES users(id) ON DELETE SET NULL,
            time INTEGER NOT NULL,
            text TEXT NOT NULL
        ) STRICT;
        CREATE INDEX access_request_approvals_request ON access_request_approvals (request);
        """
}
