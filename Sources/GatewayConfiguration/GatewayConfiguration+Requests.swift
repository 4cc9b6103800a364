extension GatewayConfiguration {
    /// What happens around requests for access.
    public struct Requests: Hashable, Sendable {
        /// An absolute path and arguments; empty for none.
        public var notifyCommand: [String] = []
        public var notifySeconds = 10
        /// With `{ticket}` in it; empty for none.
        public var ticketURL = ""
        /// Empty for none.
        public var ticketTokenFile = ""
        /// Empty for the system's authorities.
        public var ticketCAFile = ""
        public var ticketSeconds = 5
        /// How often it is said that emergency access still has to be reviewed.
        public var reviewReminderSeconds = 86_400
    }

    /// What the template shows for requests.
    static var requestDefaults: [String: String] {
        let requests = Requests()
        return [
            "requests.notify_command": "[\"/usr/local/bin/notify\"]",
            "requests.notify_seconds": String(requests.notifySeconds),
            "requests.ticket_url": "\"https://desk.example.org/tickets/{ticket}\"",
            "requests.ticket_token_file": "\"ticket-token\"",
            "requests.ticket_ca_file": "\"/etc/ssl/desk-ca.pem\"",
            "requests.ticket_seconds": String(requests.ticketSeconds),
            "requests.review_reminder_seconds": String(requests.reviewReminderSeconds),
        ]
    }
}
