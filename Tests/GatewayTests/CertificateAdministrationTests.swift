import AdminAPI
import Foundation
import Testing
import Vault

@testable import Gateway

@Suite("administration of certificates and answers")
struct CertificateAdministrationTests {
    private let fixture: AdministrationFixture
    private var service: GatewayAdministration { self.fixture.service }
    private var actor: AdminActor { self.fixture.actor }

    init() throws { self.fixture = try AdministrationFixture() }

    private func set(
        target: String = "web1", _ options: CertificateOptions = CertificateOptions(), importing key: [UInt8] = []
    ) async throws -> CredentialInfo {
        try await self.service.setCredential(
            SetCredentialRequest(
                target: target, account: "ops", kind: .certificate, secret: SecretField(key), certificate: options),
            by: self.actor)
    }

    @Test("terms are sealed as they were set, and told")
    func terms() async throws {
        try await self.fixture.addEverything()
        let options = CertificateOptions(
            authority: "prod", principals: ["a", "b"], validMinutes: 7, source: "10.0.0.0/8,2001:db8::1")
        let info = try await self.set(options)
        #expect(info.certificate == options && info.kind == .certificate)
        let stored = try #require(try self.fixture.store.credential(target: "web1", account: "ops"))
        let terms = try self.fixture.vault.openTerms(
            stored.sealed, for: .certificateTerms(target: "web1", account: "ops"))
        #expect(
            terms
                == CertificateTerms(
                    authority: "prod", principals: ["a", "b"], validSeconds: 420,
                    source: .networks(["10.0.0.0/8", "2001:db8::1"])))
        let plain = try await self.set()
        #expect(plain.certificate?.principals == ["ops"] && plain.certificate?.authority == "default")
        #expect(try await self.service.listAuthorities(by: self.actor).map(\.accounts) == [["web1/ops"], []])
    }

    @Test(
        "options that no certificate can have are refused, and leave nothing behind",
        arguments: [
            CertificateOptions(validMinutes: 0), CertificateOptions(validMinutes: 1441),
            CertificateOptions(principals: ["a,b"]), CertificateOptions(principals: ["a b"]),
            CertificateOptions(principals: [""]), CertificateOptions(principals: ["ü"]),
            CertificateOptions(principals: (0..<17).map { "p\($0)" }), CertificateOptions(source: ""),
            CertificateOptions(source: "example.org"), CertificateOptions(source: "10.0.0.1/8"),
            CertificateOptions(source: "10.0.0.0/33"), CertificateOptions(source: "10.0.0.0/"),
            CertificateOptions(source: "10.0.0.0/8,"), CertificateOptions(source: "2001:db8::1/64"),
            CertificateOptions(authority: ""), CertificateOptions(authority: "a b"),
        ])
    func refused(options: CertificateOptions) async throws {
        try await self.fixture.addEverything()
        let refusal = await self.fixture.refusal { _ = try await self.set(options) }
        #expect(refusal?.code == .invalidInput, "\(refusal?.message ?? "")")
        #expect(try await self.service.listAuthorities(by: self.actor).isEmpty)
        let kept = try await self.service.showCredential(target: "web1", account: "ops", by: self.actor)
        #expect(kept.kind == .password)
    }

    @Test("an authority is stored with the first credential that uses it, or not at all")
    func together() async throws {
        try await self.fixture.addEverything()
        let refusal = await self.fixture.refusal { _ = try await self.set(target: "nowhere") }
        #expect(refusal?.code == .notFound)
        #expect(try await self.service.listAuthorities(by: self.actor).isEmpty)
        _ = try await self.set()
        let inUse = await self.fixture.refusal { try await self.service.removeAuthority("default", by: self.actor) }
        #expect(inUse?.code == .conflict)
        try await self.service.removeCredential(target: "web1", account: "ops", by: self.actor)
        try await self.service.removeAuthority("default", by: self.actor)
        #expect(try await self.service.listAuthorities(by: self.actor).isEmpty)
    }

    @Test("serial numbers never repeat, and go on where the clock goes back")
    func serials() async throws {
        try await self.fixture.addEverything()
        _ = try await self.set()
        var last: UInt64 = 0
        for _ in 0..<100 {
            let serial = try self.fixture.store.nextSerial(ofAuthority: "default")
            #expect(serial > last)
            last = serial
        }
    }

    @Test("answers belong to an account with a credential, survive its replacement, and go with it")
    func answers() async throws {
        try await self.fixture.addEverything()
        let seed = SecretField(Array("JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP".utf8))
        let codes = SetAnswerRequest(question: "", kind: .totp, secret: seed)
        let info = try await self.service.setAnswer(codes, target: "web1", account: "ops", by: self.actor)
        #expect(info.answers?.map(\.details) == ["SHA1, 6 digits, 30 s"])
        let json = String(decoding: try AdminJSON.encode(info), as: UTF8.self)
        #expect(!json.contains("JBSW"))
        _ = try await self.set()
        let kept = try await self.service.showCredential(target: "web1", account: "ops", by: self.actor)
        #expect(kept.answers?.count == 1 && kept.kind == .certificate)
        let nobody = await self.fixture.refusal {
            _ = try await self.service.setAnswer(codes, target: "web1", account: "other", by: self.actor)
        }
        #expect(nobody?.code == .notFound)
        let unsaid = await self.fixture.refusal {
            _ = try await self.service.setAnswer(
                SetAnswerRequest(question: "", kind: .secret, secret: seed), target: "web1", account: "ops",
                by: self.actor)
        }
        #expect(unsaid?.code == .invalidInput)
        for index in 1..<16 {
            _ = try await self.service.setAnswer(
                SetAnswerRequest(question: "\(index)", kind: .secret, secret: seed), target: "web1", account: "ops",
                by: self.actor)
        }
        let full = await self.fixture.refusal {
            _ = try await self.service.setAnswer(
                SetAnswerRequest(question: "one more", kind: .secret, secret: seed), target: "web1", account: "ops",
                by: self.actor)
        }
        #expect(full?.code == .conflict)
        try await self.service.removeCredential(target: "web1", account: "ops", by: self.actor)
        #expect(try self.fixture.store.answers(target: "web1", account: "ops").isEmpty)
        let history = try await self.service.credentialHistory(target: "web1", account: "ops", by: self.actor)
        #expect(history.map(\.change) == [.set, .set, .removed])
        #expect(history.map(\.kind) == [.password, .certificate, .certificate])
    }
}
