import Crypto
import CryptoExtras
import Foundation
import Platform
import Testing

@testable import Vault

@Suite("The gateway's own keys")
struct GatewayKeysTests {
    @Test("they are made once and opened again, and their public files are what OpenSSH reads")
    func lifeCycle() throws {
        let folder = try TemporaryFolder()
        let vault = Vault(.random())
        let sealed = try GatewayKeys.make(under: vault)
        let made = try GatewayKeys.open(sealed.blobs, under: vault)
        let keys = try GatewayKeys.open(sealed.blobs, under: vault)

        #expect(keys.hostKeys.map(\.publicKey.type) == ["ssh-ed25519", "ecdsa-sha2-nistp256", "ssh-rsa"])
        for (key, name) in zip(keys.hostKeys, ["host_ed25519", "host_ecdsa", "host_rsa"]) {
            let file = folder.file("\(name).pub")
            try (sealed.publicLines[name] ?? "").write(toFile: file, atomically: true, encoding: .utf8)
            let listed = try run("ssh-keygen", "-l", "-f", file)
            #expect(listed.status == 0 && listed.output.contains(key.publicKey.fingerprint))
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

    @Test("a host key signs hashes of key exchanges in its own ways, and nothing else")
    func hostKeys() throws {
        let vault = Vault(.random())
        let keys = try GatewayKeys.open(try GatewayKeys.make(under: vault).blobs, under: vault).hostKeys
        let ways = [["ssh-ed25519"], ["ecdsa-sha2-nistp256"], ["rsa-sha2-256", "rsa-sha2-512"]]
        for length in [32, 64] {
            let hash = (0..<length).map { _ in UInt8.random(in: .min ... .max) }
            for (key, algorithms) in zip(keys, ways) {
                for algorithm in ways.flatMap({ $0 }) + ["ssh-rsa", "", "ssh-dss"] {
                    guard algorithms.contains(algorithm) else {
                        #expect(throws: VaultError.self) {
                            try key.signature(ofExchangeHash: hash, algorithm: algorithm)
                        }
                        continue
                    }
                    let signature = try key.signature(ofExchangeHash: hash, algorithm: algorithm)
                    #expect(try verifies(signature, of: hash, by: key.publicKey, algorithm))
                    #expect(try !verifies(signature, of: hash.reversed(), by: key.publicKey, algorithm))
                }
            }
        }
        for length in [0, 1, 20, 31, 33, 48, 63, 65, 1000] {
            #expect(throws: VaultError.self) {
                try keys[0].signature(
                    ofExchangeHash: Array(repeating: 7, count: length), algorithm: "ssh-ed25519")
            }
        }
        // What ssh-keygen -Y sign would have signed of a file: 64 bytes, for the purpose "file".
        var file = SSHWriter()
        for field in ["file", "", "sha256", String(repeating: "h", count: 32)] { file.string(field) }
        let signed = Array("SSHSIG".utf8) + file.bytes
        #expect(signed.count == 64)
        #expect(throws: VaultError.self) { try keys[0].signature(ofExchangeHash: signed, algorithm: "ssh-ed25519") }
    }

    /// Whether a signature blob is the key's, by swift-crypto.
    private func verifies(
        _ signature: [UInt8], of message: [UInt8], by key: OpenSSHPublicKey, _ algorithm: String
    ) throws -> Bool {
        var blob = SSHReader(signature)
        var numbers = SSHReader(key.blob)
        guard blob.name() == algorithm, let raw = blob.string(), blob.isAtEnd, numbers.name() == key.type else {
            return false
        }
        switch key.type {
        case "ssh-ed25519":
            let verifier = try Curve25519.Signing.PublicKey(rawRepresentation: try unwrapped(numbers.string()))
            return verifier.isValidSignature(raw, for: message)
        case "ecdsa-sha2-nistp256":
            _ = numbers.string()
            var pair = SSHReader(raw)
            let halves = try [unwrapped(pair.unsignedMPInt()), unwrapped(pair.unsignedMPInt())]
            let padded = halves.flatMap { Array(repeating: 0, count: 32 - $0.count) + $0 }
            return try P256.Signing.PublicKey(x963Representation: try unwrapped(numbers.string()))
                .isValidSignature(.init(rawRepresentation: padded), for: message)
        default:
            let exponent = try unwrapped(numbers.unsignedMPInt())
            let verifier = try _RSA.Signing.PublicKey(n: try unwrapped(numbers.unsignedMPInt()), e: exponent)
            let signature = _RSA.Signing.RSASignature(rawRepresentation: raw)
            return algorithm == "rsa-sha2-512"
                ? verifier.isValidSignature(signature, for: SHA512.hash(data: message), padding: .insecurePKCS1v1_5)
                : verifier.isValidSignature(signature, for: SHA256.hash(data: message), padding: .insecurePKCS1v1_5)
        }
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
