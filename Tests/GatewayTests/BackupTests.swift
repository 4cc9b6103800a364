import AdminAPI
import Foundation
import Glibc
import Logging
import Platform
import SessionStore
import Testing
import Vault

@testable import Gateway

@Suite("Backup and restore")
struct BackupTests {
    private let fixture: AdministrationFixture

    init() throws { self.fixture = try AdministrationFixture() }

    /// A backup as the command line would write it.
    private func backup() async throws -> String {
        let path = self.fixture.folder + "/backup.tar"
        var bytes: [UInt8] = []
        for try await piece in try await self.fixture.service.backup(by: self.fixture.actor) {
            #expect(piece.count <= 256 * 1024)
            bytes += piece
        }
        try Data(bytes).write(to: URL(filePath: path))
        return path
    }

    private var keyFile: String { self.fixture.folder + "/keys/vault.key" }

    private func run(_ command: String) -> (status: CInt, output: String) {
        guard let stream = popen(command + " 2>&1 </dev/null", "re") else { return (-1, "") }
        var output: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 4096)
        while case let count = fread(&chunk, 1, chunk.count, stream), count > 0 { output += chunk[..<count] }
        return (pclose(stream) >> 8 & 0xFF, String(decoding: output, as: UTF8.self))
    }

    @Test("it is a tar archive that tar reads, without the vault's key and without a secret in clear")
    func archive() async throws {
        try await self.fixture.addEverything()
        let path = try await self.backup()
        let listing = self.run("tar -tf '\(path)'")
        #expect(listing.status == 0)
        let names = Set(listing.output.split(separator: "\n").map(String.init))
        #expect(
            names.isSuperset(of: [
                "sallyport-backup.json", "sallyport.toml", "sallyport.db", "keys/host_ed25519.pub",
                "keys/recording_signing.pub",
            ]))
        #expect(!names.contains { $0.contains("vault.key") })
        let content = try Data(contentsOf: URL(filePath: path))
        let key = try Data(contentsOf: URL(filePath: self.keyFile))
        #expect(content.range(of: key.dropFirst(22).prefix(40)) == nil)
        #expect(content.range(of: Data("hunter2".utf8)) == nil)
        // Nothing of it is left in the state directory.
        let left = try FileManager.default.contentsOfDirectory(atPath: self.fixture.folder)
        #expect(!left.contains { $0.hasPrefix("backup-") })
    }

    @Test("a restored directory has everything, opens with the key, and says in its audit log what it is")
    func roundTrip() async throws {
        try await self.fixture.addEverything()
        let path = try await self.backup()
        let restored = AdministrationFixture.newPath()
        defer { try? FileManager.default.removeItem(atPath: restored) }
        let outcome = try StateRestore.restore(path, to: restored, keyFile: self.keyFile)
        #expect(outcome.remarks.isEmpty)
        let store = try SessionStore(path: restored + "/sallyport.db")
        let vault = try VaultOpening(store: store, stateDirectory: restored, log: Logger(label: "test"))
            .open(.unattended)
        let keys = try GatewayKeys.open(try store.gatewayKeys(), under: vault)
        #expect(keys.archivePublicKey == self.fixture.keys.archivePublicKey)
        #expect(try VaultExamination(store, vault).damaged.isEmpty)
        #expect(try store.users().map(\.name) == ["alice"])
        #expect(try store.auditRecords(limit: 1).map(\.code) == ["SP7504W"])
        #expect(try store.auditRecords(limit: 9, code: "SP7503I").count == 1)
        _ = try store.verifyAuditLog()
        let find = self.run("find '\(restored)' ! -name '*.pub' -perm /077")
        #expect(find.output.isEmpty, "\(find.output)")
    }

    @Test("without the key file it says where that belongs; with another key nothing is made")
    func keys() async throws {
        let path = try await self.backup()
        let restored = AdministrationFixture.newPath()
        defer { try? FileManager.default.removeItem(atPath: restored) }
        let other = self.fixture.folder + "/other.key"
        try VaultKeyFile.create(.random(), at: other)
        let error = #expect(throws: VaultError.self) {
            try StateRestore.restore(path, to: restored, keyFile: other)
        }
        #expect(error?.message.contains("another vault key than the backup needs") == true)
        #expect(access(restored, F_OK) != 0)
        let outcome = try StateRestore.restore(path, to: restored, keyFile: nil)
        #expect(outcome.remarks.count == 1)
        #expect(outcome.remarks.first?.contains("\(restored)/keys/vault.key") == true)
    }

    @Test("where recordings may have been deleted since, a restore says that they may be back")
    func deletions() async throws {
        try self.fixture.store.setRetentionRule(.target("web1"), keepSeconds: 86_400, by: "admin")
        let path = try await self.backup()
        let restored = AdministrationFixture.newPath()
        defer { try? FileManager.default.removeItem(atPath: restored) }
        let outcome = try StateRestore.restore(path, to: restored, keyFile: self.keyFile)
        #expect(outcome.remarks.first?.contains("recordings that were deleted after") == true)
    }

    @Test("nobody is signed in to the console after a restore, and it says that tokens are as they were")
    func signIns() async throws {
        try await self.fixture.addEverything()
        _ = try await self.fixture.service.setRoles(
            SetRolesRequest(roles: [.auditor]), ofUser: "alice", by: self.fixture.actor)
        let request = ConsoleSignIn(user: "alice", password: SecretField([1]), code: SecretField([2]))
        let cookie = try await self.fixture.service.signIn(request, from: "10.0.0.1").cookie
        let soon = Timestamp(nanosecondsSince1970: Clock.wallNanoseconds() + 60_000_000_000)
        _ = try await self.fixture.service.createToken(
            CreateTokenRequest(name: "ci", role: .auditor, expires: soon), by: self.fixture.actor)
        let path = try await self.backup()
        let restored = AdministrationFixture.newPath()
        defer { try? FileManager.default.removeItem(atPath: restored) }
        let outcome = try StateRestore.restore(path, to: restored, keyFile: self.keyFile)
        #expect(outcome.remarks.first?.contains("tokens are as they were") == true)
        let hash = try #require(ConsoleCookieText(shown: cookie.bytes)).hash
        #expect(try self.fixture.store.consoleSession(hash) != nil)
        #expect(try SessionStore(path: restored + "/sallyport.db").consoleSession(hash) == nil)
    }

    @Test("one that is cut anywhere or altered is refused, and leaves nothing behind")
    func damaged() async throws {
        try await self.fixture.addEverything()
        let path = try await self.backup()
        let whole = try Data(contentsOf: URL(filePath: path))
        let restored = AdministrationFixture.newPath()
        defer { try? FileManager.default.removeItem(atPath: restored) }
        let bad = self.fixture.folder + "/bad.tar"
        for length in [0, 100, 512, 5000, whole.count / 2, whole.count - 1024, whole.count - 1] {
            try whole.prefix(length).write(to: URL(filePath: bad))
            #expect(throws: (any Error).self, "\(length) bytes") {
                try StateRestore.restore(bad, to: restored, keyFile: self.keyFile)
            }
            #expect(access(restored, F_OK) != 0, "\(length) bytes")
        }
        for offset in [0, 200, 700, 3000, whole.count / 3, whole.count * 2 / 3, whole.count - 2000] {
            var altered = whole
            altered[offset] ^= 1
            try altered.write(to: URL(filePath: bad))
            #expect(throws: (any Error).self, "byte \(offset)") {
                try StateRestore.restore(bad, to: restored, keyFile: self.keyFile)
            }
            #expect(access(restored, F_OK) != 0, "byte \(offset)")
        }
    }

    @Test(
        "names that lead out of the directory are refused",
        arguments: [
            "../x.pub", "keys/../../x.pub", "/etc/x.pub", "keys/a/b.pub", "keys/.pub", "recordings/x", "keys/vault.key",
        ])
    func names(_ name: String) {
        #expect(!BackupManifest.isPermitted(name))
    }

    @Test("a header of an entry above eight gigabytes says its size")
    func largeEntries() {
        for bytes in [0, 1, 0o777_7777_7777, 0o1000_0000_0000, 1 << 40] as [UInt64] {
            let header = TarHeader(name: "sallyport.db", bytes: bytes, modified: 1_700_000_000)
            #expect(TarHeader(header.encoded) == header)
        }
    }
}
