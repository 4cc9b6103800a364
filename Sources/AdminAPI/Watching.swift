/// Somebody who watches a session.
public struct WatcherInfo: Codable, Hashable, Sendable {
    public var name: String
    public var since: Timestamp
    /// Input may go on while they watch.
    public var supervises: Bool

    public init(name: String, since: Timestamp, supervises: Bool) {
        self.name = name
        self.since = since
        self.supervises = supervises
    }
}

/// Leave to watch a session: used when the recording's content is followed with `watcher=NUMBER`, within ten seconds.
public struct WatchTicket: Codable, Hashable, Sendable {
    public var number: UInt64
    /// Whether who asked may supervise it; false where there is no dual control.
    public var supervises: Bool
    /// How often a sign of life should be sent. Who is silent for 1.5 seconds no longer watches.
    public var beatMilliseconds: Int
    /// Whether who asked may type along.
    public var joins: Bool

    public init(number: UInt64, supervises: Bool, beatMilliseconds: Int, joins: Bool = false) {
        self.joins = joins
        self.number = number
        self.supervises = supervises
        self.beatMilliseconds = beatMilliseconds
    }

    private enum CodingKeys: String, CodingKey {
        case number, supervises, joins
        case beatMilliseconds = "beat_ms"
    }
}

/// What a watcher types along.
public struct TypedKeys: Codable, Hashable, Sendable {
    /// As a terminal sends them.
    public var keys: SecretField

    public static let maximumBytes = 1024

    public init(keys: SecretField) { self.keys = keys }
}

public struct TypedOutcome: Codable, Hashable, Sendable {
    /// False while the session is locked or held: what is typed then is dropped.
    public var arrived: Bool

    public init(arrived: Bool) { self.arrived = arrived }
}

/// A watcher's sign of life.
public struct WatchBeat: Codable, Hashable, Sendable {
    /// A person has just said to be looking on.
    public var acknowledges: Bool

    public init(acknowledges: Bool) { self.acknowledges = acknowledges }
}

public struct WatchStatus: Codable, Hashable, Sendable {
    /// Who else watches.
    public var others: [WatcherInfo]
    /// Dual control holds the session's input.
    public var held: Bool
    public var supervises: Bool
    /// Seconds until this supervisor has to acknowledge again, rounded down; nil where that is not asked for.
    public var acknowledgeWithin: Int?

    public init(others: [WatcherInfo], held: Bool, supervises: Bool, acknowledgeWithin: Int?) {
        self.others = others
        self.held = held
        self.supervises = supervises
        self.acknowledgeWithin = acknowledgeWithin
    }

    private enum CodingKeys: String, CodingKey {
        case others, held, supervises
        case acknowledgeWithin = "acknowledge_within"
    }
}

/// Who watches sessions. Each throws `not_found` when there is no such live session, or watcher.
public protocol WatchAdministration: Sendable {
    /// Throws `unavailable` when too many watch it.
    func issueWatch(ofSession id: String, by actor: AdminActor) async throws -> WatchTicket
    func beatWatch(_ number: UInt64, _ beat: WatchBeat, ofSession id: String, by actor: AdminActor) async throws
        -> WatchStatus
    /// Lets a command that waits in the session go on, or not. Throws `denied` for who may not supervise it, `conflict` when
    /// several wait and none is named.
    func decideCommand(_ request: DecideCommandRequest, ofSession id: String, by actor: AdminActor) async throws
        -> HeldCommandInfo
    /// Types in the session. Throws `denied` where the grant doesn't let the actor, `unavailable` without a terminal.
    func typeAlong(_ number: UInt64, _ typed: TypedKeys, ofSession id: String, by actor: AdminActor) async throws
        -> TypedOutcome
    /// The session's recording from `offset` on, as `recordingContent` follows it. The actor is a watcher until it ends.
    func watchedContent(_ id: String, watcher: UInt64, from offset: UInt64, by actor: AdminActor) async throws
        -> AsyncThrowingStream<[UInt8], any Error>
}
