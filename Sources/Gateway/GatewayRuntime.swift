import AdminAPI
import AuditForwarding
import CPlatform
import Foundation
import GatewayConfiguration
import Logging
import Platform
import SessionStore
import Vault

/// A gateway with everything it needs: state opened and locked, broker made, interrupted sessions sealed.
public struct GatewayRuntime: Sendable {
    public let broker: Broker
    public let store: SessionStore
    let forwarding: AuditForwarding
    private let lock: SharedDescriptor
    private let configuration: GatewayConfiguration

    /// Opens the state directory. Accepts nothing yet.
    /// - throws: ``GatewayError``, `StoreError`, `VaultError`, `SystemError`: one line each.
    /// - parameter unlocking: where the vault's passphrase comes from, should it be under one.
    public init(
        configuration: GatewayConfiguration, log: Logger, unlocking: VaultUnlocking = .unattended
    ) throws {
        self.configuration = configuration
        try Self.prepareProcess()
        self.lock = try Self.lock(configuration.stateDirectory)
        self.store = try SessionStore(path: configuration.databasePath)
        BackupArchive.removeRemains(in: configuration.stateDirectory)
        let vault = try VaultOpening(
            store: self.store, stateDirectory: configuration.stateDirectory, log: log
        ).open(unlocking)
        let keys = try GatewayKeys.open(try self.store.gatewayKeys(), under: vault)
        try VaultExamination(self.store, vault).report(to: self.store, log)
        if !vault.key.isLocked {
            log.warning("secrets can't be locked in memory: raise the limit (systemd: LimitMEMLOCK=64M)")
        }
        self.broker = try Broker(
            configuration: configuration, store: self.store,
            recordings: try RecordingDirectory(path: configuration.recordingsDirectory), vault: vault, keys: keys,
            log: log)
        let broker = self.broker
        self.forwarding = try AuditForwarding(
            syslog: configuration.auditSyslog, webhooks: configuration.auditWebhooks,
            commands: Self.commands(configuration), host: Self.hostName,
            source: StoredAuditSource(store: self.store, pool: BlockingPool(threads: 1, name: "forwarding")) {
                broker.audit($0, actor: "gateway")
            }, log: log)
        self.broker.recovery.run()
    }

    /// The program that is told of requests and emergencies.
    private static func commands(_ configuration: GatewayConfiguration) -> [CommandDestination] {
        guard !configuration.requests.notifyCommand.isEmpty else { return [] }
        return [
            CommandDestination(
                // No receiver of the audit section can have a name with a space.
                name: "notify command", command: configuration.requests.notifyCommand,
                timeoutSeconds: configuration.requests.notifySeconds, codes: ["SP31", "SP32"])
        ]
    }

    /// Brings the audit log to whoever gets it, until the task is cancelled.
    public func forwardAudit() async { await self.forwarding.run() }

    private static var hostName: String {
        var bytes = [CChar](repeating: 0, count: 256)
        guard gethostname(&bytes, bytes.count - 1) == 0 else { return "-" }
        return String(decoding: bytes.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    /// Serves SSH clients from now on.
    /// - returns: the address in words, with the port that is really used.
    /// - throws: `SystemError` when the address is in use or not ours.
    public func start() async throws -> String {
        let port = try await self.broker.start()
        self.broker.makeSearchable(nil)
        let address = NetworkAddress(host: self.configuration.listen.host, port: port).description
        _ = try self.store.audit(.gatewayStarted(version: ProductVersion.current, listen: address), actor: "gateway")
        return address
    }

    /// Returns when the broker's thread has come round once: never, should it hang.
    public func takeTurn() async { await self.broker.takeTurn() }

    /// Ends every session, seals every recording.
    public func stop(reason: String) async { await self.broker.stop(reason: reason) }

    /// The process that holds all secrets leaves no core dump and can't be traced; it needs many descriptors, and to
    /// hear how its workers end.
    private static func prepareProcess() throws {
        try ProcessHardening.apply()
        var files = rlimit()
        getrlimit(CInt(RLIMIT_NOFILE.rawValue), &files)
        files.rlim_cur = files.rlim_max
        setrlimit(CInt(RLIMIT_NOFILE.rawValue), &files)
        signal(SIGPIPE, SIG_IGN)
        // Whoever ignores it passes that on to what they start, and the kernel forgets how our workers ended.
        signal(SIGCHLD, SIG_DFL)
    }

    /// One gateway for one state directory.
    private static func lock(_ directory: String) throws -> SharedDescriptor {
        let path = directory + "/sallyportd.lock"
        let descriptor = SharedDescriptor(
            OwnedDescriptor(
                takingOwnershipOf: try SystemError.check(
                    sp_open_at(AT_FDCWD, path, O_RDWR | O_CREAT | O_NOFOLLOW, 0o600), "open \(path)")))
        guard flock(descriptor.rawValue, LOCK_EX | LOCK_NB) == 0 else {
            throw GatewayError(
                "another sallyportd uses the state directory \(directory)",
                hint: "stop it first, or use another directory")
        }
        return descriptor
    }
}
