import Crypto
import CryptoExtras
import Foundation
import Platform
import Testing

@testable import Vault

@Suite("Private keys")
struct PrivateKeyTests {
    private let folder: TemporaryFolder
    private let vault: Vault
    private let binding = SecretBinding.privateKey(target: "web1", account: "root")

    init() throws {
        self.folder = try TemporaryFolder()
        self.vault = Vault(.random())
    }

    /// Seals the text of a key that ssh-keygen made and compares with what ssh-keygen says of it.
    private func checkImport(_ name: String, comment: String) throws {
        let (blob, publicKey) = try self.vault.sealPrivateKey(text: try self.folder.read(name), for: self.binding)
        let line = try run("ssh-keygen", "-y", "-P", "", "-f", self.folder.file(name)).output
        let expected = try OpenSSHPublicKey(line: line)
        #expect(publicKey.blob == expected.blob)
        #expect(publicKey.type == expected.type)
        #expect(publicKey.comment == comment)
        let identity = try self.vault.agentIdentity(blob, for: self.binding)
        #expect(identity.publicKey == publicKey)
    }

    @Test(
        "OpenSSH's own format is read",
        arguments: [
            ("ed25519", "256"), ("ecdsa", "256"), ("ecdsa", "384"), ("ecdsa", "521"), ("rsa", "2048"), ("rsa", "3072"),
        ])
    func opensshFormat(type: String, bits: String) throws {
        // Several, since leading zeros of numbers come and go.
        for index in 0..<(type == "rsa" ? 2 : 6) {
            let path = self.folder.file("k\(index)")
            try run("ssh-keygen", "-q", "-t", type, "-b", bits, "-N", "", "-C", "ops key", "-f", path)
            try self.checkImport("k\(index)", comment: "ops key")
        }
    }

    @Test(
        "PEM is read: PKCS#8, PKCS#1, SEC 1",
        arguments: [
            ["genpkey", "-algorithm", "ed25519"],
            ["genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"],
            ["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"],
            ["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384"],
            ["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-521"],
            ["genrsa", "-traditional", "2048"],
            ["ecparam", "-genkey", "-name", "prime256v1"],
            ["ecparam", "-genkey", "-noout", "-name", "secp384r1"],
        ])
    func pem(arguments: [String]) throws {
        let command = "umask 077; openssl \(arguments.joined(separator: " ")) > '\(self.folder.file("k"))' 2>/dev/null"
        try #require(run("sh", "-c", command).status == 0)
        let (blob, publicKey) = try self.vault.sealPrivateKey(text: try self.folder.read("k"), for: self.binding)
        #expect(try self.vault.agentIdentity(blob, for: self.binding).publicKey == publicKey)
        // ssh-keygen does not read PKCS#8 of ed25519; openssl shows the raw public key at the end of its DER form.
        if publicKey.type == "ssh-ed25519" {
            let der = self.folder.file("der")
            try run("openssl", "pkey", "-in", self.folder.file("k"), "-pubout", "-outform", "DER", "-out", der)
            #expect(try Data(contentsOf: URL(filePath: der)).suffix(32).elementsEqual(publicKey.blob.suffix(32)))
        } else {
            let line = try run("ssh-keygen", "-y", "-f", self.folder.file("k")).output
            #expect(try OpenSSHPublicKey(line: line).blob == publicKey.blob)
        }
    }

