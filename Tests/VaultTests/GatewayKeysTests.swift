import Crypto
import Foundation
import Platform
import Testing

@testable import Vault

@Suite("The gateway's own keys")
struct GatewayKeysTests {
    @Test("they are made once, opened again, and their texts and public files are what OpenSSH reads")
    func lifeCycle() throws {
        let folder = try TemporaryFolder()
        let vault = try Vault.create(keyFile: folder.file("vault.key"))
        let made = try GatewayKeys.create(in: folder.path, vault: vault)
        let keys = try GatewayKeys.open(in: folder.path, vault: vault)

        #expect(keys.hostKeys.map(\.publicKey.type) == ["ssh-ed25519", "ecdsa-sha2-nistp256", "ssh-rsa"])
        for (key, name) in zip(keys.hostKeys, ["host_ed25519", "host_ecdsa", "host_rsa"]) {
            let path = folder.file("private")
            try? FileManager.default.removeItem(atPath: path)
            #expect(
                FileManager.default.createFile(
                    atPath: path, contents: Data(key.privateText.bytes), attributes: [.posixPermissions: 0o600]))
            let line = try run("ssh-keygen", "-y", "-f", path).output
            #expect(try OpenSSHPublicKey(line: line).blob == key.publicKey.blob)
            let file = try String(contentsOfFile: folder.file("\(name).pub"), encoding: .utf8)
            #expect(file == key.publicKey.line + "\n")
            #expect(key.publicKey == made.hostKeys.first { $0.publicKey.type == key.publicKey.type }?.publicKey)
        }

        let message = Array("checkpoint".utf8)
        let signature = keys.recordingSigner.sign(message)
        #expect(signature.count == 64)
        let verifier = try Curve25519.Signing.PublicKey(rawRepresentation: made.recordingSigner.rawPublicKey)
        #expect(verifier.isValidSignature(signature, for: message))
        let published = try OpenSSHPublicKey(
            line: try String(contentsOfFile: folder.file("recording_signing.pub"), encoding: .utf8))
        #expect(published.blob.suffix(32).elementsEqual(keys.recordingSigner.rawPublicKey))

        let archive = try Curve25519.KeyAgreement.PrivateKey(rawRepresentation: keys.archivePrivateKey.bytes)
        #expect(Array(archive.publicKey.rawRepresentation) == made.archivePublicKey)
        #expect(keys.archivePublicKey == made.archivePublicKey)

        for name in try FileManager.default.contentsOfDirectory(atPath: folder.path) where name != "private" {
            let mode = try FileManager.default.attributesOfItem(atPath: folder.file(name))[.posixPermissions] as? Int
            #expect(mode == (name.hasSuffix(".pub") ? 0o644 : 0o600), "\(name)")
        }
        #expect(throws: VaultError.self) { try GatewayKeys.create(in: folder.path, vault: vault) }

        // A sealed file in another's place, or under another vault, does not open.
        let other = try Vault.create(keyFile: folder.file("other.key"))
        #expect(throws: VaultError.self) { try GatewayKeys.open(in: folder.path, vault: other) }
        try FileManager.default.removeItem(atPath: folder.file("recording_signing.sealed"))
        try FileManager.default.copyItem(
            atPath: folder.file("host_ed25519.sealed"), toPath: folder.file("recording_signing.sealed"))
        let error = #expect(throws: VaultError.self) { try GatewayKeys.open(in: folder.path, vault: vault) }
        #expect(error?.message.contains("recording_signing.sealed") == true)
    }

    @Test("missing keys are named")
    func missing() throws {
        let folder = try TemporaryFolder()
        let vault = try Vault.create(keyFile: folder.file("vault.key"))
        let path = folder.file("host_ed25519.sealed")
        #expect(throws: VaultError(.system, "\(path): No such file or directory")) {
            try GatewayKeys.open(in: folder.path, vault: vault)
        }
    }
}

@Suite("Base64")
struct Base64Tests {
    @Test("encoding agrees with Foundation's and decodes back", arguments: 0..<70)
    func roundTrip(count: Int) {
        let bytes = (0..<count).map { _ in UInt8.random(in: .min ... .max) }
        let text = Base64.encode(bytes)
        #expect(String(decoding: text, as: UTF8.self) == Data(bytes).base64EncodedString())
        #expect(Base64.decode(text) == bytes)
    }

    @Test(
        "other spellings are refused",
        arguments: ["A", "AA", "AAA", "AA=", "AB==", "AAB=", "=AAA", "AA==AA==", "AA-_", "A A="])
    func refused(text: String) {
        #expect(Base64.decode(Array(text.utf8)) == nil)
    }
}
