import AdminAPI
import ArgumentParser

/// `--reason`, for everything that takes access away.
struct WithdrawalOptions: ParsableArguments {
    @Option(help: "Why; kept in the audit log and in the recordings of the sessions that end.")
    var reason: String?

    var query: [(name: String, value: String)] { self.reason.map { [("reason", $0)] } ?? [] }
}

extension OutputOptions {
    /// Says what was done, and what it ended.
    func report(_ deed: String, _ ended: Withdrawal) throws {
        guard !self.json else { return try StandardOutput.json(ended) }
        StandardOutput.line(Printable.line(deed))
        if !ended.endedSessions.isEmpty {
            StandardOutput.line("ended \(Display.count(ended.endedSessions.count, "session")):")
            for id in ended.endedSessions { StandardOutput.line("  \(Printable.line(id))") }
        }
        if ended.endedConnections > 0 {
            StandardOutput.line("ended \(Display.count(ended.endedConnections, "connection")) without a session")
        }
    }
}

extension Display {
    /// `1 session`, `2 sessions`
    static func count(_ count: Int, _ noun: String) -> String { "\(count) \(noun)\(count == 1 ? "" : "s")" }
}
