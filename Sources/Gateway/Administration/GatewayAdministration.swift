import AdminAPI
import AuditForwarding
import AuditLog
import Foundation
import GatewayConfiguration
import OpenBao
import Platform
import SessionStore
import Vault

/// The administration of one gateway: checks what administrators ask for, does it, and has it audited.
///
/// Work on the database and with passwords runs on `pool`; what concerns running sessions is the broker's, by `live`.
struct GatewayAdministration: AdministrationService {
    let store: SessionStore
    let vault: Vault
    let keys: GatewayKeys
    let recordings: RecordingDirectory
    let stateDirectory: String
    let bao: BaoBackend?
    let directory: UserDirectory?
    let provider: SignInProvider?
    let passwords: PasswordHasher
    let pool: BlockingPool
    let live: any LiveSessions
    let forwarding: AuditForwarding?
    let tokenRefusals: TokenRefusals
    let consoleTerms: GatewayConfiguration.Console
    let consoleProvider: ConsoleProvider?
    let health: GatewayHealth
    let started = Timestamp(nanosecondsSince1970: Clock.wallNanoseconds())

    func status(by actor: AdminActor) async throws -> GatewayStatus {
        let listen = await self.live.listenAddress()
        let sessions = await self.live.liveSessions().count
        let (store, keys, started, forwarding) = (self.store, self.keys, self.started, self.forwarding)
        let directories = self.directoryHealth
        return try await self.perform {
            GatewayStatus(
                version: ProductVersion.current, pid: getpid(), started: started, listen: listen, sessions: sessions,
                users: try store.users().count, targets: try store.targets().count,
                recordings: try store.sessionCount(), hostKeys: keys.hostKeys.map { PublicKeyInfo($0.publicKey) },
                recordingSigningKey: PublicKeyInfo(keys.recordingSigner.publicKey),
                auditReceivers: forwarding?.status(newest: try store.newestAuditRow()) ?? [],
                directories: directories)
        }
    }

    func denied(_ request: DeniedAdminRequest, by actor: AdminActor) async {
        let store = self.store
        _ = try? await self.perform {
            let (isPeer, from) =
                switch actor.origin {
                case .peer: (true, String?.none)
                case .token(_, let from), .console(_, let from): (false, from)
                }
            return try store.audit(
                .adminRequestDenied(
                    method: request.method, path: request.path, uid: actor.uid, pid: isPeer ? request.pid : nil,
                    from: from, permission: request.permission?.rawValue),
                actor: actor.name)
        }
    }

    /// Runs `work` where it may block. Throws `AdminError` only.
    func perform<Result: Sendable>(_ work: @escaping @Sendable () throws -> Result) async throws -> Result {
        do {
            return try await self.pool.run(work)
        } catch {
            throw AdminError(error)
        }
    }
}

extension GatewayRuntime {
    /// The administration of this gateway. Make it once: its status counts the time from here.
    public var administration: any AdministrationService {
        GatewayAdministration(
            store: self.broker.store, vault: self.broker.vault, keys: self.broker.keys,
            recordings: self.broker.recordings, stateDirectory: self.broker.configuration.stateDirectory,
            bao: self.broker.credentials.bao, directory: self.broker.directory,
            provider: self.broker.provider, passwords: self.broker.passwords,
            pool: self.broker.questions,
            live: self.broker, forwarding: self.forwarding,
            tokenRefusals: TokenRefusals(store: self.broker.store, pool: self.broker.questions),
            consoleTerms: self.broker.configuration.console,
            consoleProvider: ConsoleProvider(
                self.broker.provider, url: self.broker.configuration.console.url),
            health: GatewayHealth(
                configuration: self.broker.configuration,
                programs: [GatewayHealth.ownPath, self.broker.workerProgram.path]))
    }
}

extension AdminError {
    /// What a person who administers may know of an error of ours.
    init(_ error: any Error) {
        switch error {
        case let error as AdminError:
            // Names that the peer wrote may be in it.
            self.init(error.code, AuditField.printable(error.message), hint: error.hint)
        case let error as StoreError: self.init(Code(error.code), AuditField.printable(error.message))
        case let error as VaultError: self.init(Code(error.code), error.message, hint: error.hint)
        case let error as BaoError: self.init(error.isPassing ? .unavailable : .invalidInput, error.message)
        case let error as HostKeyScanFailure: self.init(.failed, error.reason)
        case let error as SystemError: self.init(.failed, error.description)
        default: self.init(.failed, "the gateway failed in an unexpected way", hint: "its log may say more")
        }
    }
}

extension AdminError.Code {
    fileprivate init(_ code: StoreError.Code) {
        switch code {
        case .invalid: self = .invalidInput
        case .notFound: self = .notFound
        case .conflict: self = .conflict
        case .database, .recordingFile: self = .failed
        }
    }

    fileprivate init(_ code: VaultError.Code) {
        switch code {
        case .protectedKey: self = .passphraseNeeded
        case .unreadableKey, .wrongPassphrase, .unsupportedKey, .unreadablePublicKey, .seed, .password, .passphrase,
            .credential:
            self = .invalidInput
        case .changing: self = .conflict
        case .keyFile, .sealed, .signing, .system: self = .failed
        }
    }
}

extension PublicKeyInfo {
    init(_ key: OpenSSHPublicKey) {
        self.init(type: key.type, fingerprint: key.fingerprint, line: key.line)
    }

    init(_ key: StoredKey) {
        let base64 = Data(key.blob).base64EncodedString()
        self.init(
            type: key.type, fingerprint: key.fingerprint,
            line: key.comment.isEmpty ? "\(key.type) \(base64)" : "\(key.type) \(base64) \(key.comment)")
    }
}

extension StoredKey {
    init(_ key: OpenSSHPublicKey) {
        self.init(type: key.type, blob: key.blob, comment: key.comment, fingerprint: key.fingerprint)
    }

    /// Reads OpenSSH public key lines. Throws `VaultError` with what is wrong with the first bad one.
    static func list(
        of lines: [String], minimumRSABits: Int = OpenSSHPublicKey.minimumRSABits
    ) throws -> [StoredKey] {
        try lines.map { StoredKey(try OpenSSHPublicKey(line: $0, minimumRSABits: minimumRSABits)) }
    }
}
