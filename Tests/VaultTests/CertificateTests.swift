import Foundation
import Platform
import Testing

@testable import Vault

@Suite("User certificates")
struct CertificateTests {
    private let folder: TemporaryFolder
    private let vault: Vault
    private let binding = SecretBinding.authority("default")

    init() throws {
        self.folder = try TemporaryFolder()
        self.vault = Vault(.random())
    }

    private func made() throws -> VaultAuthority {
        let (blob, publicKey) = try self.vault.makeAuthority(comment: "made here", for: self.binding)
        let authority = try self.vault.authority(blob, for: self.binding)
        #expect(authority.publicKey == publicKey)
        return authority
    }

    private static let request = UserCertificateRequest(
        keyID: "sallyport 01J alice", principals: ["root", "admin"], validAfter: 1_700_000_000,
        validBefore: 1_700_000_300, sourceAddresses: ["10.0.0.0/8", "2001:db8::/32"],
        extensions: [.terminal, .agentForwarding, .x11Forwarding])

    /// What ssh-keygen says of it, without blanks around the lines. It checks the signature, too.
    private func shown(_ certificate: UserCertificate) throws -> [String] {
        let path = self.folder.file("k-cert.pub")
        let line = "\(UserCertificate.type) \(Data(certificate.blob).base64EncodedString()) c\n"
        try Data(line.utf8).write(to: URL(filePath: path))
        let said = try run("env", "TZ=UTC", "ssh-keygen", "-L", "-f", path)
        try #require(said.status == 0, "\(said.output)")
        return said.output.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }
    }

    @Test("ssh-keygen reads in a certificate what it was asked to say")
    func content() throws {
        let authority = try self.made()
        let pair = SessionKeyPair()
        let certificate = try authority.certificate(for: Self.request, over: pair, serial: 0x0102_0304_0506_0708)
        let lines = try self.shown(certificate)
        #expect(
            lines.dropFirst() == [
                "Type: ssh-ed25519-cert-v01@openssh.com user certificate",
                "Public key: ED25519-CERT \(pair.publicKey.fingerprint)",
                "Signing CA: ED25519 \(authority.publicKey.fingerprint) (using ssh-ed25519)",
                "Key ID: \"sallyport 01J alice\"", "Serial: 72623859790382856",
                "Valid: from 2023-11-14T22:13:20 to 2023-11-14T22:18:20", "Principals:", "root", "admin",
                "Critical Options:", "source-address 10.0.0.0/8,2001:db8::/32", "Extensions:", "permit-X11-forwarding",
                "permit-agent-forwarding", "permit-pty",
            ])
        #expect(certificate.content == Self.request)
        let read = try UserCertificate(blob: certificate.blob)
        #expect(read.content == Self.request && read.serial == 0x0102_0304_0506_0708 && read.otherOptions.isEmpty)
        #expect(read.authority.blob == authority.publicKey.blob)
    }

    @Test("nothing that wasn't asked for is in it")
    func plain() throws {
        let request = UserCertificateRequest(keyID: "k", principals: ["root"], validAfter: 0, validBefore: 1)
        let lines = try self.shown(try self.made().certificate(for: request, over: SessionKeyPair(), serial: 1))
        #expect(lines.suffix(4) == ["Principals:", "root", "Critical Options: (none)", "Extensions: (none)"])
    }

    @Test(
        "authorities of every kind of key sign",
        arguments: [
            ("ed25519", "256", "ED25519", "ssh-ed25519"), ("ecdsa", "256", "ECDSA", "ecdsa-sha2-nistp256"),
            ("ecdsa", "384", "ECDSA", "ecdsa-sha2-nistp384"), ("ecdsa", "521", "ECDSA", "ecdsa-sha2-nistp521"),
            ("rsa", "3072", "RSA", "rsa-sha2-512"),
        ])
    func authorities(type: String, bits: String, name: String, algorithm: String) throws {
        try run("ssh-keygen", "-q", "-t", type, "-b", bits, "-N", "", "-C", "ca", "-f", self.folder.file("ca"))
        let (blob, publicKey) = try self.vault.sealPrivateKey(text: try self.folder.read("ca"), for: self.binding)
        let authority = try self.vault.authority(blob, for: self.binding)
        let certificate = try authority.certificate(for: Self.request, over: SessionKeyPair(), serial: 1)
        let signer = "Signing CA: \(name) \(publicKey.fingerprint) (using \(algorithm))"
        #expect(try self.shown(certificate).contains(signer))
    }

    @Test("a certificate of ssh-keygen's is read, and its unknown options are named")
    func foreign() throws {
        try run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", self.folder.file("ca"))
        try run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", self.folder.file("k"))
        let words = [
            "ssh-keygen", "-q", "-s", self.folder.file("ca"), "-I", "somebody", "-n", "a,b", "-z", "7", "-V",
            "20240101000000Z:20240102000000Z", "-O", "force-command=/bin/true", "-O", "source-address=192.0.2.0/24",
            "-O",
            "no-x11-forwarding", self.folder.file("k.pub"),
        ]
        try #require(run(words).status == 0)
        let words2 = try String(contentsOfFile: self.folder.file("k-cert.pub"), encoding: .utf8).split(separator: " ")
        let certificate = try UserCertificate(blob: Array(try #require(Data(base64Encoded: String(words2[1])))))
        #expect(certificate.serial == 7 && certificate.content.keyID == "somebody")
        #expect(certificate.content.principals == ["a", "b"])
        #expect(certificate.content.sourceAddresses == ["192.0.2.0/24"])
        #expect(certificate.otherOptions == ["force-command"])
        #expect(
            certificate.content.extensions == [.agentForwarding, .portForwarding, .terminal, .startFile])
        #expect(certificate.content.validAfter == 1_704_067_200 && certificate.content.validBefore == 1_704_153_600)
        for length in certificate.blob.indices {
            #expect(throws: VaultError.self) { try UserCertificate(blob: Array(certificate.blob.prefix(length))) }
        }
    }

    @Test("what an authority gives back is held to what it was asked for")
    func checked() throws {
        let authority = try self.made()
        let pair = SessionKeyPair()
        func outcome(_ change: (inout UserCertificateRequest) -> Void, over other: SessionKeyPair? = nil) throws -> Bool
        {
            var request = Self.request
            change(&request)
            let certificate = try authority.certificate(for: request, over: other ?? pair, serial: 1)
            return (try? pair.identity(certificate, as: Self.request)) != nil
        }
        #expect(try outcome { _ in })
        #expect(try outcome { $0.principals = ["root"] })
        #expect(try outcome { $0.validBefore -= 1 })
        #expect(try !outcome { $0.validBefore += 1 })
        #expect(try !outcome { $0.principals.append("other") })
        #expect(try !outcome({ _ in }, over: SessionKeyPair()))
    }

    @Test("the agent offers the certificate, and signs this login with it and nothing else")
    func agent() throws {
        let pair = SessionKeyPair()
        let certificate = try self.made().certificate(for: Self.request, over: pair, serial: 1)
        let identity = try pair.identity(certificate, as: Self.request)
        var responder = AgentResponder(identity: identity, account: "root")
        func framed(_ body: (inout SSHWriter) -> Void) -> [UInt8] {
            var inner = SSHWriter()
            body(&inner)
            var outer = SSHWriter()
            outer.string(inner.bytes)
            return outer.bytes
        }
        func request(_ blob: [UInt8], _ type: String) -> [UInt8] {
            var data = SSHWriter()
            data.string([UInt8](repeating: 1, count: 32))
            data.byte(50)
            for text in ["root", "ssh-connection", "publickey"] { data.string(text) }
            data.byte(1)
            data.string(type)
            data.string(blob)
            return framed {
                $0.byte(13)
                $0.string(blob)
                $0.string(data.bytes)
                $0.uint32(0)
            }
        }
        var listed = SSHReader(try responder.receive(framed { $0.byte(11) }))
        var answer = SSHReader(try unwrapped(listed.string()))
        #expect(answer.byte() == 12 && answer.uint32() == 1)
        #expect(answer.string() == certificate.blob)
        let good = try responder.receive(request(certificate.blob, UserCertificate.type))
        #expect(good[4] == 14)
        // Neither the bare key, nor a lie about its type.
        #expect(try responder.receive(request(pair.publicKey.blob, "ssh-ed25519"))[4] == 5)
        #expect(try responder.receive(request(certificate.blob, "ssh-ed25519"))[4] == 5)
        #expect(responder.refusals == 2)
    }

    @Test("terms open for their own account only")
    func terms() throws {
        let binding = SecretBinding.certificateTerms(target: "web1", account: "root")
        for source in [CertificateTerms.Source.anywhere, .outgoing, .networks(["10.0.0.0/8"])] {
            let terms = CertificateTerms(authority: "a", principals: ["p"], validSeconds: 300, source: source)
            let blob = try self.vault.sealTerms(terms, for: binding)
            #expect(try self.vault.openTerms(blob, for: binding) == terms)
            #expect(throws: VaultError.self) {
                try self.vault.openTerms(blob, for: .certificateTerms(target: "web2", account: "root"))
            }
        }
    }
}