    @Test(
        "what is no usable private key is refused with one line that says what it is",
        arguments: [
            ("", VaultError.Code.unreadableKey, "not a private key"),
            ("hunter2", .unreadableKey, "not a private key"),
            ("ssh-ed25519 AAAA x", .unreadableKey, "this is a public key"),
            ("PuTTY-User-Key-File-3: ssh-ed25519\n", .unsupportedKey, "this is a private key of PuTTY"),
            ("-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n", .unreadableKey, "the private key is damaged"),
            (
                "-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n", .unreadableKey,
                "the private key is damaged"
            ),
            (
                "-----BEGIN PRIVATE KEY-----\nMAA=\n-----END PRIVATE KEY-----\n", .unreadableKey,
                "the private key is damaged"
            ),
            ("-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n", .unsupportedKey, "a certificate can't"),
        ])
    func unusable(text: String, code: VaultError.Code, message: String) throws {
        let error = #expect(throws: VaultError.self) {
            try self.vault.sealPrivateKey(text: SecretBytes(copying: Array(text.utf8)), for: self.binding)
        }
        #expect(error?.code == code)
        #expect(error?.message.hasPrefix(message) == true, "\(error?.message ?? "")")
    }

    @Test("small rsa and dsa keys are refused")
    func weakKeys() throws {
        try run("ssh-keygen", "-q", "-t", "rsa", "-b", "1024", "-N", "", "-f", self.folder.file("small"))
        try run(
            "ssh-keygen", "-q", "-t", "rsa", "-b", "1024", "-m", "PEM", "-N", "", "-f", self.folder.file("smallpem"))
        try run("ssh-keygen", "-q", "-t", "dsa", "-N", "", "-f", self.folder.file("dsa"))
        for name in ["small", "smallpem", "dsa"] {
            let error = #expect(throws: VaultError.self, "\(name)") {
                try self.vault.sealPrivateKey(text: try self.folder.read(name), for: self.binding)
            }
            #expect(error?.code == .unsupportedKey, "\(name): \(error?.message ?? "")")
        }
    }

    @Test("a damaged OpenSSH key never yields another key, whichever byte is damaged")
    func damaged() throws {
        try run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "c", "-f", self.folder.file("k"))
        let text = try self.folder.read("k").bytes
        let lines = text.split(separator: UInt8(ascii: "\n"))
        let body = try #require(Base64.decode(lines[1..<(lines.count - 1)].joined()))
        let whole = try OpenSSHPrivateKey.read(body)
        for index in body.indices {
            var changed = body
            changed[index] ^= 1
            guard let read = try? OpenSSHPrivateKey.read(changed) else { continue }
            // Only the comment may change; the public key's blob is checked against the private key.
            #expect(read.key.publicBlob == whole.key.publicBlob, "byte \(index)")
        }
        for length in body.indices {
            #expect(throws: VaultError.self) { try OpenSSHPrivateKey.read(Array(body.prefix(length))) }
        }
    }

    @Test("signatures verify with the public key, in SSH's form", arguments: ["ed25519", "256", "384", "521", "rsa"])
    func signatures(kind: String) throws {
        let bits = Int(kind) == nil ? "2048" : kind
        let type = Int(kind) == nil ? kind : "ecdsa"
        try run("ssh-keygen", "-q", "-t", type, "-b", bits, "-N", "", "-f", self.folder.file("k"))
        let (blob, _) = try self.vault.sealPrivateKey(text: try self.folder.read("k"), for: self.binding)
        let identity = try self.vault.agentIdentity(blob, for: self.binding)
        let data = Array("to be signed".utf8)
        var reader = SSHReader(try identity.sign(data, flags: .rsaSHA512))
        let algorithm = reader.name()
        let signature = try unwrapped(reader.string())
        #expect(reader.isAtEnd)
        var key = SSHReader(identity.publicKey.blob)
        _ = key.name()
        switch kind {
        case "ed25519":
            let raw = try unwrapped(key.string())
            #expect(try Curve25519.Signing.PublicKey(rawRepresentation: raw).isValidSignature(signature, for: data))
        case "rsa":
            #expect(algorithm == "rsa-sha2-512")
            let exponent = try unwrapped(key.unsignedMPInt())
            let modulus = try unwrapped(key.unsignedMPInt())
            let publicKey = try _RSA.Signing.PublicKey(n: modulus, e: exponent)
            #expect(
                publicKey.isValidSignature(
                    _RSA.Signing.RSASignature(rawRepresentation: signature), for: SHA512.hash(data: data),
                    padding: .insecurePKCS1v1_5))
            #expect(throws: VaultError.self) { try identity.sign(data, flags: []) }
            var second = SSHReader(try identity.sign(data, flags: .rsaSHA256))
            #expect(second.name() == "rsa-sha2-256")
        default:
            #expect(algorithm == "ecdsa-sha2-nistp\(kind)")
            _ = key.name()
            let point = try unwrapped(key.string())
            var pair = SSHReader(signature)
            let r = try unwrapped(pair.unsignedMPInt())
            let s = try unwrapped(pair.unsignedMPInt())
            let width = kind == "521" ? 66 : (Int(kind) ?? 0) / 8
            let raw = r.padded(to: width) + s.padded(to: width)
            let valid =
                switch kind {
                case "256":
                    try P256.Signing.PublicKey(x963Representation: point)
                        .isValidSignature(.init(rawRepresentation: raw), for: data)
                case "384":
                    try P384.Signing.PublicKey(x963Representation: point)
                        .isValidSignature(.init(rawRepresentation: raw), for: data)
                default:
                    try P521.Signing.PublicKey(x963Representation: point)
                        .isValidSignature(.init(rawRepresentation: raw), for: data)
                }
            #expect(valid)
        }
    }
}

@Suite("Public keys")
struct OpenSSHPublicKeyTests {
    private let line =
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJbdyAlDFrGVpkDbDDYJbhKxEGZKbLmMxGYs8KJ0aXKQ"

    @Test("a line is read with and without comment, and as ssh-keyscan prints it")
    func lines() throws {
        #expect(try OpenSSHPublicKey(line: self.line).comment == "")
        #expect(try OpenSSHPublicKey(line: self.line + " a b\n").comment == "a b")
        let scanned = try OpenSSHPublicKey(line: "[127.0.0.1]:2222 " + self.line)
        #expect(scanned.type == "ssh-ed25519")
        #expect(scanned.line == self.line)
    }

    @Test("the fingerprint is ssh-keygen's")
    func fingerprint() throws {
        let folder = try TemporaryFolder()
        try (self.line + "\n").write(toFile: folder.file("k.pub"), atomically: true, encoding: .utf8)
        let output = try run("ssh-keygen", "-l", "-f", folder.file("k.pub")).output
        #expect(output.contains(try OpenSSHPublicKey(line: self.line).fingerprint + " "))
    }

    @Test(
        "what is no public key is refused with one line",
        arguments: [
            "", "ssh-ed25519", "ssh-ed25519 AAAA",
            "ssh-rsa AAAAC3NzaC1lZDI1NTE5AAAAIJbdyAlDFrGVpkDbDDYJbhKxEGZKbLmMxGYs8KJ0aXKQ",
            "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJbdyAlDFrGVpkDbDDYJbhKxEGZKbLmMxGYs8KJ0aXK",
            "-----BEGIN OPENSSH PRIVATE KEY-----", "command=\"x\" ssh-ed25519", "ssh-dss AAAAB3NzaC1kc3MAAAAA x",
            String(repeating: "a", count: OpenSSHPublicKey.maximumLineBytes + 1),
        ])
    func unusable(line: String) {
        let error = #expect(throws: VaultError.self) { try OpenSSHPublicKey(line: line) }
        #expect(error?.message.contains("\n") == false)
        #expect((error?.message.utf8.count ?? 0) < 200)
    }
}
