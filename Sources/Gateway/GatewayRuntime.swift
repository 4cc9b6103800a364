import AdminAPI
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
    private let lock: SharedDescriptor
    private let configuration: GatewayConfiguration

    /// Opens the state directory. Accepts nothing yet.
    /// - throws: ``GatewayError``, `StoreError`, `VaultError`, `SystemError`: one line each.
    public init(configuration: GatewayConfiguration, log: Logger) throws {
        self.configuration = configuration
        try Self.harden()
        self.lock = try Self.lock(configuration.stateDirectory)
        self.store = try SessionStore(path: configuration.databasePath)
        let vault = try Vault.open(keyFile: configuration.keysDirectory + "/vault.key")
        let keys = try GatewayKeys.open(in: configuration.keysDirectory, vault: vault)
        self.broker = try Broker(
            configuration: configuration, store: self.store,
            recordings: try RecordingDirectory(path: configuration.recordingsDirectory), vault: vault, keys: keys,
            log: log)
        self.broker.recovery.run()
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

    /// Ends every session, seals every recording.
    public func stop(reason: String) async { await self.broker.stop(reason: reason) }

    /// The process that holds all secrets leaves no core dump and can't be traced; it needs many descriptors, and to
    /// hear how its workers end.
    private static func harden() throws {
        var none = rlimit(rlim_cur: 0, rlim_max: 0)
        setrlimit(CInt(RLIMIT_CORE.rawValue), &none)
        try SystemError.check(sp_set_not_dumpable(), "forbid core dumps and tracing")
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
