import Foundation
import SallyportTesting
import Testing

@testable import Identity
@testable import Vault

/// Certificates and revocation lists as the stock ssh-keygen makes them.
@Suite("User certificates")
struct UserCertificateTests {
    private let scratch: Scratch
    private let authority: SSHKey

    init() throws {
        self.scratch = try Scratch()
        self.authority = try SSHKey(.ed25519, named: "ca", in: self.scratch)
    }

    private func keygen(_ words: String...) throws { try output(of: ["ssh-keygen", "-q"] + words, in: self.scratch) }

    private func certificate(_ kind: SSHKey.Kind = .ed25519, named name: String, _ words: String...) throws -> [UInt8] {
        let key = try SSHKey(kind, named: name, in: self.scratch)
        try output(
            of: ["ssh-keygen", "-q", "-s", self.authority.path] + words + [key.publicPath], in: self.scratch)
        return try self.blob(at: key.path + "-cert.pub")
    }

    private func blob(at path: String) throws -> [UInt8] {
        let word = try #require(try SSHKey.line(at: path).split(separator: " ").last)
        return Array(try #require(Data(base64Encoded: String(word))))
    }

    @Test("all that a certificate says is read, for each kind of key", arguments: SSHKey.Kind.allCases)
    func fields(_ kind: SSHKey.Kind) throws {
        let blob = try self.certificate(
            kind, named: "alice-\(kind)", "-I", "alice's laptop", "-n", "alice,ops", "-z", "7", "-V",
            "20260101000000Z:20270101000000Z", "-O", "no-pty", "-O", "source-address=10.0.0.0/8", "-O",
            "critical:x@example.org=y")
        let certificate = try UserCertificate(blob: blob)
        #expect(certificate.isSigned)
        #expect(certificate.key.blob == (try self.blob(at: self.scratch.path("alice-\(kind).pub"))))
        #expect(certificate.signer.blob == (try self.blob(at: self.authority.publicPath)))
        #expect(certificate.serial == 7)
        #expect(certificate.keyID == "alice's laptop")
        #expect(certificate.principals == ["alice", "ops"])
        #expect(certificate.validAfter == 1_767_225_600)
        #expect(certificate.validBefore == 1_798_761_600)
        #expect(certificate.optionText("source-address") == "10.0.0.0/8")
        #expect(Set(certificate.criticalOptions.keys) == ["source-address", "x@example.org"])
        #expect(!certificate.extensions.contains("permit-pty"))
        #expect(certificate.extensions.contains("permit-port-forwarding"))
    }

    @Test("an altered or cut certificate is unsigned or unreadable, and one of a host is none of a user")
    func altered() throws {
        let blob = try self.certificate(named: "bob", "-I", "bob", "-n", "bob")
        for position in blob.indices {
            var changed = blob
            changed[position] ^= 1
            #expect((try? UserCertificate(blob: changed))?.isSigned != true, "byte \(position)")
        }
        for length in blob.indices { #expect((try? UserCertificate(blob: Array(blob.prefix(length)))) == nil) }
        let host = try self.certificate(named: "host", "-h", "-I", "host", "-n", "web1")
        #expect(throws: UserCertificate.Failure.notOfUser) { try UserCertificate(blob: host) }
    }

    @Test("a list revokes by serial, range, key id, key and hash, and nothing else")
    func revocation() throws {
        let names = ["one", "two", "three", "four", "five", "six", "seven"]
        let certificates = try names.enumerated().map { index, name in
            try UserCertificate(
                blob: try self.certificate(named: name, "-I", "id-\(name)", "-n", name, "-z", "\(index + 1)"))
        }
        let hash = try output(
            of: ["ssh-keygen", "-lf", self.scratch.path("five.pub")], in: self.scratch
        ).split(separator: " ")[1]
        let key = try SSHKey.line(at: self.scratch.path("six.pub"))
        try self.scratch.write(
            "serial: 1\nserial: 2-3\nid: id-four\nhash: \(hash)\nsha1: \(key)\n", to: "specification")
        let path = self.scratch.path("krl")
        try self.keygen("-k", "-f", path, "-s", self.authority.publicPath, self.scratch.path("specification"))
        let bytes = Array(try #require(FileManager.default.contents(atPath: path)))
        let list = try RevocationList(bytes)
        #expect(certificates.map { list.revokes($0) } == [true, true, true, true, true, true, false])
        #expect(list.revokes(certificates[4].key))
        #expect(!list.revokes(certificates[6].key))
        for length in bytes.indices {
            #expect((try? RevocationList(Array(bytes.prefix(length)))) == nil || length >= 44, "cut at \(length)")
        }
        #expect(throws: RevocationList.Failure.notAList) { try RevocationList(Array("ssh-ed25519 AAAA".utf8)) }
        #expect(throws: RevocationList.Failure.unknownSection) { try RevocationList(bytes + [9, 0, 0, 0, 0]) }
    }
}
