/// The paths of the API, shared by server and client.
public enum AdminRoutes {
    public static let status = AdminRoute("/v1/status")
    public static let users = AdminRoute("/v1/users")
    /// Query of DELETE: `reason`.
    public static let user = AdminRoute("/v1/users/:name")
    /// Query of DELETE: `reason`.
    public static let userKey = AdminRoute("/v1/users/:name/keys/:fingerprint")
    public static let userAuthorities = AdminRoute("/v1/user-authorities")
    /// Query of DELETE: `reason`.
    public static let userAuthority = AdminRoute("/v1/user-authorities/:name")
    public static let groups = AdminRoute("/v1/groups")
    public static let group = AdminRoute("/v1/groups/:name")
    /// POST begins an enrolment, DELETE takes the second factor away.
    public static let userSecondFactor = AdminRoute("/v1/users/:name/totp")
    public static let userSecondFactorConfirmation = AdminRoute("/v1/users/:name/totp/confirmation")
    public static let userRecoveryCodes = AdminRoute("/v1/users/:name/recovery-codes")
    public static let userRoles = AdminRoute("/v1/users/:name/roles")
    public static let groupRoles = AdminRoute("/v1/groups/:name/roles")
    public static let userPassword = AdminRoute("/v1/users/:name/password")
    public static let userKeys = AdminRoute("/v1/users/:name/keys")
    public static let userDestinations = AdminRoute("/v1/users/:name/destinations")
    /// GET asks every server.
    public static let directory = AdminRoute("/v1/directory")
    public static let directoryPerson = AdminRoute("/v1/directory/people/:name")
    public static let targets = AdminRoute("/v1/targets")
    public static let target = AdminRoute("/v1/targets/:name")
    public static let targetHostKeys = AdminRoute("/v1/targets/:name/host-keys")
    public static let targetHostKeyVerdict = AdminRoute("/v1/targets/:name/host-keys/verdict")
    public static let hostKeyScan = AdminRoute("/v1/host-key-scan")
    public static let credentials = AdminRoute("/v1/credentials")
    public static let credential = AdminRoute("/v1/credentials/:target/:account")
    public static let credentialHistory = AdminRoute("/v1/credentials/:target/:account/history")
    public static let credentialRotation = AdminRoute("/v1/credentials/:target/:account/rotation")
    public static let credentialSchedule = AdminRoute("/v1/credentials/:target/:account/schedule")
    public static let credentialRestoration = AdminRoute("/v1/credentials/:target/:account/restoration")
    public static let checkouts = AdminRoute("/v1/checkouts")
    /// DELETE takes it back.
    public static let credentialCheckout = AdminRoute("/v1/credentials/:target/:account/checkout")
    public static let accountDiscovery = AdminRoute("/v1/targets/:name/discovery")
    /// Query of DELETE: `question`.
    public static let credentialAnswers = AdminRoute("/v1/credentials/:target/:account/answers")
    public static let authorities = AdminRoute("/v1/authorities")
    public static let authority = AdminRoute("/v1/authorities/:name")
    public static let vault = AdminRoute("/v1/vault")
    public static let vaultKey = AdminRoute("/v1/vault/key")
    public static let backup = AdminRoute("/v1/backup")
    public static let grants = AdminRoute("/v1/grants")
    public static let grant = AdminRoute("/v1/grants/:name")
    /// GET, with the query `all` (`true` or `false`), and POST.
    public static let requests = AdminRoute("/v1/requests")
    public static let request = AdminRoute("/v1/requests/:id")
    public static let requestApproval = AdminRoute("/v1/requests/:id/approve")
    public static let requestDenial = AdminRoute("/v1/requests/:id/deny")
    public static let requestRevocation = AdminRoute("/v1/requests/:id/revoke")
    /// GET, with the query `all` (`true` or `false`), and POST.
    public static let emergencies = AdminRoute("/v1/emergencies")
    /// DELETE ends it. Query: `reason`.
    public static let emergency = AdminRoute("/v1/emergencies/:id")
    public static let sealedCodes = AdminRoute("/v1/sealed-codes")
    public static let accessReport = AdminRoute("/v1/reports/access")
    /// Query: `since`; likewise below.
    public static let activityReport = AdminRoute("/v1/reports/activity")
    public static let unusedGrantsReport = AdminRoute("/v1/reports/unused-grants")
    /// POST applies one, GET exports it.
    public static let accessDocument = AdminRoute("/v1/access-document")
    public static let explain = AdminRoute("/v1/explain")
    public static let sessions = AdminRoute("/v1/sessions")
    public static let session = AdminRoute("/v1/sessions/:id")
    public static let sessionKill = AdminRoute("/v1/sessions/:id/kill")
    public static let sessionLock = AdminRoute("/v1/sessions/:id/lock")
    public static let sessionUnlock = AdminRoute("/v1/sessions/:id/unlock")
    public static let sessionMessage = AdminRoute("/v1/sessions/:id/message")
    /// POST gives a place among those who watch it.
    public static let sessionWatchers = AdminRoute("/v1/sessions/:id/watchers")
    /// POST is a sign of life.
    public static let sessionWatcher = AdminRoute("/v1/sessions/:id/watchers/:number")
    /// POST types along.
    public static let sessionInput = AdminRoute("/v1/sessions/:id/watchers/:number/input")
    /// POST approves or denies one that waits.
    public static let sessionCommands = AdminRoute("/v1/sessions/:id/commands")
    public static let recordings = AdminRoute("/v1/recordings")
    /// Query of DELETE: `reason`.
    public static let recording = AdminRoute("/v1/recordings/:id")
    /// Query of DELETE: `kind`, `subject`.
    public static let retention = AdminRoute("/v1/retention")
    public static let retentionRun = AdminRoute("/v1/retention/run")
    public static let legalHolds = AdminRoute("/v1/legal-holds")
    public static let legalHoldRelease = AdminRoute("/v1/legal-holds/release")
    public static let recordingAccess = AdminRoute("/v1/recordings/:id/access")
    /// Query: `from` (byte offset), `follow` (`true` or `false`), `watcher` (a number of `sessionWatchers`'; follows).
    public static let recordingContent = AdminRoute("/v1/recordings/:id/content")
    /// Of a recording that has one.
    public static let recordingIndex = AdminRoute("/v1/recordings/:id/index")
    /// Query: `text`, `limit`.
    public static let recordingSearch = AdminRoute("/v1/recording-search")
    /// Query: `limit`, `code`, `session`.
    public static let audit = AdminRoute("/v1/audit")
    /// Query: `after` (a row's position), `limit`.
    public static let auditPage = AdminRoute("/v1/audit/page")
    public static let tokens = AdminRoute("/v1/tokens")
    /// DELETE revokes it.
    public static let token = AdminRoute("/v1/tokens/:name")
    /// Server-sent events.
    public static let sessionEvents = AdminRoute("/v1/events/sessions")
    /// Server-sent events. Query: `after` (a row's position); or the header `Last-Event-ID`.
    public static let auditEvents = AdminRoute("/v1/events/audit")
    public static let findings = AdminRoute("/v1/findings")
    /// Of no version, since scrapers ask for it there.
    public static let metrics = AdminRoute("/metrics")
    /// The OpenAPI document of this API.
    public static let openAPI = AdminRoute("/v1/openapi.json")
}

