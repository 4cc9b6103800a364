import Foundation
import SallyportTesting
import Testing

@testable import Identity
@testable import Vault

/// Certificates and revocation lists as the stock ssh-keygen makes them.
@Suite("Certificates of users, and revocation lists")
struct LoginCertificateTests {
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
        let certificate = try LoginCertificate(blob: blob)
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
            #expect((try? LoginCertificate(blob: changed))?.isSigned != true, "byte \(position)")
        }
        for length in blob.indices { #expect((try? LoginCertificate(blob: Array(blob[..<length]))) == nil) }
        let host = try self.certificate(named: "host", "-h", "-I", "host", "-n", "web1")
        #expect(throws: LoginCertificate.Failure.notOfUser) { try LoginCertificate(blob: host) }
    }

    @Test("a list revokes by serial, range, key id, key and hash, and nothing else")
    func revocation() throws {
        let names = ["one", "two", "three", "four", "five", "six", "seven"]
        let certificates = try names.enumerated().map { index, name in
            try LoginCertificate(
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
        #expect(list.revokes(keyOf: certificates[4].key.blob))
        #expect(!list.revokes(keyOf: certificates[6].key.blob))
        // Cut between two sections it is a list of fewer: what replaces a list has to be whole.
        let cuts = bytes.indices.filter { (try? RevocationList(Array(bytes[..<$0]))) != nil }
        #expect(cuts.count <= 3, "\(cuts)")
        #expect(list.count >= 5)
        #expect(throws: RevocationList.Failure.unknownSection) { try RevocationList(bytes + [9, 0, 0, 0, 0]) }
    }

    @Test("serial numbers are found in every form that ssh-keygen gives them, and by the authority that they are of")
    func serials() throws {
        // Far and near ones, so that ssh-keygen makes lists, ranges and bitmaps of them.
        let numbers = [5] + stride(from: 100, to: 160, by: 2) + Array(1000...1400) + [1 << 40, Int.max]
        try self.scratch.write(numbers.map { "serial: \($0)\n" }.joined(), to: "serials")
        let path = self.scratch.path("serials.krl")
        try self.keygen("-k", "-f", path, "-s", self.authority.publicPath, self.scratch.path("serials"))
        let list = try RevocationList(Array(try #require(FileManager.default.contents(atPath: path))))
        let stranger = try SSHKey(.ed25519, named: "other-ca", in: self.scratch)
        for (index, serial) in [5, 100, 101, 102, 158, 159, 160, 999, 1000, 1399, 1400, 1401, 1 << 40, Int.max, 0]
            .enumerated()
        {
            let words = ["-I", "x", "-n", "x", "-z", "\(serial)"]
            let key = try SSHKey(.ed25519, named: "serial-\(index)", in: self.scratch)
            for signer in [self.authority, stranger] {
                try output(
                    of: ["ssh-keygen", "-q", "-s", signer.path] + words + [key.publicPath], in: self.scratch)
                let certificate = try LoginCertificate(blob: try self.blob(at: key.path + "-cert.pub"))
                #expect(
                    list.revokes(certificate) == (numbers.contains(serial) && signer.path == self.authority.path),
                    "serial \(serial) of \(signer.path)")
            }
        }
    }

    @Test("a list of keys, one a line, revokes them, certificates over them, and all of an authority among them")
    func plainList() throws {
        let certificate = try LoginCertificate(blob: try self.certificate(named: "kim", "-I", "kim", "-n", "kim"))
        let other = try LoginCertificate(blob: try self.certificate(named: "lee", "-I", "lee", "-n", "lee"))
        let line = try SSHKey.line(at: self.scratch.path("kim.pub"))
        let list = try RevocationList(Array("# left\n\n\(line) kim@laptop\r\n".utf8))
        #expect(list.count == 1)
        #expect(list.revokes(keyOf: certificate.key.blob))
        #expect(list.revokes(certificate))
        #expect(!list.revokes(other))
        let authorities = try RevocationList(Array(try SSHKey.line(at: self.authority.publicPath).utf8))
        #expect(authorities.revokes(certificate) && authorities.revokes(other))
        // Keys that nobody could sign in with are no mistake.
        let weak = try SSHKey(.rsa, bits: 1024, named: "weak", in: self.scratch)
        #expect(try RevocationList(Array(weak.publicLine.utf8)).count == 1)
        for (text, failure) in [
            ("", RevocationList.Failure.empty), ("\(line)\nnonsense\n", .badLine(2)),
            ("ssh-ed25519 AAAA\n", .badLine(1)),
            ("ssh-rsa \(line.split(separator: " ")[1])\n", .badLine(1)),
        ] { #expect(throws: failure) { try RevocationList(Array(text.utf8)) } }
    }

    @Test("what later versions put into a list is skipped where it may be, and refuses the list where not")
    func extensions() throws {
        let path = self.scratch.path("empty.krl")
        try self.keygen("-k", "-f", path)
        let empty = Array(try #require(FileManager.default.contents(atPath: path)))
        func string(_ bytes: [UInt8]) -> [UInt8] { [0, 0, 0, UInt8(bytes.count)] + bytes }
        func list(isCritical: UInt8) -> [UInt8] {
            empty + [255] + string(string(Array("x@example.org".utf8)) + [isCritical] + string([1]))
        }
        #expect(try RevocationList(list(isCritical: 0)).count == 0)
        #expect(throws: RevocationList.Failure.unknownSection) { try RevocationList(list(isCritical: 1)) }
        // A signature: the signer's key, and what it made.
        #expect(try RevocationList(empty + [4] + string([1]) + string([2])).count == 0)
        #expect(throws: RevocationList.Failure.malformed) { try RevocationList(empty + [4] + string([1])) }
    }
}
