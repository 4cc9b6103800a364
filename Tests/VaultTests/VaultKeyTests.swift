import Foundation
import Glibc
import Platform
import Testing

@testable import Vault

@Suite("The vault's key")
struct VaultKeyTests {
    private let folder: TemporaryFolder
    private let binding = SecretBinding.password(target: "web1", account: "root")
    private let secret = SecretBytes(copying: Array("correct horse".utf8))

    init() throws { self.folder = try TemporaryFolder() }

    @Test("a change of key re-wraps blobs; both keys open while it lasts, the former one none afterwards")
    func change() throws {
        let former = VaultKey.random()
        let next = VaultKey.random()
        let vault = Vault(former)
        let blob = try vault.seal(self.secret, for: self.binding)
        try vault.prepare(next)
        let rewrapped = try vault.rewrap(blob, under: next)
        #expect(Array(rewrapped[1..<9]) == next.id)
        // The secret itself is neither opened nor sealed again.
        #expect(rewrapped.suffix(12 + 13 + 16) == blob.suffix(12 + 13 + 16))
        for each in [blob, rewrapped] {
            #expect(try vault.openPassword(each, for: self.binding).isEqual(to: self.secret))
        }
        #expect(Array(try vault.seal(self.secret, for: self.binding)[1..<9]) == former.id)
        vault.adopt(next)
        #expect(Array(try vault.seal(self.secret, for: self.binding)[1..<9]) == next.id)
        #expect(vault.fault(of: blob, for: self.binding) == nil)
        vault.forget(former)
        #expect(vault.fault(of: blob, for: self.binding)?.message.contains("another vault key") == true)
        #expect(try Vault(next).openPassword(rewrapped, for: self.binding).isEqual(to: self.secret))
        // Its binding still holds.
        #expect(vault.fault(of: rewrapped, for: .password(target: "web2", account: "root")) != nil)
    }

    @Test("one change at a time; one that is abandoned leaves the key as it was")
    func abandoned() throws {
        let vault = Vault(.random())
        let blob = try vault.seal(self.secret, for: self.binding)
        let next = VaultKey.random()
        try vault.prepare(next)
        let second = #expect(throws: VaultError.self) { try vault.prepare(.random()) }
        #expect(second?.code == .changing)
        let rewrapped = try vault.rewrap(blob, under: next)
        vault.abandon(next)
        #expect(vault.fault(of: rewrapped, for: self.binding) != nil)
        #expect(vault.fault(of: blob, for: self.binding) == nil)
        try vault.prepare(.random())
    }

    @Test("a damaged data key is not wrapped anew")
    func damaged() throws {
        let vault = Vault(.random())
        var blob = try vault.seal(self.secret, for: self.binding)
        blob[20] ^= 1
        #expect(throws: VaultError.self) { try vault.rewrap(blob, under: .random()) }
        #expect(vault.fault(of: blob, for: nil)?.message == "a stored secret is damaged")
    }

    @Test("a key file holds two keys while one replaces the other, and is for the owner alone")
    func replacedFile() throws {
        let path = self.folder.file("vault.key")
        let keys = [VaultKey.random(), .random()]
        try VaultKeyFile.create(keys[0], at: path)
        try VaultKeyFile.replace(path, with: keys)
        #expect(try VaultKeyFile.read(path).map(\.id) == keys.map(\.id))
        try VaultKeyFile.replace(path, with: [keys[1]])
        #expect(try VaultKeyFile.read(path).map(\.id) == [keys[1].id])
        let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
        #expect(mode == 0o600)
        #expect(try FileManager.default.contentsOfDirectory(atPath: self.folder.path) == ["vault.key"])
        try Data(repeating: 0, count: 3).write(to: URL(filePath: path + ".next"))
        try VaultKeyFile.replace(path, with: keys)
        #expect(try VaultKeyFile.read(path).count == 2)
    }

    @Test("a passphrase gives the same key with the same parameters, and no other does")
    func passphrase() throws {
        let cheap = try PassphraseStretching(salt: Array(0..<16), passes: 1, memoryBytes: 8 << 20)
        let words = SecretBytes(copying: Array("correct horse battery".utf8))
        let key = try cheap.key(from: words)
        #expect(try cheap.key(from: words).id == key.id)
        #expect(try cheap.key(from: SecretBytes(copying: Array("correct horse batterz".utf8))).id != key.id)
        let salted = try PassphraseStretching(salt: Array(1..<17), passes: 1, memoryBytes: 8 << 20)
        #expect(try salted.key(from: words).id != key.id)
        #expect(throws: VaultError.self) { try cheap.key(from: SecretBytes(copying: [])) }
        #expect(throws: VaultError.self) { try cheap.key(from: SecretBytes.random(count: 1025)) }
        #expect(throws: VaultError.self) { try PassphraseStretching.validate(new: SecretBytes.random(count: 11)) }
        try PassphraseStretching.validate(new: SecretBytes.random(count: 12))
        #expect(PassphraseStretching.fresh().salt != PassphraseStretching.fresh().salt)
    }

    @Test("argon2id is what RFC 9106's reference makes of it")
    func argon2() throws {
        // Made with the reference implementation's command line by way of Python's argon2-cffi 25.1.0:
        // hash_secret_raw(b"correct horse battery", bytes(range(16)), 1, 8192, 1, 32, Type.ID).
        let cheap = try PassphraseStretching(salt: Array(0..<16), passes: 1, memoryBytes: 8 << 20)
        let key = try cheap.key(from: SecretBytes(copying: Array("correct horse battery".utf8)))
        #expect(key.secret.bytes.hexDigits == "0e6753fe22ded6dd66b5ef5eece69c2123e024683e67172ec31262d17aa22a3a")
    }

    @Test(
        "parameters that no version writes are refused before anything is computed",
        arguments: [
            (15, 1, 8 << 20), (16, 0, 8 << 20), (16, 65, 8 << 20), (16, 1, 1 << 20), (16, 1, 1 << 40),
        ] as [(Int, UInt64, UInt64)])
    func parameters(salt: Int, passes: UInt64, memoryBytes: UInt64) {
        #expect(throws: VaultError.self) {
            try PassphraseStretching(
                salt: [UInt8](repeating: 0, count: salt), passes: passes, memoryBytes: memoryBytes)
        }
    }

    @Test("the name of a systemd credential can't lead out of its directory", arguments: ["", ".", "..", "a/b", "/a"])
    func credentialNames(name: String) {
        let error = #expect(throws: VaultError.self) { try SystemdCredential.read(name) }
        #expect(error?.code == .credential)
        #expect(!SystemdCredential.isThere(name))
    }
}
