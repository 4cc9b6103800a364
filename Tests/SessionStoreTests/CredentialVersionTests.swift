import Platform
import Testing

@testable import SessionStore

@Suite("Versions of secrets, and changes of them")
struct CredentialVersionTests {
    private let folder: TemporaryFolder
    private let store: SessionStore

    init() throws {
        self.folder = try TemporaryFolder()
        self.store = try SessionStore(path: self.folder.path + "/sallyport.db")
        let key = StoredKey(type: "ssh-ed25519", blob: [9], comment: "", fingerprint: "SHA256:9")
        try self.store.addTarget("web1", host: "::1", port: 22, hostKeys: [key], by: "admin")
        try self.set([1])
    }

    private func set(_ sealed: [UInt8], key: UInt8? = nil) throws {
        try self.store.setCredential(
            target: "web1", account: "root", kind: key == nil ? .password : .privateKey, sealed: sealed,
            publicKey: key.map(self.key), by: "admin")
    }

    private func key(_ byte: UInt8) -> StoredKey {
        StoredKey(type: "ssh-ed25519", blob: [byte], comment: "c", fingerprint: "SHA256:\(byte)")
    }

    private func begin(_ sealed: [UInt8], key: UInt8? = nil) throws -> StoredRotation {
        try self.store.beginRotation(
            target: "web1", account: "root", kind: key == nil ? .password : .privateKey, sealed: sealed,
            publicKey: key.map(self.key), trigger: "demand", via: nil, by: "admin")
    }

    private var present: StoredCredential? {
        get throws { try self.store.credential(target: "web1", account: "root") }
    }

    private var kept: [[UInt8]] {
        get throws { try self.store.credentialVersions(target: "web1", account: "root").map(\.sealed) }
    }

    private func code(_ body: () throws -> Void) -> StoreError.Code? {
        #expect(throws: StoreError.self) { try body() }?.code
    }

    @Test("the new secret takes the old one's place in one step, and the old one is kept")
    func commit() throws {
        let rotation = try self.begin([2])
        #expect(try self.present?.sealed == [1] && self.kept.isEmpty)
        #expect(try self.store.rotations() == [rotation])
        // One at a time.
        #expect(self.code { _ = try self.begin([3]) } == .conflict)
        #expect(try self.store.commitRotation(rotation, leavingOldKey: false) == 2)
        #expect(try self.present?.sealed == [2] && self.present?.version == 2)
        #expect(try self.kept == [[1]])
        #expect(try self.store.rotations().isEmpty)
        #expect(self.code { _ = try self.store.commitRotation(rotation, leavingOldKey: false) } == .conflict)
        let history = try self.store.credentialHistory(target: "web1", account: "root")
        #expect(history.map(\.change) == [.set, .rotated] && history.map(\.isKept) == [true, false])
    }

    @Test("a key that was replaced is remembered until its line has left the target")
    func cleanup() throws {
        try self.set([1], key: 1)
        let rotation = try self.begin([2], key: 2)
        _ = try self.store.commitRotation(rotation, leavingOldKey: true)
        let cleanup = try #require(try self.store.rotation(target: "web1", account: "root"))
        #expect(cleanup.phase == .cleanup && cleanup.publicKey == self.key(1) && cleanup.sealed == nil)
        try self.store.finishRotation(cleanup)
        #expect(try self.store.rotations().isEmpty)
    }

    @Test("what could not be told stays, what was refuted goes, and what is set by hand counts")
    func failures() throws {
        try self.store.deferRotation(try self.begin([2]), cause: "gone")
        #expect(try self.store.rotation(target: "web1", account: "root")?.failure == "gone")
        #expect(try self.store.sealedEntries().map(\.owner.description).contains("the new secret of web1/root"))
        try self.set([3])
        #expect(try self.store.rotations().isEmpty && self.present?.sealed == [3])
        try self.store.abandonRotation(try self.begin([4]), cause: "refused", isHeard: true, leavingNewKey: false)
        #expect(try self.store.rotations().isEmpty && self.present?.sealed == [3])
        #expect(try self.kept == [[1]])
    }

    @Test("a secret that was given up and may come through yet is a version, and its key leaves the target")
    func unproved() throws {
        try self.set([1], key: 1)
        let rotation = try self.begin([2], key: 2)
        try self.store.abandonRotation(rotation, cause: "lost", isHeard: false, leavingNewKey: true)
        #expect(try self.present?.sealed == [1] && self.kept.contains([2]))
        let rest = try #require(try self.store.rotation(target: "web1", account: "root"))
        #expect(rest.phase == .rollback && rest.publicKey == self.key(2) && rest.sealed == nil)
        // What is over is not given up again.
        #expect(
            self.code {
                try self.store.abandonRotation(rotation, cause: "lost", isHeard: false, leavingNewKey: false)
            } == .conflict)
        try self.store.finishRotation(rest)
        #expect(try self.store.rotations().isEmpty)
        let history = try self.store.credentialHistory(target: "web1", account: "root")
        let given = try #require(history.last)
        #expect(given.change == .unproved && given.isKept && given.fingerprint == "SHA256:2")
        try self.store.restoreCredential(
            target: "web1", account: "root", version: try #require(given.version), isProved: true, by: "admin")
        #expect(try self.present?.sealed == [2])
    }

    @Test("versions are counted on, restored, forgotten when too many or too old, and go with the credential")
    func versions() throws {
        for byte: UInt8 in 2...5 { try self.set([byte]) }
        try self.store.restoreCredential(target: "web1", account: "root", version: 2, isProved: true, by: "admin")
        #expect(try self.present?.sealed == [2] && self.present?.version == 6)
        #expect(try self.kept == [[5], [4], [3], [2], [1]])
        #expect(
            self.code {
                try self.store.restoreCredential(
                    target: "web1", account: "root", version: 9, isProved: true, by: "admin")
            } == .notFound)
        #expect(try self.store.pruneCredentialVersions(keeping: 2, since: 0) == 3)
        #expect(try self.kept == [[5], [4]])
        #expect(try self.store.pruneCredentialVersions(keeping: 2, since: Clock.wallNanoseconds()) == 2)
        try self.set([7])
        try self.store.removeCredential(target: "web1", account: "root", by: "admin")
        try self.set([8])
        #expect(try self.kept.isEmpty && self.present?.version == 1)
    }

    @Test("a password is out once, returned once, and free again when it is another one")
    func checkouts() throws {
        func out(_ user: String) throws {
            try self.store.checkOut(
                target: "web1", account: "root", user: user, from: "f", reason: "r", until: .max)
        }
        try out("alice")
        #expect(self.code { try out("bob") } == .conflict)
        try self.store.returnCheckout(target: "web1", account: "root", cause: "time", by: "gateway")
        #expect(
            self.code { try self.store.returnCheckout(target: "web1", account: "root", cause: "time", by: "gateway") }
                == .notFound)
        #expect(self.code { try out("bob") } == .conflict)
        #expect(try self.store.checkouts().map(\.isReturned) == [true])
        try self.store.endCheckout(target: "web1", account: "root")
        try out("bob")
    }
}
