import AdminAPI
import SessionStore
import WorkerProtocol

/// What the administration needs of the running broker.
protocol LiveSessions: TargetUpkeep, RequestKeeping, EmergencyKeeping, ConsoleJudging {
    /// The address that accepts SSH, in words, with the port that is really used.
    func listenAddress() async -> String

    /// SSH clients are accepted.
    func isAccepting() async -> Bool

    func load() async -> BrokerLoad

    /// The sessions under way, in no particular order.
    func liveSessions() async -> [LiveSession]

    /// Whether the recording of session `id` may still grow.
    func liveness(of id: String) async -> SessionLiveness

    /// Cuts both legs, kills the worker, waits for the proof, audits. nil when no such session is under way.
    func kill(id: String, by actor: String, reason: String) async -> KillOutcome?

    /// Locks or unlocks a session, or shows its admin a message; audits it. Returns once it is in force. nil when no such
    /// session is under way.
    func control(id: String, _ control: SessionControl, by actor: String) async -> ControlResult?

    /// A place among those who watch a session; nil when no such session is under way.
    /// - parameter groups: of the gateway's enabled user of this name; empty for none.
    func issueWatch(ofSession id: String, to actor: String, in groups: Set<String>) async -> WatchIssue?

    /// The watcher's stream begins. Audits it. False without such a place of the actor's.
    func beginWatch(_ number: UInt64, ofSession id: String, by actor: String) async -> Bool

    /// A watcher's sign of life; nil when it came too late.
    func beatWatch(
        _ number: UInt64, ofSession id: String, by actor: String, acknowledges: Bool
    ) async -> WatchStanding?

    func endWatch(_ number: UInt64, ofSession id: String) async
    /// nil when there is no such session, or watcher of this name.
    func typeAlong(_ keys: [UInt8], watcher number: UInt64, ofSession id: String, by actor: String) async
        -> TypingResult?
    /// Lets a command that waits go on, or not. Audits it. nil when no such session is under way.
    func decideCommand(
        _ number: UInt32?, ofSession id: String, approved: Bool, by actor: String, in groups: Set<String>
    ) async -> CommandVerdict?
    func isWatching(_ number: UInt64, session id: String) async -> Bool

    /// Ends every connection that the rules, as they are now, no longer permit, and waits for the proof. Audits each.
    /// - parameter reason: the administrator's own, put behind what was withdrawn; nil for none.
    func review(by actor: String, reason: String?) async throws -> AccessReview

    /// How long recordings are kept that no rule is about, in seconds; nil for ever.
    nonisolated var defaultRetentionSeconds: Int? { get }
    /// Deletes the recordings whose time is over, or says which they are.
    func applyRetention(dryRun: Bool, by actor: String) async throws -> RetentionResult
    /// - throws: `AdminError`, `StoreError`: it is as it was.
    func deleteRecording(_ session: StoredSession, reason: String, by actor: String) async throws

    /// A target's host keys, each as `type base64`. Sends no credential.
    /// - throws: `HostKeyScanFailure` when the target can't be reached.
    func scanHostKeys(host: String, port: UInt16, algorithms: TargetAlgorithms) async throws -> [String]
}

/// A session under way.
struct LiveSession: Hashable, Sendable {
    let id: String
    let user: String
    let account: String
    let target: String
    /// Address of the admin's client, `host:port`.
    let from: String
    /// UTC.
    let startedNanoseconds: Int64
    /// Process id of the worker.
    let pid: Int32
    /// Names of the grants that allowed it.
    let grants: [String]
    /// Who has locked it; nil while it is open.
    var lockedBy: String?
    var watchers: [WatchList.Watcher] = []
    /// Dual control holds its input.
    var isHeld = false
    /// In order.
    var heldCommands: [HeldCommand] = []
}

enum SessionLiveness: Hashable, Sendable {
    /// Its worker lives.
    case running
    /// Its worker is gone, and some recording is being sealed: perhaps this one.
    case perhapsSealing
    case over
}

/// What a review has ended.
struct AccessReview: Hashable, Sendable {
    /// Ids of sessions, those of ``unverified`` among them.
    var sessions: [String] = []
    /// Connections without a session.
    var otherConnections = 0
    /// Sessions whose end the kernel does not confirm.
    var unverified: [String] = []
}

/// What a kill has proved.
struct KillOutcome: Hashable, Sendable {
    /// From the call until both legs were closed and the worker was reaped.
    let microseconds: UInt64
    /// The kernel confirms both.
    let isVerified: Bool
}

/// Why host keys could not be fetched, in the system's words.
struct HostKeyScanFailure: Error, Hashable, Sendable {
    let reason: String
}
