import TOMLKit

extension Setting {
    /// `[requests]`
    static var requests: [Setting] {
        [
            Setting(
                name: "requests.notify_command",
                explanation: "a program and its arguments that is told of requests and emergencies, on standard input"
            ) { configuration, value, _ in
                let words = value.array?.map { $0.string ?? "" }
                guard let words, let program = words.first, program.hasPrefix("/"), words.allSatisfy({ !$0.isEmpty })
                else { return Complaint(expected: "a list of an absolute path and arguments, each in quotes") }
                configuration.requests.notifyCommand = words
                return nil
            },
            number(
                "requests.notify_seconds", "time for one run of it", 1...300, \.requests.notifySeconds),
            Setting(
                name: "requests.ticket_url",
                explanation: "where a ticket is looked up, such as https://desk/tickets/{ticket}: 2xx means it is known"
            ) { configuration, value, _ in
                guard let url = value.string, url.hasPrefix("https://") || url.hasPrefix("http://"),
                    url.contains("{ticket}"), url.utf8.allSatisfy({ $0 > 32 && $0 < 127 })
                else { return Complaint(expected: "a URL in quotes with {ticket} in it") }
                configuration.requests.ticketURL = url
                return nil
            },
            path("requests.ticket_token_file", "a file with a bearer token for it", \.requests.ticketTokenFile),
            path(
                "requests.ticket_ca_file", "what its certificate must come from, in place of the system's",
                \.requests.ticketCAFile),
            number("requests.ticket_seconds", "time for one look", 1...60, \.requests.ticketSeconds),
            number(
                "requests.review_reminder_seconds", "how often it is said that an emergency still has to be reviewed",
                10...31_536_000, \.requests.reviewReminderSeconds),
        ]
    }
}
