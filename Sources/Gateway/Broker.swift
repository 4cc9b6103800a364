import AccessPolicy
import AuditLog
import GatewayConfiguration
import Logging
import OpenBao
import Platform
import RecordingKeys
import SessionStore
import Vault

/// The gateway's only process with secrets: accepts, decides, dials, records the state of, and ends connections.
///
/// Runs on one thread, its ``PollLoop``. It never parses SSH: each connection has a confined worker for that, and the
/// broker answers its questions (`Answers/`), supervises it (`Connections/`), and keeps its recording (`Recording/`).
public actor Broker {
    nonisolated let loop: PollLoop
    public nonisolated var unownedExecutor: UnownedSerialExecutor { self.loop.asUnownedSerialExecutor() }

    let configuration: GatewayConfiguration
    let store: SessionStore
    let recordings: RecordingDirectory
    let vault: Vault
    let credentials: CredentialBackends
    let keys: GatewayKeys
    /// What logins have to prove where nothing else is said.
    let standardRequirement: LoginRequirement
    /// Of every new recording.
    let readers: RecordingReaders
    let passwords: PasswordHasher
    let secondFactors = SecondFactorLedger()
    let revocations: RevocationFile
    /// The state of that file that live connections were last looked at by.
    var seenRevocations: RevocationFile.Mark?
    let dialler: Dialler
    let workerProgram: WorkerProgram
    let workerIdentity: WorkerIdentity
    let log: Logger

    /// Questions to the database, and passwords.
    nonisolated let questions: BlockingPool
    /// Key exchanges: kept apart from passwords, which take long.
    nonisolated let signing: BlockingPool
    /// One thread, for audit events in their order.
    nonisolated let journal: BlockingPool
    /// Hashing, signing, syncing and sealing of recordings: kept apart, so that a slow disk delays no login.
    nonisolated let keeping: BlockingPool
    /// Reading of ended recordings for the search index: it may take its time.
    nonisolated let indexing: BlockingPool

    var listener: SharedDescriptor?
    /// Renews the token for the OpenBao server, where there is one.
    var baoKeeper: Task<Void, Never>?
    /// Knows users, their passwords and their groups; nil for none.
    nonisolated let directory: UserDirectory?
    var directoryKeeper: Task<Void, Never>?
    /// Where people sign in with a browser; nil for nowhere.
    nonisolated let provider: SignInProvider?
    var signInKeeper: Task<Void, Never>?
    /// Knows tickets; nil where they are not looked up.
    nonisolated let tickets: TicketDesk?
    /// Those that the provider can be asked about again.
    var signIns: [UInt64: HeldSignIn] = [:]
    var revokedSignIns: Set<UInt64> = []
    var lastSignIn: UInt64 = 0
    var connections: [UInt64: Connection] = [:]
    var nextNumber: UInt64 = 1
    var limits: ConnectionLimiter
    /// Connections of trusted proxies that have not said yet whose they are, by descriptor.
    var arrivals: [CInt: ProxyArrival] = [:]
    var codeLedger = CodeLedger()
    var guesses = GuessLimiter()
    /// A timer will audit the failures that `guesses` has summed up.
    var isGuessSummaryDue = false
    var isStopping = false
    /// How many reviews of what is held have begun, see `Live/Broker+Review.swift`.
    var reviews: UInt64 = 0
    /// Something was taken away, and no review has succeeded since.
    var isReviewDue = false
    /// Counts what has happened to requests for access, and looks at when the next one expires.
    var requestChanges: UInt64 = 0
    var requestLook: UInt64 = 0
    /// A timer will bring the database to the disk.
    var isFlushDue = false
    /// Changes of targets' secrets that are under way.
    var rotations = RotationLedger()
    /// Recordings whose seal is under way.
    var sealing = 0

    /// Everything opened and checked beforehand; nothing is accepted until ``start()``.
    /// - throws: `GatewayError` for a missing worker binary or worker user, `SystemError` without descriptors.
    public init(
        configuration: GatewayConfiguration, store: SessionStore, recordings: RecordingDirectory, vault: Vault,
        keys: GatewayKeys, log: Logger
    ) throws {
        self.loop = try PollLoop()
        self.configuration = configuration
        self.store = store
        self.recordings = recordings
        self.vault = vault
        let bao = try BaoSettings(configuration.bao).map { BaoBackend(client: BaoClient($0), vault: vault) }
        self.directory = try UserDirectory(configuration.ldap)
        self.keys = keys
        self.revocations = RevocationFile(path: configuration.revokedKeys)
        self.standardRequirement = try Self.standardRequirement(configuration)
        self.readers = try RecordingReaders(configuration, archiveKey: keys.archivePublicKey)
        self.log = log
        self.passwords = PasswordHasher()
        self.questions = BlockingPool(threads: 4, name: "questions")
        self.signing = BlockingPool(threads: 2, name: "signing")
        self.credentials = CredentialBackends(
            embedded: EmbeddedBackend(store: store, vault: vault, pool: self.questions), bao: bao)
        self.journal = BlockingPool(threads: 1, name: "audit")
        self.keeping = BlockingPool(threads: 2, name: "recordings")
        self.indexing = BlockingPool(threads: 1, name: "indexing")
        self.dialler = Dialler(
            loop: self.loop, resolver: BlockingPool(threads: 2, name: "resolver"),
            timeoutSeconds: configuration.targetConnectSeconds)
        self.workerProgram = try WorkerProgram(configured: configuration.worker)
        self.workerIdentity = try WorkerIdentity(userName: configuration.workerUser)
        self.limits = ConnectionLimiter(configuration.limits)
        // Last, since it would have to be shut down if anything failed after it.
        self.tickets = try TicketDesk(configuration.requests)
        self.provider = try SignInProvider(configuration.oidc, standard: self.standardRequirement)
        self.loop.start()
    }

    /// Of the steps of a login.
    nonisolated var judge: LoginJudge {
        LoginJudge(
            store: self.store, vault: self.vault, passwords: self.passwords, secondFactors: self.secondFactors,
            revocations: self.revocations, standard: self.standardRequirement, directory: self.directory?.terms,
            signIn: self.provider?.terms)
    }

    private static func standardRequirement(_ configuration: GatewayConfiguration) throws -> LoginRequirement {
        let requirement: LoginRequirement
        do {
            requirement = try LoginRequirement(parsing: configuration.loginRequirement)
        } catch {
            throw GatewayError("the configuration's identity.require: \(error.message)")
        }
        let asksForSignIn = requirement.alternatives.contains { $0.contains(.oidc) }
        guard !asksForSignIn || !configuration.oidc.issuer.isEmpty else {
            throw GatewayError("identity.require asks for oidc, and there is no provider", hint: "set oidc.issuer")
        }
        return requirement
    }

    nonisolated var recovery: RecordingRecovery {
        RecordingRecovery(
            store: self.store, recordings: self.recordings, signer: self.keys.recordingSigner, log: self.log)
    }

    /// Makes a recording searchable and quick to seek in that was just sealed, and with nil all that were sealed
    /// before; off the broker's thread, and in order.
    nonisolated func makeSearchable(_ id: RecordingID?) {
        guard self.configuration.searchIndex else { return }
        let indexer = RecordingIndexer(
            store: self.store, recordings: self.recordings, archiveKey: self.keys.archivePrivateKey,
            signer: self.keys.recordingSigner, log: self.log)
        self.indexing.submit { if let id { indexer.index(id) } else { indexer.catchUp() } }
    }

    /// Puts an event on record, off the broker's thread, in the order of the calls.
    nonisolated func audit(_ event: AuditEvent, actor: String) {
        let (store, log) = (self.store, self.log)
        let time = Clock.wallNanoseconds()
        self.journal.submit {
            do {
                _ = try store.audit(event, actor: actor, timeNanoseconds: time)
            } catch {
                log.critical("an audit event could not be written: \(error)")
            }
            Task { await self.flushSoon() }
        }
    }

    /// Nanoseconds that a row may stay in the page cache alone: below the promised second.
    private static let flushDelay: UInt64 = 800_000_000

    /// Brings what was written to the database to the disk, once for all that comes within the delay.
    func flushSoon() {
        guard !self.isFlushDue else { return }
        self.isFlushDue = true
        self.loop.after(nanoseconds: Self.flushDelay) { [weak self] in
            self?.assumeIsolated { $0.flush() }
        }
    }

    private func flush() {
        self.isFlushDue = false
        let (store, log) = (self.store, self.log)
        Task {
            do {
                try await self.keeping.run { try store.flush() }
            } catch {
                log.critical("the database can't be brought to the disk: \(error)")
            }
        }
    }
}

/// A reason why the gateway can't start or serve: one line, and what to do.
public struct GatewayError: Error, Hashable, Sendable, CustomStringConvertible {
    public let message: String
    public let hint: String?
    public var description: String { self.message }

    public init(_ message: String, hint: String? = nil) {
        self.message = message
        self.hint = hint
    }
}
