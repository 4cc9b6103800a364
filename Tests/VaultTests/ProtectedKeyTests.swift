import Foundation
import Platform
import Testing

@testable import Vault

@Suite("Private keys under a passphrase")
struct ProtectedKeyTests {
    private let folder: TemporaryFolder
    private let vault: Vault
    private let binding = SecretBinding.privateKey(target: "web1", account: "root")
    private static let passphrase = "correct horse \u{1F40E} battery"

    init() throws {
        self.folder = try TemporaryFolder()
        self.vault = Vault(.random())
    }

    private func secret(_ text: String) -> SecretBytes { SecretBytes(copying: Array(text.utf8)) }

    /// Imports the file `k` with the right, a wrong and no passphrase, and compares it with what `line` says it is.
    private func check(line: String, comment: String = "") throws {
        let text = try self.folder.read("k")
        let (blob, publicKey) = try self.vault.sealPrivateKey(
            text: text, passphrase: self.secret(Self.passphrase), for: self.binding)
        #expect(publicKey.blob == (try OpenSSHPublicKey(line: line)).blob)
        #expect(publicKey.comment == comment)
        // Nothing of the passphrase is needed afterwards.
        #expect(try self.vault.agentIdentity(blob, for: self.binding).publicKey == publicKey)
        for wrong in [Self.passphrase + " ", "x", ""] {
            let error = #expect(throws: VaultError.self) {
                try self.vault.sealPrivateKey(text: text, passphrase: self.secret(wrong), for: self.binding)
            }
            #expect(error?.code == .wrongPassphrase, "\(error?.message ?? "")")
            #expect(error?.message == "the passphrase of the private key is wrong")
        }
        let missing = #expect(throws: VaultError.self) {
            try self.vault.sealPrivateKey(text: text, for: self.binding)
        }
        #expect(missing?.code == .protectedKey)
        #expect(missing?.hint?.contains("--passphrase-stdin") == true)
    }

    private func publicLine() throws -> String {
        try run("ssh-keygen", "-y", "-P", Self.passphrase, "-f", self.folder.file("k")).output
    }

    @Test("OpenSSH's own format is read with each of its ciphers", arguments: OpenSSHKeyCipher.allCases)
    func ciphers(cipher: OpenSSHKeyCipher) throws {
        try run(
            "ssh-keygen", "-q", "-t", "ed25519", "-N", Self.passphrase, "-C", "ops key", "-Z", cipher.rawValue, "-a",
            "4", "-f", self.folder.file("k"))
        try self.check(line: try self.publicLine(), comment: "ops key")
    }

    @Test(
        "every kind of key is read with the defaults of ssh-keygen",
        arguments: [
            ("ed25519", "256"), ("ecdsa", "256"), ("ecdsa", "384"), ("ecdsa", "521"), ("rsa", "2048"), ("rsa", "3072"),
        ])
    func kinds(type: String, bits: String) throws {
        try run(
            "ssh-keygen", "-q", "-t", type, "-b", bits, "-N", Self.passphrase, "-C", "", "-f", self.folder.file("k"))
        try self.check(line: try self.publicLine())
    }

    @Test("PEM as ssh-keygen writes it is read", arguments: ["PEM", "PKCS8"], ["rsa", "ecdsa"])
    func pem(format: String, type: String) throws {
        try run("ssh-keygen", "-q", "-t", type, "-m", format, "-N", Self.passphrase, "-f", self.folder.file("k"))
        try self.check(line: try self.publicLine())
    }

    @Test(
        "PKCS#8 is read with what openssl can derive and encrypt with",
        arguments: [
            ["-v2", "aes-128-cbc"], ["-v2", "aes-192-cbc", "-v2prf", "hmacWithSHA1"],
            ["-v2", "aes-256-cbc", "-v2prf", "hmacWithSHA384"], ["-v2", "aes-256-cbc", "-v2prf", "hmacWithSHA512"],
            ["-v2", "aes-256-cbc", "-scrypt"], ["-v2", "aes-256-cbc", "-iter", "100000"],
        ])
    func pkcs8(options: [String]) throws {
        let plain = self.folder.file("plain")
        try run("openssl", "ecparam", "-genkey", "-noout", "-name", "prime256v1", "-out", plain)
        let line = try run("ssh-keygen", "-y", "-f", plain).output
        let words = ["openssl", "pkcs8", "-topk8", "-in", plain, "-out", self.folder.file("k")] + options
        try #require(run(words + ["-passout", "pass:\(Self.passphrase)"]).status == 0)
        try self.check(line: line)
    }

    @Test(
        "other ways of encryption are named",
        arguments: [
            ["pkcs8", "-topk8", "-v2", "des3"], ["pkcs8", "-topk8", "-v2", "camellia-256-cbc"],
            ["pkcs8", "-topk8", "-v1", "PBE-SHA1-3DES"], ["ec", "-des3"],
        ])
    func otherCiphers(options: [String]) throws {
        let plain = self.folder.file("plain")
        try run("openssl", "ecparam", "-genkey", "-noout", "-name", "prime256v1", "-out", plain)
        let words = ["openssl"] + options + ["-in", plain, "-out", self.folder.file("k"), "-passout", "pass:secret"]
        try #require(run(words).status == 0)
        let error = #expect(throws: VaultError.self) {
            try self.vault.sealPrivateKey(
                text: try self.folder.read("k"), passphrase: self.secret("secret"), for: self.binding)
        }
        #expect(error?.code == .unsupportedKey)
        #expect(error?.message.contains("can't be read") == true, "\(error?.message ?? "")")
    }

    @Test("a plain key pays no heed to a passphrase")
    func plainKey() throws {
        try run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", self.folder.file("k"))
        let text = try self.folder.read("k")
        let (_, publicKey) = try self.vault.sealPrivateKey(
            text: text, passphrase: self.secret("x"), for: self.binding)
        #expect(publicKey.type == "ssh-ed25519")
    }

    @Test("a damaged encrypted key never yields another key", arguments: ["aes256-ctr", "aes256-gcm@openssh.com"])
    func damaged(cipher: String) throws {
        try run(
            "ssh-keygen", "-q", "-t", "ed25519", "-N", "x", "-C", "c", "-a", "1", "-Z", cipher, "-f",
            self.folder.file("k"))
        let lines = try self.folder.read("k").bytes.split(separator: UInt8(ascii: "\n"))
        let body = try #require(Base64.decode(lines[1..<(lines.count - 1)].joined()))
        let whole = try OpenSSHPrivateKey.read(body, passphrase: self.secret("x"))
        for index in stride(from: 0, to: body.count, by: 3) {
            var changed = body
            changed[index] ^= 1
            guard let read = try? OpenSSHPrivateKey.read(changed, passphrase: self.secret("x")) else { continue }
            #expect(read.key.publicBlob == whole.key.publicBlob, "byte \(index)")
        }
    }

    @Test("a file can't ask for endless work")
    func endless() throws {
        try run("ssh-keygen", "-q", "-t", "ed25519", "-N", "x", "-a", "1", "-f", self.folder.file("k"))
        let lines = try self.folder.read("k").bytes.split(separator: UInt8(ascii: "\n"))
        var body = try #require(Base64.decode(lines[1..<(lines.count - 1)].joined()))
        // magic, "aes256-ctr", "bcrypt", length of the options, length of the salt, salt, rounds
        let rounds = 15 + 14 + 10 + 4 + 4 + 16
        #expect(body[rounds..<(rounds + 4)].elementsEqual([0, 0, 0, 1]))
        body[rounds] = 0x7F
        let error = #expect(throws: VaultError.self) {
            try OpenSSHPrivateKey.read(body, passphrase: self.secret("x"))
        }
        #expect(error?.code == .unsupportedKey)
        #expect(error?.message.contains("rounds of key derivation") == true)
    }

    @Test("the file of a key in a security token is refused with the reason", arguments: ["ed25519", "ecdsa"])
    func securityToken(kind: String) throws {
        // Such a file can't be made without a token; its fields stand in OpenSSH's PROTOCOL.u2f.
        let type = kind == "ed25519" ? "sk-ssh-ed25519@openssh.com" : "sk-ecdsa-sha2-nistp256@openssh.com"
        var blob = SSHWriter()
        blob.string(type)
        if kind == "ecdsa" { blob.string("nistp256") }
        blob.string([UInt8](repeating: 4, count: kind == "ecdsa" ? 65 : 32))
        blob.string("ssh:")
        var secret = SSHWriter()
        secret.uint32(7)
        secret.uint32(7)
        var fields = SSHReader(blob.bytes)
        while let field = fields.string() { secret.string(field) }
        secret.byte(1)
        secret.string([UInt8](repeating: 9, count: 64))
        secret.string("")
        secret.string("token")
        var outer = SSHWriter()
        for text in ["none", "none", ""] { outer.string(text) }
        outer.uint32(1)
        outer.string(blob.bytes)
        outer.string(secret.bytes)
        let error = #expect(throws: VaultError.self) {
            try OpenSSHPrivateKey.read(Array("openssh-key-v1\0".utf8) + outer.bytes)
        }
        #expect(error?.code == .unsupportedKey)
        #expect(error?.message.contains("security token") == true)
    }
}
