import Foundation
import Platform
import SallyportTesting
import Synchronization
import Testing

@testable import OpenBao

@Suite("Addresses and references of OpenBao")
struct BaoTextTests {
    @Test("a token goes by TLS, or stays on this machine")
    func addresses() {
        for address in ["https://bao.example.org:8200", "https://10.0.0.1", "http://127.0.0.1:8200", "http://[::1]:1"] {
            #expect(BaoSettings.isPermitted(address: address), "\(address)")
        }
        for address in [
            "http://bao.example.org:8200", "http://127.0.0.1.example.org", "ftp://x", "bao:8200", "https://",
            "https://a/b", "https://user@host", "https://a b", "http://localhost@evil",
        ] {
            #expect(!BaoSettings.isPermitted(address: address), "\(address)")
        }
    }

    @Test("a path can't lead elsewhere, and a field is the default unless named")
    func references() {
        #expect(BaoReference("linux/web1", defaultField: "password")?.description == "linux/web1#password")
        #expect(BaoReference("linux/web1#root", defaultField: "password")?.field == "root")
        for text in [
            "", "/", "a/", "/a", "a//b", "../a", "a/../b", "a/./b", "a b", "a?b", "a%2fb", "a#", "#x", "a#b c",
        ] {
            #expect(BaoReference(text, defaultField: "password") == nil, "\(text)")
        }
    }
}

/// Against a real server in development mode.
@Suite("OpenBao", .serialized, .timeLimit(.minutes(5)))
final class OpenBaoTests {
    private let scratch: Scratch
    private let server: BaoServer

    init() throws {
        self.scratch = try Scratch()
        self.server = try BaoServer(in: self.scratch)
        try self.server.addPolicy()
        try self.server.administer("kv", "put", "secret/linux/web1", "password=first", "private_key=k", "n=")
    }

    deinit {
        self.server.stop()
        self.scratch.dispose()
    }

    private func withClient(
        _ login: BaoSettings.Login, timeoutSeconds: Int = 5, _ body: (BaoClient) async throws -> Void
    ) async throws {
        let client = BaoClient(
            BaoSettings(address: self.server.address, login: login, timeoutSeconds: timeoutSeconds))
        let result: Result<Void, any Error>
        do { result = .success(try await body(client)) } catch { result = .failure(error) }
        await client.shutdown()
        try result.get()
    }

    private func text(_ client: BaoClient, _ reference: String) async throws -> String {
        let reference = try #require(BaoReference(reference, defaultField: "password"))
        return try await client.secret(reference).withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
    }

    private func failure(_ body: () async throws -> Void) async -> BaoError? {
        do {
            try await body()
            return nil
        } catch {
            return error as? BaoError
        }
    }

    @Test("a secret is read in its newest version; missing paths and fields are told apart")
    func secrets() async throws {
        try await self.withClient(.tokenFile(try self.server.tokenFile())) { client in
            #expect(try await self.text(client, "linux/web1") == "first")
            #expect(try await self.text(client, "linux/web1#private_key") == "k")
            try self.server.administer("kv", "put", "secret/linux/web1", "password=second")
            #expect(try await self.text(client, "linux/web1") == "second")
            let field = await self.failure { _ = try await self.text(client, "linux/web1#private_key") }
            #expect(field?.code == .missing && field?.message.contains("has no field private_key") == true)
            let path = await self.failure { _ = try await self.text(client, "linux/none") }
            #expect(path?.code == .missing)
            try self.server.administer("kv", "delete", "secret/linux/web1")
            let deleted = await self.failure { _ = try await self.text(client, "linux/web1") }
            #expect(deleted?.code == .missing)
            let denied = await self.failure { _ = try await self.text(client, "windows/dc1") }
            #expect(denied?.code == .denied && denied?.isPassing == false, "\(String(describing: denied))")
        }
    }

    @Test("down, frozen, sealed: each is said for what it is, and over when it is over")
    func outages() async throws {
        try await self.withClient(.tokenFile(try self.server.tokenFile()), timeoutSeconds: 1) { client in
            #expect(try await self.text(client, "linux/web1") == "first")
            try self.server.freeze()
            let frozen = await self.failure { _ = try await self.text(client, "linux/web1") }
            self.server.thaw()
            #expect(frozen?.code == .unreachable, "\(String(describing: frozen))")
            #expect(frozen?.message == "\(self.server.address): no answer in time")
            try self.server.seal()
            let sealed = await self.failure { _ = try await self.text(client, "linux/web1") }
            #expect(sealed?.code == .sealed && sealed?.message == "\(self.server.address) is sealed")
            try self.server.unseal()
            try waitUntil("it is open again", within: .seconds(30)) { try self.server.run("status").code == 0 }
            #expect(try await self.text(client, "linux/web1") == "first")
            self.server.stop()
            let down = await self.failure { _ = try await self.text(client, "linux/web1") }
            #expect(down?.code == .unreachable && down?.isPassing == true)
            // Refused, or broken where a connection was still open.
            #expect(down?.message.hasPrefix("\(self.server.address): ") == true, "\(String(describing: down))")
        }
    }

