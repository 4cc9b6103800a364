import Testing

@testable import SessionStore

@Suite("Which entry of a directory a user is")
struct DirectoryIdentityTests {
    private let folder: TemporaryFolder
    private let store: SessionStore

    init() throws {
        self.folder = try TemporaryFolder()
        self.store = try SessionStore(path: self.folder.path + "/sallyport.db")
    }

    private func follow(_ identifiers: String...) throws -> String? {
        _ = try self.store.follow(
            DirectoryAccount(name: "dana", source: .ldap, identifiers: identifiers), creating: true)
        return try self.store.user("dana")?.suspension
    }

    @Test("one attribute more, or another order of them, makes nobody another; another value does")
    func identity() throws {
        #expect(try self.follow("ipaUniqueID:7") == nil)
        #expect(try self.follow("entryUUID:5f0c", "ipaUniqueID:7") == nil)
        #expect(try self.follow("ipaUniqueID:7", "nsUniqueId:1") == nil)
        #expect(try self.follow("entryUUID:5f0c", "ipaUniqueID:8")?.contains("another one than it was") == true)
        #expect(try self.follow("entryUUID:5f0c")?.contains("another one than it was") == true)
        #expect(try self.follow()?.contains("no longer shows") == true)
        #expect(try self.follow("ipaUniqueID:7") == nil)
    }
}
