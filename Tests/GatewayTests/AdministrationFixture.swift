import AdminAPI
import Foundation
import Logging
import Platform
import SessionStore
import Testing
import Vault

@testable import Gateway
@testable import GatewayConfiguration

/// A state directory made as `init` makes it, with its administration over a fake broker.
final class AdministrationFixture: Sendable {
    let folder: String
    let store: SessionStore
    let recordings: RecordingDirectory
    let vault: Vault
    let keys: GatewayKeys
    let live = FakeLiveSessions()
    let service: GatewayAdministration
    let actor = AdminActor(name: "admin", uid: 0)

    // One for all tests: making an RSA key takes its time. Removed at the end of the process.
    private static let templatePath = AdministrationFixture.newPath()
    private static let template = Result { () throws -> String in
        atexit { try? FileManager.default.removeItem(atPath: AdministrationFixture.templatePath) }
        try StateDirectory.create(at: templatePath, listen: NetworkAddress(host: "127.0.0.1", port: 2222))
        return templatePath
    }

    init() throws {
        self.folder = Self.newPath()
        try FileManager.default.copyItem(atPath: try Self.template.get(), toPath: self.folder)
        self.store = try SessionStore(path: self.folder + "/sallyport.db")
        self.recordings = try RecordingDirectory(path: self.folder + "/recordings")
        self.vault = try VaultOpening(
            store: self.store, stateDirectory: self.folder, log: Logger(label: "test")
        ).open(.unattended)
        self.keys = try GatewayKeys.open(try self.store.gatewayKeys(), under: self.vault)
        let pool = BlockingPool(threads: 2, name: "test")
        self.service = GatewayAdministration(
            store: self.store, vault: self.vault, keys: self.keys, recordings: self.recordings,
            stateDirectory: self.folder, bao: nil, directory: nil, provider: nil, passwords: PasswordHasher(),
            pool: pool, live: self.live, forwarding: nil, tokenRefusals: TokenRefusals(store: self.store, pool: pool),
            consoleTerms: GatewayConfiguration.Console(), consoleProvider: nil,
            health: GatewayHealth(configuration: GatewayConfiguration(folder: self.folder), programs: []))
    }

    deinit { try? FileManager.default.removeItem(atPath: self.folder) }

    static func newPath() -> String {
        FileManager.default.temporaryDirectory.appending(path: "sallyport-\(UUID().uuidString)").path
    }

    static let ed25519Line =
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJbdyAlDFrGVpkDbDDYJbhKxEGZKbLmMxGYs8KJ0aXKQ"

    static let aliceKey = LoginKey()

    /// User alice, target web1 and a password for ops, with a grant.
    func addEverything(targetAddress: String = "127.0.0.1:22") async throws {
        _ = try await self.service.addUser(
            AddUserRequest(name: "alice", keys: [Self.ed25519Line, Self.aliceKey.line]), by: self.actor)
        _ = try await self.service.addTarget(
            AddTargetRequest(name: "web1", address: targetAddress, hostKeys: .lines([Self.ed25519Line])),
            by: self.actor)
        _ = try await self.service.setCredential(
            SetCredentialRequest(
                target: "web1", account: "ops", kind: .password, secret: SecretField(Array("hunter2".utf8))),
            by: self.actor)
        _ = try await self.service.addGrant(
            AddGrantRequest(
                name: "g", users: ["alice"], targets: ["web1"], accounts: ["ops"], allow: ["shell", "exec"]),
            by: self.actor)
    }

    /// The `AdminError` that `body` must throw.
    func refusal(
        sourceLocation: SourceLocation = #_sourceLocation, _ body: () async throws -> Void
    ) async -> AdminError? {
        do {
            try await body()
            Issue.record("nothing was thrown", sourceLocation: sourceLocation)
            return nil
        } catch let error as AdminError {
            #expect(!error.message.contains("\n"), sourceLocation: sourceLocation)
            return error
        } catch {
            Issue.record("not an AdminError: \(error)", sourceLocation: sourceLocation)
            return nil
        }
    }
}
