import AdminAPI
import Foundation
import Glibc
import Logging
import Platform
import SessionStore
import Testing

@testable import Gateway
@testable import Vault

@Suite("Keeping of the vault")
struct VaultKeepingTests {
    private let fixture: AdministrationFixture
    private var service: GatewayAdministration { self.fixture.service }
    private var store: SessionStore { self.fixture.store }
    private var actor: AdminActor { self.fixture.actor }
    private var keyFile: String { self.fixture.folder + "/keys/vault.key" }

    init() throws { self.fixture = try AdministrationFixture() }

    /// The vault as the next start would open it.
    private func reopened(_ unlocking: VaultUnlocking = .unattended) throws -> Vault {
        try VaultOpening(
            store: self.store, stateDirectory: self.fixture.folder, log: Logger(label: "test")
        ).open(unlocking)
    }

    private func passphrase(_ text: String) -> VaultUnlocking {
        VaultUnlocking(attempts: 1) { SecretBytes(copying: Array(text.utf8)) }
    }

    /// That web1's password and the gateway's keys open.
    private func expectAllOpens(in vault: Vault, sourceLocation: SourceLocation = #_sourceLocation) throws {
        let stored = try #require(try self.store.credential(target: "web1", account: "ops"))
        let password = try vault.openPassword(stored.sealed, for: .password(target: "web1", account: "ops"))
        #expect(password.withUnsafeBytes { Array($0) } == Array("hunter2".utf8), sourceLocation: sourceLocation)
        _ = try GatewayKeys.open(try self.store.gatewayKeys(), under: vault)
        #expect(try VaultExamination(self.store, vault).damaged.isEmpty, sourceLocation: sourceLocation)
    }

    private func alter(_ sql: String) throws {
        let program = "import sqlite3, sys; sqlite3.connect(sys.argv[1]).executescript(sys.argv[2])"
        let result = try self.output(of: ["python3", "-c", program, self.fixture.folder + "/sallyport.db", sql])
        #expect(result.isEmpty, "\(result)")
    }

