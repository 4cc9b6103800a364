import Testing

@testable import SessionStore

@Suite("host keys and profiles of targets")
struct HostKeyTests {
    private let folder: TemporaryFolder
    private let store: SessionStore

    init() throws {
        self.folder = try TemporaryFolder()
        self.store = try SessionStore(path: self.folder.path + "/sallyport.db")
        try self.store.addTarget("web1", host: "::1", port: 22, hostKeys: [self.key(1)], by: "admin")
    }

    private func key(_ byte: UInt8, type: String = "ssh-ed25519") -> StoredKey {
        StoredKey(type: type, blob: [byte], comment: "", fingerprint: "SHA256:\(byte)")
    }

    private func target() throws -> StoredTarget { try #require(try self.store.target("web1")) }

    private func code(_ body: () throws -> Void) -> StoreError.Code? {
        #expect(throws: StoreError.self) { try body() }?.code
    }

    @Test("keys are added beside others and removed, but for the last")
    func addAndRemove() throws {
        try self.store.addHostKeys([self.key(2), self.key(1)], ofTarget: "web1", by: "admin")
        #expect(try self.target().hostKeys == [self.key(1), self.key(2)])
        try self.store.removeHostKey("SHA256:1", ofTarget: "web1", by: "admin")
        #expect(try self.target().hostKeys == [self.key(2)])
        #expect(self.code { try self.store.removeHostKey("SHA256:2", ofTarget: "web1", by: "admin") } == .invalid)
        #expect(self.code { try self.store.removeHostKey("SHA256:1", ofTarget: "web1", by: "admin") } == .notFound)
        #expect(try self.target().hostKeys == [self.key(2)])
    }

    @Test("an approved key takes the place of those of its type, or stands beside them")
    func approve() throws {
        try self.store.addHostKeys([self.key(2, type: "ssh-rsa")], ofTarget: "web1", by: "admin")
        for byte: UInt8 in 3...4 { try self.store.keepPendingHostKey(self.key(byte), ofTarget: "web1") }
        #expect(try self.target().pendingHostKeys == [self.key(3), self.key(4)])
        #expect(try self.target().hostKeys.count == 2)
        try self.store.approveHostKey("SHA256:3", ofTarget: "web1", keepsOthers: false, by: "admin")
        #expect(try self.target().hostKeys == [self.key(2, type: "ssh-rsa"), self.key(3)])
        try self.store.approveHostKey("SHA256:4", ofTarget: "web1", keepsOthers: true, by: "admin")
        #expect(try self.target().hostKeys == [self.key(2, type: "ssh-rsa"), self.key(3), self.key(4)])
        #expect(try self.target().pendingHostKeys.isEmpty)
        // Only what was presented can be approved.
        let unseen = { try self.store.approveHostKey("SHA256:9", ofTarget: "web1", keepsOthers: true, by: "admin") }
        #expect(self.code(unseen) == .notFound)
        let last = try #require(try self.store.auditRecords(limit: 1).last)
        #expect(last.code == "SP7102I")
        #expect(last.fields.contains { $0.name == "change" && $0.value == "host key approved" })
    }

    @Test("few keys wait, the newest ones, each once; dropped ones and pinned ones don't")
    func pending() throws {
        for byte: UInt8 in [10, 11, 11, 12, 13, 14, 15, 16, 17, 18] {
            try self.store.keepPendingHostKey(self.key(byte), ofTarget: "web1")
        }
        #expect(try self.target().pendingHostKeys.map(\.blob) == (11...18).map { [$0] })
        try self.store.dropPendingHostKey("SHA256:12", ofTarget: "web1", by: "admin")
        try self.store.pinHostKeys([self.key(13)], ofTarget: "web1", by: "admin")
        #expect(try self.target().pendingHostKeys.map(\.blob) == [11, 14, 15, 16, 17, 18].map { [$0] })
        #expect(
            self.code { try self.store.dropPendingHostKey("SHA256:12", ofTarget: "web1", by: "admin") } == .notFound)
        #expect(self.code { try self.store.keepPendingHostKey(self.key(1), ofTarget: "web2") } == .notFound)
        try self.store.removeTarget("web1", by: "admin")
        try self.store.addTarget("web1", host: "::1", port: 22, hostKeys: [self.key(1)], by: "admin")
        #expect(try self.target().pendingHostKeys.isEmpty)
    }

    @Test("algorithms and prompt are kept and changed, each by itself")
    func profile() throws {
        #expect(try self.target().algorithms == "modern")
        #expect(try self.target().passwordPrompt == nil)
        try self.store.changeTarget("web1", algorithms: "legacy", passwordPrompt: nil, by: "admin")
        try self.store.changeTarget("web1", algorithms: nil, passwordPrompt: "*pin*", by: "admin")
        #expect(try self.target().algorithms == "legacy")
        #expect(try self.target().passwordPrompt == "*pin*")
        try self.store.changeTarget("web1", algorithms: nil, passwordPrompt: "", by: "admin")
        #expect(try self.target().passwordPrompt == nil)
        #expect(
            self.code { try self.store.changeTarget("web1", algorithms: nil, passwordPrompt: nil, by: "x") }
                == .invalid)
        try self.store.addTarget(
            "old", host: "h", port: 1, hostKeys: [self.key(1)], algorithms: "legacy", passwordPrompt: "x", by: "admin")
        #expect(try self.store.target("old")?.algorithms == "legacy")
        #expect(try self.store.target("old")?.passwordPrompt == "x")
    }
}
