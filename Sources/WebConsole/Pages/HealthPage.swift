import AdminAPI

/// How the gateway fares, and what is wrong with it.
enum HealthPage {
    struct View: Sendable {
        let version: String
        let started: ShownTime
        let listen: String
        let sessions: Int
        let users: Int
        let targets: Int
        let recordings: Int
        let trouble: String?
        let findings: [Item]
        let examined: Bool
        let receivers: [Receiver]
        let directories: [Directory]
        let hostKeys: [PublicKeyInfo]
        let signingKey: String
    }

    struct Item: Sendable {
        let severity: String
        let isBad: Bool
        let check: String
        let message: String
        let hint: String
    }

    struct Receiver: Sendable {
        let name: String
        let kind: String
        let received: UInt64
        let behind: UInt64
        let failure: String?
    }

    struct Directory: Sendable {
        let kind: String
        let address: String
        let failure: String?
    }
}

extension WebConsole {
    func addHealth(to pages: PageTable) {
        pages.page("health", .statusRead) { call in
            let status = try await call.service.status(by: call.actor)
            let examined = call.may(.healthRead)
            let findings = examined ? try await call.service.examine(by: call.actor) : []
            return Page(
                "health", title: "Health",
                HealthPage.View(
                    version: status.version, started: ShownTime(status.started), listen: status.listen,
                    sessions: status.sessions, users: status.users, targets: status.targets,
                    recordings: status.recordings, trouble: await call.service.trouble(),
                    findings: findings.sorted { $0.severity > $1.severity }.map {
                        .init(
                            severity: $0.severity.rawValue, isBad: $0.severity > .note, check: $0.check,
                            message: $0.message, hint: $0.hint)
                    },
                    examined: examined,
                    receivers: status.auditReceivers.map {
                        .init(
                            name: $0.name, kind: $0.kind, received: $0.received, behind: $0.behind,
                            failure: $0.failure)
                    },
                    directories: status.directories.map {
                        .init(kind: $0.kind, address: $0.address, failure: $0.failure)
                    },
                    hostKeys: status.hostKeys, signingKey: status.recordingSigningKey.fingerprint))
        }
    }
}
