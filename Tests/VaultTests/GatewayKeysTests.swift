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
        let vault = Vault(.random())
        let sealed = try GatewayKeys.make(under: vault)
        let made = try GatewayKeys.open(sealed.blobs, under: vault)
        let keys = try GatewayKeys.open(sealed.blobs, under: vault)

        #expect(keys.hostKeys.map(\.publicKey.type) == ["ssh-ed25519", "ecdsa-sha2-nistp256", "ssh-rsa"])
        for (key, name) in zip(keys.hostKeys, ["host_ed25519", "host_ecdsa", "host_rsa"]) {
            let path = folder.file("private")
            try? FileManager.default.removeItem(atPath: path)
            #expect(
                FileManager.default.createFile(
                    atPath: path, contents: Data(key.privateText.bytes), attributes: [.posixPermissions: 0o600]))
            let line = try run("ssh-keygen", "-y", "-f", path).output
            #expect(try OpenSSHPublicKey(line: line).blob == key.publicKey.blob)
            #expect(sealed.publicLines[name] == key.publicKey.line)
            #expect(key.publicKey == made.hostKeys.first { $0.publicKey.type == key.publicKey.type }?.publicKey)
        }

        let message = Array("checkpoint".utf8)
        let signature = keys.recordingSigner.sign(message)
        #expect(signature.count == 64)
        let verifier = try Curve25519.Signing.PublicKey(rawRepresentation: made.recordingSigner.rawPublicKey)
        #expect(verifier.isValidSignature(signature, for: message))
        let published = try OpenSSHPublicKey(
            line: try #require(sealed.publicLines["recording_signing"]))
        #expect(published.blob.suffix(32).elementsEqual(keys.recordingSigner.rawPublicKey))

        let archive = try Curve25519.KeyAgreement.PrivateKey(rawRepresentation: keys.archivePrivateKey.bytes)
        #expect(Array(archive.publicKey.rawRepresentation) == made.archivePublicKey)
        #expect(keys.archivePublicKey == made.archivePublicKey)

        // A blob in another's place, or under another vault, does not open.
        #expect(throws: VaultError.self) { try GatewayKeys.open(sealed.blobs, under: Vault(.random())) }
        var swapped = sealed.blobs
        swapped["recording_signing"] = swapped["host_ed25519"]
        let error = #expect(throws: VaultError.self) { try GatewayKeys.open(swapped, under: vault) }
        #expect(error?.message.contains("recording_signing") == true)
        #expect(error?.hint == "restore the database from a backup")
    }

    @Test("missing keys are named")
    func missing() throws {
        let error = #expect(throws: VaultError.self) { try GatewayKeys.open([:], under: Vault(.random())) }
        #expect(error?.message == "the gateway's key host_ed25519 is not in the database")
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
