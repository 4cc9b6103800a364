import AdminAPI
import AuditLog
import Synchronization
import WorkerProtocol

@testable import Gateway

/// A broker's live side as the tests say it is.
final class FakeLiveSessions: LiveSessions {
    struct State {
        var sessions: [LiveSession] = []
        var liveness: SessionLiveness = .over
        var kill: KillOutcome?
        var kills: [String] = []
        var control: ControlResult?
        var controls: [SessionControl] = []
        var review = AccessReview()
        var reviews: [String] = []
        /// Who asked to watch, as which person and member of which groups.
        var watchers: [String] = []
        /// What comes of the next sign-ins to the console.
        var consoleMethods: Result<[LoginMethod], AdminError> = .success([.password, .totp])
        var failedSignIns: [String] = []
        var hostKeys: Result<[String], HostKeyScanFailure> = .success([])
    }

    let state = Mutex(State())

    func listenAddress() async -> String { "127.0.0.1:2222" }
    func isAccepting() async -> Bool { true }
    func load() async -> BrokerLoad { BrokerLoad() }
    func liveSessions() async -> [LiveSession] { self.state.withLock { $0.sessions } }
    func liveness(of id: String) async -> SessionLiveness { self.state.withLock { $0.liveness } }

    func kill(id: String, by actor: String, reason: String) async -> KillOutcome? {
        self.state.withLock { state in
            state.kills.append("\(id) \(actor) \(reason)")
            return state.kill
        }
    }

    func control(id: String, _ control: SessionControl, by actor: String) async -> ControlResult? {
        self.state.withLock { state in
            state.controls.append(control)
            return state.control
        }
    }

    func issueWatch(ofSession id: String, to actor: String, in groups: Set<String>) async -> WatchIssue? {
        self.state.withLock { $0.watchers.append(([actor] + groups.sorted()).joined(separator: " ")) }
        return nil
    }
    func beginWatch(_ number: UInt64, ofSession id: String, by actor: String) async -> Bool { false }
    func beatWatch(
        _ number: UInt64, ofSession id: String, by actor: String, acknowledges: Bool
    ) async -> WatchStanding? { nil }
    func endWatch(_ number: UInt64, ofSession id: String) async {}
    func typeAlong(
        _ keys: [UInt8], watcher number: UInt64, ofSession id: String, by actor: String
    ) async -> TypingResult? { nil }
    func decideCommand(
        _ number: UInt32?, ofSession id: String, approved: Bool, by actor: String, in groups: Set<String>
    ) async -> CommandVerdict? { nil }
    func isWatching(_ number: UInt64, session id: String) async -> Bool { false }

    func judge(consoleSignIn signIn: ConsoleSignIn, from host: String) async throws -> [LoginMethod] {
        let outcome = self.state.withLock { $0.consoleMethods }
        return try outcome.get()
    }

    func noteFailedSignIn(of user: String, from host: String, cause: String) async {
        self.state.withLock { $0.failedSignIns.append("\(user) \(host) \(cause)") }
    }

    func review(by actor: String, reason: String?) async throws -> AccessReview {
        self.state.withLock { state in
            state.reviews.append("\(actor) \(reason ?? "-")")
            return state.review
        }
    }

    func scanHostKeys(host: String, port: UInt16, algorithms: TargetAlgorithms) async throws -> [String] {
        try self.state.withLock { $0.hostKeys }.get()
    }
}