/// A path with `:parameters`.
public struct AdminRoute: Hashable, Sendable {
    public let template: String

    init(_ template: String) {
        self.template = template
    }

    /// Names of the parameters, in order.
    public var parameters: [String] {
        self.template.split(separator: "/").filter { $0.hasPrefix(":") }.map { String($0.dropFirst()) }
    }

    /// The path with `values` in place of the parameters, in order, and a query of `query`.
    public func path(_ values: String..., query: [(name: String, value: String)] = []) -> String {
        var remaining = values[...]
        let segments = self.template.split(separator: "/").map { segment in
            guard segment.hasPrefix(":") else { return String(segment) }
            guard let value = remaining.popFirst() else {
                preconditionFailure("each route is used with the parameters that its template names")
            }
            return PercentEncoding.encode(value)
        }
        precondition(remaining.isEmpty, "each route is used with the parameters that its template names")
        let pairs = query.map { PercentEncoding.encode($0.name) + "=" + PercentEncoding.encode($0.value) }
        return "/" + segments.joined(separator: "/") + (pairs.isEmpty ? "" : "?" + pairs.joined(separator: "&"))
    }
}

/// Percent-encoding of one path segment or query value (RFC 3986 section 2.1).
public enum PercentEncoding {
    private static let hexDigits = Array("0123456789ABCDEF".utf8)

    public static func encode(_ text: String) -> String {
        var result: [UInt8] = []
        for byte in text.utf8 {
            if Self.isUnreserved(byte) {
                result.append(byte)
            } else {
                result += [UInt8(ascii: "%"), Self.hexDigits[Int(byte >> 4)], Self.hexDigits[Int(byte & 15)]]
            }
        }
        return String(decoding: result, as: UTF8.self)
    }

    /// Nil when an escape is broken or the result is not UTF-8.
    public static func decode(_ text: some StringProtocol) -> String? {
        var result: [UInt8] = []
        var bytes = Array(text.utf8)[...]
        while let byte = bytes.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                result.append(byte)
                continue
            }
            guard let high = bytes.popFirst().flatMap(Self.value(ofHexDigit:)),
                let low = bytes.popFirst().flatMap(Self.value(ofHexDigit:))
            else { return nil }
            result.append(high << 4 | low)
        }
        return String(validating: result, as: UTF8.self)
    }

    private static func isUnreserved(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
            UInt8(ascii: "~"):
            true
        default: false
        }
    }

    private static func value(ofHexDigit digit: UInt8) -> UInt8? {
        switch digit {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): digit - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
