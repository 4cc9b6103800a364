import Foundation
import Glibc
import Platform
import Testing

@testable import Vault

@Suite("Vault")
struct VaultTests {
    private let folder: TemporaryFolder
    private let vault: Vault
    private let binding = SecretBinding.password(target: "web1", account: "root")
    private let secret = SecretBytes(copying: Array("correct horse".utf8))

    init() throws {
        self.folder = try TemporaryFolder()
        let key = VaultKey.random()
        try VaultKeyFile.create(key, at: self.folder.file("vault.key"))
        self.vault = Vault(key)
    }

    @Test("a sealed secret opens under its own binding, also after opening the key file again")
    func roundTrip() throws {
        let blob = try self.vault.seal(self.secret, for: self.binding)
        #expect(try self.vault.openPassword(blob, for: self.binding).isEqual(to: self.secret))
        let again = Vault(try #require(try VaultKeyFile.read(self.folder.file("vault.key")).first))
        #expect(try again.openPassword(blob, for: self.binding).isEqual(to: self.secret))
    }

    @Test("the blob shows neither the secret nor, twice, the same bytes")
    func opaque() throws {
        let one = try self.vault.seal(self.secret, for: self.binding)
        let two = try self.vault.seal(self.secret, for: self.binding)
        #expect(one.dropFirst(9) != two.dropFirst(9))
        #expect(!Data(one).contains(Data("correct".utf8)))
    }

    @Test(
        "a blob in another row's place does not open",
        arguments: [
            SecretBinding.password(target: "web1", account: "ops"), .password(target: "web2", account: "root"),
            .password(target: "web1r", account: "oot"),
        ])
    func swappedRows(other: SecretBinding) throws {
        let blob = try self.vault.seal(self.secret, for: self.binding)
        let error = #expect(throws: VaultError.self) { try self.vault.openPassword(blob, for: other) }
        #expect(error?.code == .sealed)
    }

    @Test("a password is not taken for a private key")
    func swappedKinds() throws {
        let blob = try self.vault.seal(self.secret, for: self.binding)
        #expect(throws: VaultError.self) {
            try self.vault.agentIdentity(blob, for: .privateKey(target: "web1", account: "root"))
        }
    }

    @Test("a blob with any bit changed, or cut anywhere, does not open")
    func tampering() throws {
        let blob = try self.vault.seal(self.secret, for: self.binding)
        for index in blob.indices {
            var changed = blob
            changed[index] ^= 1
            #expect(throws: VaultError.self, "byte \(index)") {
                try self.vault.openPassword(changed, for: self.binding)
            }
            #expect(throws: VaultError.self, "length \(index)") {
                try self.vault.openPassword(Array(blob.prefix(index)), for: self.binding)
            }
        }
        #expect(throws: VaultError.self) { try self.vault.openPassword(blob + [0], for: self.binding) }
    }

    @Test("a blob of another vault names the wrong key")
    func otherVault() throws {
        let other = Vault(.random())
        let blob = try other.seal(self.secret, for: self.binding)
        let error = #expect(throws: VaultError.self) { try self.vault.openPassword(blob, for: self.binding) }
        #expect(error?.message.contains("another vault key") == true)
    }

    @Test("the longest secret is sealed, a longer one is refused, an empty one keeps")
    func limits() throws {
        let longest = SecretBytes(capacity: Vault.maximumSecretBytes) { $0.count }
        let blob = try self.vault.seal(longest, for: self.binding)
        #expect(try self.vault.openPassword(blob, for: self.binding).count == Vault.maximumSecretBytes)
        let longer = SecretBytes(capacity: Vault.maximumSecretBytes + 1) { $0.count }
        #expect(throws: VaultError.self) { try self.vault.seal(longer, for: self.binding) }
        let empty = try self.vault.seal(SecretBytes(copying: []), for: self.binding)
        #expect(try self.vault.openPassword(empty, for: self.binding).count == 0)
    }

    @Test("the key file is for the owner alone; one that others may read is refused with what to do")
    func keyFileModes() throws {
        let path = self.folder.file("vault.key")
        let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
        #expect(mode == 0o600)
        for open in [0o640, 0o604, 0o622] as [mode_t] {
            chmod(path, open)
            let error = #expect(throws: VaultError.self) { try VaultKeyFile.read(path) }
            #expect(error?.message == "vault key file \(path) is open to others (mode 0\(String(open, radix: 8)))")
            #expect(error?.hint == "run chmod 600 \(path)")
        }
    }

    @Test("a missing, linked, malformed or existing key file is refused")
    func badKeyFiles() throws {
        let path = self.folder.file("vault.key")
        #expect(throws: VaultError.self) { try VaultKeyFile.create(.random(), at: path) }
        let missing = #expect(throws: VaultError.self) { try VaultKeyFile.read("/nowhere") }
        #expect(missing?.message == "vault key file /nowhere: No such file or directory")
        #expect(missing?.hint == "put the file back, from where the copy of the key is kept")
        symlink(path, self.folder.file("link.key"))
        #expect(throws: VaultError.self) { try VaultKeyFile.read(self.folder.file("link.key")) }
        for content in ["", "x", "sallyport-vault-key-1 AAAA\n", String(repeating: "A", count: 10_000)] {
            let bad = self.folder.file("bad.key")
            unlink(bad)
            #expect(
                FileManager.default.createFile(
                    atPath: bad, contents: Data(content.utf8), attributes: [.posixPermissions: 0o600]))
            let error = #expect(throws: VaultError.self) { try VaultKeyFile.read(bad) }
            #expect(error?.code == .keyFile)
        }
    }
}