    private func output(of arguments: [String]) throws -> String {
        let quoted = arguments.map { "'" + $0.replacingOccurrences(of: "'", with: "'\\''") + "'" }
        let stream = try #require(popen(quoted.joined(separator: " ") + " 2>&1 </dev/null", "re"))
        var output: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 4096)
        while case let count = fread(&chunk, 1, chunk.count, stream), count > 0 { output += chunk[..<count] }
        pclose(stream)
        return String(decoding: output, as: UTF8.self)
    }

    @Test("a new key for the same file: everything opens, at once and at the next start; the old key is gone")
    func sameFile() async throws {
        try await self.fixture.addEverything()
        let before = try #require(try VaultKeyFile.read(self.keyFile).first)
        let result = try await self.service.rekeyVault(RekeyVaultRequest(), by: self.actor)
        #expect(result.kind == .keyFile && result.place == self.keyFile && result.remark == nil)
        #expect(result.entries == 6)
        let after = try VaultKeyFile.read(self.keyFile)
        #expect(after.map(\.idText) == [result.key] && result.key != before.idText)
        try self.expectAllOpens(in: self.fixture.vault)
        try self.expectAllOpens(in: try self.reopened())
        let status = try await self.service.vaultStatus(by: self.actor)
        #expect(status.key == result.key && status.entries == 6 && status.damaged.isEmpty)
        let event = try #require(try self.store.auditRecords(limit: 1, code: "SP7501W").first)
        #expect(event.fields.map(\.value) == ["key-file", "key-file", result.key, "6"])
    }

    @Test("from kind to kind: each opens at the next start, and the file of the former key is removed")
    func kinds() async throws {
        try await self.fixture.addEverything()
        let words = "correct horse battery"
        var result = try await self.service.rekeyVault(
            RekeyVaultRequest(kind: .passphrase, passphrase: SecretField(Array(words.utf8))), by: self.actor)
        #expect(result.kind == .passphrase && result.place == nil)
        #expect(access(self.keyFile, F_OK) != 0)
        try self.expectAllOpens(in: try self.reopened(self.passphrase(words)))
        let wrong = #expect(throws: VaultError.self) { try self.reopened(self.passphrase("correct horse batterz")) }
        #expect(wrong?.message == "the passphrase is not that of the vault")
        let none = #expect(throws: VaultError.self) { try self.reopened(VaultUnlocking(attempts: 3) { nil }) }
        #expect(none?.hint?.contains("--passphrase-fd") == true)

        let other = self.fixture.folder + "/other.key"
        result = try await self.service.rekeyVault(RekeyVaultRequest(kind: .keyFile, path: other), by: self.actor)
        #expect(result.place == other)
        try self.expectAllOpens(in: try self.reopened())
        let path = self.fixture.folder + "/third.key"
        result = try await self.service.rekeyVault(RekeyVaultRequest(kind: .keyFile, path: path), by: self.actor)
        #expect(access(other, F_OK) != 0)
        try self.expectAllOpens(in: try self.reopened())
        #expect(try self.store.vaultKey()?.retiredFile == nil)
    }

    @Test("requests that can't be right change nothing")
    func refusals() async throws {
        try await self.fixture.addEverything()
        let before = try self.store.vaultKey()
        let (service, actor) = (self.service, self.actor)
        let taken = self.fixture.folder + "/taken"
        try Data("mine".utf8).write(to: URL(filePath: taken))
        for request in [
            RekeyVaultRequest(kind: .passphrase),
            RekeyVaultRequest(kind: .passphrase, passphrase: SecretField(Array("short".utf8))),
            RekeyVaultRequest(kind: .keyFile, path: "relative"),
            RekeyVaultRequest(kind: .keyFile, path: taken),
            RekeyVaultRequest(kind: .keyFile, path: "/nowhere/at/all"),
            RekeyVaultRequest(kind: .systemdCredential),
            RekeyVaultRequest(kind: .systemdCredential, credential: "not-passed"),
            RekeyVaultRequest(kind: .systemdCredential, credential: "../x"),
        ] {
            let error = await self.fixture.refusal { _ = try await service.rekeyVault(request, by: actor) }
            #expect(error != nil)
        }
        #expect(try self.store.vaultKey() == before)
        #expect(try String(contentsOfFile: taken, encoding: .utf8) == "mine")
        try self.expectAllOpens(in: try self.reopened())
        #expect(try VaultKeyFile.read(self.keyFile).count == 1)
    }

    @Test("a damaged entry stops a change of key, which names it and changes nothing")
    func damagedStops() async throws {
        try await self.fixture.addEverything()
        // A byte of the wrapped data key.
        try self.alter(
            "UPDATE credentials SET sealed = CAST(substr(sealed, 1, 30) || x'00' || substr(sealed, 32) AS BLOB)")
        let (service, actor) = (self.service, self.actor)
        let error = await self.fixture.refusal { _ = try await service.rekeyVault(RekeyVaultRequest(), by: actor) }
        #expect(error?.message == "the credential of web1/ops: a stored secret is damaged")
        #expect(try VaultKeyFile.read(self.keyFile).count == 1)
        _ = try GatewayKeys.open(try self.store.gatewayKeys(), under: try self.reopened())
        let status = try await self.service.vaultStatus(by: self.actor)
        #expect(status.damaged == ["the credential of web1/ops: a stored secret is damaged"])
        // Setting it again heals it, and the change goes through.
        try await self.service.removeCredential(target: "web1", account: "ops", by: self.actor)
        _ = try await self.service.rekeyVault(RekeyVaultRequest(), by: self.actor)
    }

    @Test("swapped rows are told from damaged ones, and audited at the start")
    func swapped() async throws {
        try await self.fixture.addEverything()
        _ = try await self.service.setCredential(
            SetCredentialRequest(
                target: "web1", account: "root", kind: .password, secret: SecretField(Array("other".utf8))),
            by: self.actor)
        try self.alter(
            """
            CREATE TABLE t AS SELECT account, sealed FROM credentials;
            UPDATE credentials SET sealed = (SELECT sealed FROM t WHERE t.account <> credentials.account);
            DROP TABLE t;
            """)
        let examination = try VaultExamination(self.store, self.fixture.vault)
        #expect(
            Set(examination.damaged.map(\.line)) == [
                "the credential of web1/ops: what is stored there was sealed for another entry, "
                    + "the credential of web1/root",
                "the credential of web1/root: what is stored there was sealed for another entry, "
                    + "the credential of web1/ops",
            ])
        examination.report(to: self.store, Logger(label: "test"))
        #expect(try self.store.auditRecords(limit: 9, code: "SP7502E").count == 2)
    }

    @Test("another key file than the database needs is refused at the start, with the ids of both")
    func wrongKeyFile() throws {
        let needed = try #require(try VaultKeyFile.read(self.keyFile).first)
        let other = VaultKey.random()
        unlink(self.keyFile)
        try VaultKeyFile.create(other, at: self.keyFile)
        let error = #expect(throws: VaultError.self) { try self.reopened() }
        #expect(
            error?.message
                == "vault key file \(self.keyFile) holds the key \(other.idText), the database is under \(needed.idText)"
        )
        unlink(self.keyFile)
        let missing = #expect(throws: VaultError.self) { try self.reopened() }
        #expect(missing?.message == "vault key file \(self.keyFile): No such file or directory")
        #expect(missing?.hint != nil)
    }

    @Test("a crash before or after the database changed over leaves a key that works, and the next start tidies up")
    func interrupted() async throws {
        try await self.fixture.addEverything()
        let old = self.fixture.vault.key
        let next = VaultKey.random()
        // Before: both keys in the file, the database under the old one.
        try VaultKeyFile.replace(self.keyFile, with: [old, next])
        try self.expectAllOpens(in: try self.reopened())
        #expect(try VaultKeyFile.read(self.keyFile).map(\.id) == [old.id])
        // After: both keys in the file, the database under the new one.
        try VaultKeyFile.replace(self.keyFile, with: [old, next])
        try self.store.changeVaultKey(
            to: StoredVaultKey(kind: .keyFile, keyID: next.id, place: "keys/vault.key"), by: "admin"
        ) { try self.fixture.vault.rewrap($0, under: next) }
        try self.expectAllOpens(in: try self.reopened())
        #expect(try VaultKeyFile.read(self.keyFile).map(\.id) == [next.id])
        // A file that is out of use and was not yet removed.
        let retired = self.fixture.folder + "/retired.key"
        try VaultKeyFile.create(old, at: retired)
        try self.store.changeVaultKey(
            to: StoredVaultKey(kind: .keyFile, keyID: next.id, place: "keys/vault.key", retiredFile: retired),
            by: "admin"
        ) { $0 }
        try self.expectAllOpens(in: try self.reopened())
        #expect(access(retired, F_OK) != 0)
        #expect(try self.store.vaultKey()?.retiredFile == nil)
    }

    @Test("what was sealed before a change of key and is stored after it is refused, not lost")
    func lateSecret() async throws {
        try await self.fixture.addEverything()
        let late = try self.fixture.vault.seal(
            SecretBytes(copying: [1]), for: .password(target: "web1", account: "late"))
        _ = try await self.service.rekeyVault(RekeyVaultRequest(), by: self.actor)
        let error = #expect(throws: StoreError.self) {
            try self.store.setCredential(
                target: "web1", account: "late", kind: .password, sealed: late, publicKey: nil, by: "admin")
        }
        #expect(error?.code == .conflict)
        #expect(error?.message == "the vault's key was changed just now: do it again")
        #expect(try self.store.credential(target: "web1", account: "late") == nil)
    }

    @Test("many changes of key beside logins and new credentials: nothing is ever unreadable")
    func concurrent() async throws {
        try await self.fixture.addEverything()
        let (service, store, vault, actor) = (self.service, self.store, self.fixture.vault, self.actor)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                for _ in 0..<20 { _ = try await service.rekeyVault(RekeyVaultRequest(), by: actor) }
            }
            group.addTask {
                for number in 0..<100 {
                    let stored = try #require(try store.credential(target: "web1", account: "ops"))
                    await Task.yield()
                    let fault = vault.fault(of: stored.sealed, for: .password(target: "web1", account: "ops"))
                    #expect(fault == nil, "\(number)")
                }
            }
            group.addTask {
                for number in 0..<100 {
                    do {
                        _ = try await service.setCredential(
                            SetCredentialRequest(
                                target: "web1", account: "a\(number)", kind: .password,
                                secret: SecretField(Array("x".utf8))), by: actor)
                    } catch let error as AdminError {
                        #expect(error.code == .conflict, "\(error)")
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(try VaultExamination(self.store, try self.reopened()).damaged.isEmpty)
    }
}