    @Test("a token file is read again when its token is refused")
    func replacedToken() async throws {
        let path = try self.server.tokenFile()
        try await self.withClient(.tokenFile(path)) { client in
            #expect(try await self.text(client, "linux/web1") == "first")
            let old = try String(contentsOfFile: path, encoding: .utf8).trimmingCharacters(in: .newlines)
            try self.server.administer("token", "revoke", old)
            let refused = await self.failure { _ = try await self.text(client, "linux/web1") }
            #expect(refused?.code == .denied && refused?.message.contains(path) == true)
            #expect(refused?.message.contains(old) == false)
            _ = try self.server.tokenFile()
            #expect(try await self.text(client, "linux/web1") == "first")
        }
    }

    @Test("files that others can read, that are missing or hold no token are named")
    func badFiles() async throws {
        let open = try self.server.tokenFile(named: "open")
        chmod(open, 0o644)
        for path in [open, "/nowhere", try self.server.privateFile("empty", "\n")] {
            try await self.withClient(.tokenFile(path)) { client in
                let error = await self.failure { _ = try await self.text(client, "linux/web1") }
                #expect(error?.code == .configuration && error?.message.hasPrefix(path) == true)
            }
        }
    }

    @Test("AppRole tokens are renewed before they end, had anew at their greatest age, and after a revocation")
    func renewal() async throws {
        let role = try self.server.addAppRole(tokenSeconds: 2, maximumSeconds: 5)
        try await self.withClient(.appRole(mount: "approle", roleID: role.roleID, secretIDFile: role.secretIDFile)) {
            client in
            let failures = Mutex<[BaoError]>([])
            let keeper = Task {
                await client.keepAlive { result in
                    if case .failure(let error) = result { failures.withLock { $0.append(error) } }
                }
            }
            // Past several renewals and past the greatest age.
            let end = ContinuousClock.now + .seconds(9)
            while ContinuousClock.now < end {
                #expect(try await self.text(client, "linux/web1") == "first")
                try await Task.sleep(for: .milliseconds(200))
            }
            #expect(failures.withLock { $0 }.isEmpty)
            keeper.cancel()
            await keeper.value
        }
    }

    @Test("an AppRole whose secret id is wrong is refused, and comes back with a right one")
    func secretID() async throws {
        let role = try self.server.addAppRole()
        let right = try String(contentsOfFile: role.secretIDFile, encoding: .utf8)
        let path = try self.server.privateFile("bao-secret-id", "00000000-0000-0000-0000-000000000000")
        try await self.withClient(.appRole(mount: "approle", roleID: role.roleID, secretIDFile: path)) { client in
            let refused = await self.failure { _ = try await self.text(client, "linux/web1") }
            #expect(refused?.code == .denied && refused?.message.contains("AppRole") == true)
            _ = try self.server.privateFile("bao-secret-id", right)
            #expect(try await self.text(client, "linux/web1") == "first")
        }
    }

    @Test("TLS needs a certificate of the given authority")
    func tls() async throws {
        let secure = try BaoServer(in: self.scratch, tls: true)
        defer { secure.stop() }
        try secure.addPolicy()
        try secure.administer("kv", "put", "secret/linux/web1", "password=by tls")
        let login = BaoSettings.Login.tokenFile(try secure.tokenFile(named: "tls-token"))
        let trusting = BaoClient(BaoSettings(address: secure.address, caFile: secure.caFile, login: login))
        let stranger = BaoClient(BaoSettings(address: secure.address, login: login))
        let reference = try #require(BaoReference("linux/web1", defaultField: "password"))
        let secret = try await trusting.secret(reference)
        #expect(secret.withUnsafeBytes { Array($0) } == Array("by tls".utf8))
        let error = await self.failure { _ = try await stranger.secret(reference) }
        #expect(error?.code == .unreachable)
        #expect(error?.message.contains("certificate") == true, "\(String(describing: error))")
        await trusting.shutdown()
        await stranger.shutdown()
    }
}