@Suite("Passwords of users")
struct PasswordHasherTests {
    private let hasher = PasswordHasher()

    @Test("the right password verifies, others and cut ones do not")
    func verification() throws {
        let hash = try self.hasher.hash(SecretBytes(copying: Array("correct horse".utf8)))
        #expect(hash.hasPrefix("$argon2id$v=19$m=65536,t=2,p=1$"))
        #expect(self.hasher.verify(SecretBytes(copying: Array("correct horse".utf8)), against: hash))
        for wrong in ["", "correct hors", "correct horse ", "Correct horse"] {
            #expect(!self.hasher.verify(SecretBytes(copying: Array(wrong.utf8)), against: hash))
        }
        #expect(!self.hasher.verify(SecretBytes(copying: Array("x".utf8)), against: "not a hash"))
    }

    @Test("a password with a zero byte is not cut there")
    func zeroBytes() throws {
        let hash = try self.hasher.hash(SecretBytes(copying: [0x61, 0, 0x62]))
        #expect(!self.hasher.verify(SecretBytes(copying: [0x61]), against: hash))
        #expect(self.hasher.verify(SecretBytes(copying: [0x61, 0, 0x62]), against: hash))
    }

    @Test("lengths at the limit work, beyond it not")
    func limits() throws {
        let longest = SecretBytes(copying: [UInt8](repeating: 7, count: PasswordHasher.maximumPasswordBytes))
        let hash = try self.hasher.hash(longest)
        #expect(self.hasher.verify(longest, against: hash))
        let longer = SecretBytes(copying: [UInt8](repeating: 7, count: PasswordHasher.maximumPasswordBytes + 1))
        #expect(!self.hasher.verify(longer, against: hash))
        #expect(throws: VaultError.self) { try self.hasher.hash(longer) }
        #expect(throws: VaultError.self) { try self.hasher.hash(SecretBytes(copying: [])) }
    }

    @Test("for an unknown user the same work is done")
    func decoy() throws {
        let password = SecretBytes(copying: Array("guess".utf8))
        let hash = try self.hasher.hash(SecretBytes(copying: Array("correct horse".utf8)))
        let clock = ContinuousClock()
        let hasher = self.hasher
        // The best of a few runs, since other tests share the machine.
        let known = (0..<4).map { _ in clock.measure { _ = hasher.verify(password, against: hash) } }.min()
        let unknown = (0..<4).map { _ in clock.measure { #expect(!hasher.verify(password, against: nil)) } }.min()
        let ratio = try #require(unknown) / (try #require(known))
        #expect((0.4...2.5).contains(ratio), "\(ratio)")
    }
}
